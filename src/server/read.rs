//! What a `/sync` response says, event by event: one that makes no sense costs none of the others.

use std::collections::BTreeMap;

use matrix_sdk::ruma::{
    OwnedRoomId, OwnedUserId, RoomId, UserId,
    api::client::sync::sync_events::v3::{JoinedRoom, Response, State},
    serde::Raw,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{calls, rooms};
use crate::model::event::{Member, MemberChange, Synced};

/// Reads a response. `initial` says that it has no predecessor.
#[must_use]
pub fn read(response: Response, initial: bool) -> Synced {
    let account_data: Vec<AccountData> = response.account_data.events.iter().filter_map(parse).collect();
    let mut synced = Synced {
        initial,
        rooms_left: response.rooms.leave.into_keys().collect(),
        presence: response.presence.events.iter().filter_map(parse).collect(),
        direct: account_data.iter().find_map(direct_chats),
        ignored: account_data.iter().find_map(ignored_users),
        ..Synced::default()
    };
    for (room_id, room) in response.rooms.join {
        keep(&mut synced.members, &room_id, member_changes(&room));
        keep(&mut synced.calls, &room_id, state_events(&room).filter_map(calls::read).collect());
        keep(&mut synced.rooms, &room_id, state_events(&room).filter_map(rooms::read).collect());
    }
    synced
}

fn keep<T>(of_rooms: &mut Vec<(OwnedRoomId, Vec<T>)>, room_id: &RoomId, news: Vec<T>) {
    if !news.is_empty() {
        of_rooms.push((room_id.to_owned(), news));
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

/// The state events that make sense as `E`, in order: the state is what was before the timeline.
fn state_events<E: DeserializeOwned>(room: &JoinedRoom) -> impl Iterator<Item = E> {
    let state = match &room.state {
        State::Before(state) | State::After(state) => state.events.as_slice(),
        _ => &[],
    };
    state.iter().filter_map(parse).chain(room.timeline.events.iter().filter_map(parse))
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
fn direct_chats(event: &AccountData) -> Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>> {
    let rooms = |value: &Value| -> Vec<OwnedRoomId> {
        let ids = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        ids.filter_map(|id| id.try_into().ok()).collect()
    };
    let chat = |(user_id, value): (&String, _)| Some((UserId::parse(user_id).ok()?, rooms(value)));
    (event.r#type == "m.direct").then(|| event.content.iter().filter_map(chat).collect())
}

/// The users whom the person ignores: nobody, where the list is none.
fn ignored_users(event: &AccountData) -> Option<Vec<OwnedUserId>> {
    if event.r#type != "m.ignored_user_list" {
        return None;
    }
    let users = event.content.get("ignored_users").and_then(Value::as_object);
    Some(users.into_iter().flatten().filter_map(|(user_id, _)| UserId::parse(user_id).ok()).collect())
}
