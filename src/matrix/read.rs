//! What a `/sync` response says, event by event: one that makes no sense costs none of the others.

use std::collections::BTreeMap;

use matrix_sdk::ruma::{
    OwnedRoomId, OwnedUserId, UserId,
    api::client::sync::sync_events::v3::{JoinedRoom, Response, State},
    serde::Raw,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::calls;
use crate::event::{CallEvent, Member, MemberChange, Synced};

/// Reads a response. `initial` says that it has no predecessor.
#[must_use]
pub fn read(response: Response, initial: bool) -> Synced {
    let (mut members, mut calls) = (Vec::new(), Vec::new());
    for (room_id, room) in response.rooms.join {
        members.push((room_id.clone(), member_changes(&room)));
        calls.push((room_id, call_events(&room)));
    }
    members.retain(|(_, changes)| !changes.is_empty());
    calls.retain(|(_, events)| !events.is_empty());
    Synced {
        initial,
        members,
        calls,
        rooms: Vec::new(),
        ignored: None,
        rooms_left: response.rooms.leave.into_keys().collect(),
        presence: response.presence.events.iter().filter_map(parse).collect(),
        direct: response.account_data.events.iter().filter_map(parse).find_map(direct_chats),
    }
}

fn parse<T, U: DeserializeOwned>(raw: &Raw<T>) -> Option<U> {
    let parsed = serde_json::from_str(raw.json().get());
    parsed.inspect_err(|error| tracing::debug!(%error, "skipped an event")).ok()
}

#[derive(Deserialize)]
struct StateEvent {
    r#type: String,
    state_key: Option<String>,
    content: Value,
}

fn member_changes(room: &JoinedRoom) -> Vec<MemberChange> {
    room.timeline.events.iter().filter_map(parse).filter_map(member_change).collect()
}

/// The state is what was before the timeline.
fn call_events(room: &JoinedRoom) -> Vec<CallEvent> {
    let state = match &room.state {
        State::Before(state) | State::After(state) => state.events.as_slice(),
        _ => &[],
    };
    let before = state.iter().filter_map(parse::<_, calls::Event>);
    before.chain(room.timeline.events.iter().filter_map(parse)).filter_map(calls::read).collect()
}

fn member_change(event: StateEvent) -> Option<MemberChange> {
    if event.r#type != "m.room.member" {
        return None;
    }
    let user_id = UserId::parse(event.state_key?).ok()?;
    let text = |field: &str| event.content.get(field).and_then(Value::as_str);
    let member = Member { user_id, displayname: text("displayname").map(ToOwned::to_owned) };
    Some(MemberChange { member, joined: text("membership")? == "join" })
}

#[derive(Deserialize)]
struct AccountData {
    r#type: String,
    content: BTreeMap<String, Value>,
}

/// The partners of direct chats. A key can be an e-mail address, and a value anything that some client wrote.
fn direct_chats(event: AccountData) -> Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>> {
    let rooms = |value: Value| -> Vec<OwnedRoomId> {
        let ids = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        ids.filter_map(|id| id.try_into().ok()).collect()
    };
    let chat = |(user_id, value): (String, Value)| Some((UserId::parse(user_id).ok()?, rooms(value)));
    (event.r#type == "m.direct").then(|| event.content.into_iter().filter_map(chat).collect())
}
