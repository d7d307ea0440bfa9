//! A lenient parser of `/sync` responses. It reads only the used fields, and a malformed event costs only itself.

use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::{calls, rooms};
use crate::{
    model::{
        event::{Member, MemberChange, Synced},
        presence::PresenceEvent,
        profile::ProfileUpdate,
        text::Clean,
    },
    server::{json::Object, presence, profile},
};

/// The longest accepted `next_batch`. Servers accept URLs of 8 to 64 KiB.
const LONGEST_POSITION: usize = 4_096;

/// The names of the changes of profiles (MSC4429).
const PROFILES: [&str; 2] = ["users", "org.matrix.msc4429.users"];

/// A parsed `/sync` response.
#[derive(Debug)]
pub struct SyncResponse {
    /// The position of the next request.
    pub next_batch: String,
    /// The news.
    pub synced: Synced,
    /// The joined rooms that it contains, and whether their timelines are limited.
    pub joined: Vec<(OwnedRoomId, bool)>,
}

impl SyncResponse {
    /// Parses a response. `initial` means that the request had no `since`. `None`: it is not an object with a
    /// `next_batch`.
    #[must_use]
    pub fn parse(body: &str, initial: bool) -> Option<Self> {
        let Parts { next_batch, presence, account_data, rooms, profiles } =
            Parts::of_well_formed(body).or_else(|| Parts::of_any(body))?;
        if next_batch.len() > LONGEST_POSITION {
            return None;
        }
        let account_data = AccountData::all(&account_data);
        let left = rooms.object("leave");
        let mut synced = Synced {
            initial,
            rooms_left: left.members().filter_map(|(id, _)| RoomId::parse(id).ok()).collect(),
            presence,
            profiles: profile::read_updates(&profiles),
            direct: account_data.iter().find_map(AccountData::direct_chats),
            ignored: account_data.iter().find_map(AccountData::ignored_users),
            ..Synced::default()
        };
        let mut joined = Vec::new();
        for (room_id, room) in rooms.object("join").members() {
            let (Ok(room_id), Some(room)) = (RoomId::parse(room_id), Object::parse(room.get())) else {
                continue;
            };
            let timeline = room.object("timeline");
            read_room(&mut synced, &room_id, &room.object("state"), &timeline);
            joined.push((room_id, timeline.truth("limited") == Some(true)));
        }
        Some(Self { next_batch, synced, joined })
    }

    /// Parses the profiles in a response. `None`: it is not an object.
    pub(in crate::server) fn parse_profiles(body: &str) -> Option<Vec<ProfileUpdate>> {
        let body = Object::parse(body)?;
        // A server leaves out what is empty.
        let users = PROFILES.iter().find(|name| body.get(name).is_some());
        Some(users.map(|users| profile::read_updates(&body.object(users))).unwrap_or_default())
    }
}

/// The used parts of a response.
struct Parts<'a> {
    next_batch: String,
    presence: Vec<PresenceEvent>,
    account_data: Object<'a>,
    rooms: Object<'a>,
    profiles: Object<'a>,
}

impl<'a> Parts<'a> {
    /// Parses each part by itself.
    fn of_any(body: &'a str) -> Option<Self> {
        let body = Object::parse(body)?;
        let presence = body.object("presence").array("events");
        Some(Self {
            next_batch: body.text("next_batch")?,
            presence: presence.into_iter().filter_map(|event| presence::read_event(event.get())).collect(),
            account_data: body.object("account_data"),
            rooms: body.object("rooms"),
            profiles: PROFILES
                .iter()
                .find(|name| body.get(name).is_some())
                .map_or_else(Object::default, |it| body.object(it)),
        })
    }

    /// Parses everything in one pass, in half the time for 100,000 contacts. `None`: something is malformed.
    fn of_well_formed(body: &'a str) -> Option<Self> {
        #[derive(Deserialize)]
        struct WellFormed<'a> {
            next_batch: String,
            presence: Option<Events>,
            #[serde(borrow)]
            account_data: Option<&'a RawValue>,
            #[serde(borrow)]
            rooms: Option<&'a RawValue>,
            #[serde(borrow, alias = "org.matrix.msc4429.users")]
            users: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Events {
            events: Vec<PresenceEvent>,
        }
        let body: WellFormed = serde_json::from_str(body).ok()?;
        let object =
            |part: Option<&'a RawValue>| part.map_or(Some(Object::default()), |it| Object::parse(it.get()));
        Some(Self {
            next_batch: body.next_batch,
            presence: body.presence.map(|it| it.events).unwrap_or_default(),
            account_data: object(body.account_data)?,
            rooms: object(body.rooms)?,
            profiles: object(body.users)?,
        })
    }
}

/// Parses a room's events in order. Its `state` precedes its `timeline`.
fn read_room(synced: &mut Synced, room_id: &RoomId, state: &Object<'_>, timeline: &Object<'_>) {
    let timeline = state_events(timeline);
    let members = timeline.iter().filter_map(member_change).collect();
    let mut events = state_events(state);
    events.extend(timeline);
    keep(&mut synced.members, room_id, members);
    keep(&mut synced.calls, room_id, events.iter().filter_map(calls::read).collect());
    keep(&mut synced.rooms, room_id, events.iter().filter_map(rooms::read).collect());
}

fn keep<T>(of_rooms: &mut Vec<(OwnedRoomId, Vec<T>)>, room_id: &RoomId, changes: Vec<T>) {
    if !changes.is_empty() {
        of_rooms.push((room_id.to_owned(), changes));
    }
}

/// A state event.
pub(super) struct StateEvent {
    pub(super) r#type: String,
    pub(super) state_key: String,
    pub(super) sender: Option<OwnedUserId>,
    /// The time in milliseconds since 1970. 0 if missing.
    pub(super) origin_server_ts: i64,
    pub(super) content: Value,
}

impl StateEvent {
    fn parse(json: &RawValue) -> Option<Self> {
        let event = Object::parse(json.get())?;
        Some(Self {
            r#type: event.text("type")?,
            state_key: event.text("state_key")?,
            sender: event.text("sender").and_then(|it| UserId::parse(it).ok()),
            origin_server_ts: event.number("origin_server_ts").unwrap_or_default(),
            content: value(event.get("content")?),
        })
    }

    /// Returns a field of the content as text.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.content.get(field).and_then(Value::as_str)
    }
}

/// Parses the content of an event. Leaves out malformed fields.
fn value(json: &RawValue) -> Value {
    serde_json::from_str(json.get()).unwrap_or_else(|_| {
        let content = Object::parse(json.get()).unwrap_or_default();
        let readable = |(name, value): (String, &RawValue)| Some((name, read(value)?));
        Value::Object(content.members().filter_map(readable).collect())
    })
}

fn read<T: DeserializeOwned>(json: &RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

fn state_events(events: &Object<'_>) -> Vec<StateEvent> {
    events.array("events").into_iter().filter_map(StateEvent::parse).collect()
}

fn member_change(event: &StateEvent) -> Option<MemberChange> {
    if event.r#type != "m.room.member" {
        return None;
    }
    let user_id = UserId::parse(&*event.state_key).ok()?;
    let member = Member { user_id, displayname: event.text("displayname").and_then(Clean::name) };
    Some(MemberChange { member, joined: event.text("membership")? == "join" })
}

struct AccountData<'a> {
    r#type: String,
    content: Object<'a>,
}

impl<'a> AccountData<'a> {
    fn all(account_data: &Object<'a>) -> Vec<Self> {
        let parse = |json: &'a RawValue| {
            let event = Object::parse(json.get())?;
            Some(Self { r#type: event.text("type")?, content: event.object("content") })
        };
        account_data.array("events").into_iter().filter_map(parse).collect()
    }

    /// Returns direct-chat partners. A key may be an e-mail address, and a value may be anything.
    fn direct_chats(&self) -> Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>> {
        let chat = |(user_id, rooms): (String, &RawValue)| {
            let rooms: Vec<&RawValue> = serde_json::from_str(rooms.get()).unwrap_or_default();
            let rooms = rooms.into_iter().filter_map(read::<String>);
            Some((UserId::parse(user_id).ok()?, rooms.filter_map(|id| RoomId::parse(id).ok()).collect()))
        };
        (self.r#type == "m.direct").then(|| self.content.members().filter_map(chat).collect())
    }

    /// Returns the ignored users. A malformed list is empty.
    fn ignored_users(&self) -> Option<Vec<OwnedUserId>> {
        let users = || self.content.object("ignored_users");
        let parsed = |(user_id, _): (String, _)| UserId::parse(user_id).ok();
        (self.r#type == "m.ignored_user_list").then(|| users().members().filter_map(parsed).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole() -> Value {
        let events = json!([
            {"type": "m.room.member", "state_key": "@bob:x", "sender": "@bob:x",
             "content": {"membership": "join", "displayname": "Bob"}},
            {"type": "m.room.name", "state_key": "", "sender": "@bob:x", "content": {"name": "Tea"}},
        ]);
        json!({
            "next_batch": "s1",
            "presence": {"events": [{"sender": "@bob:x", "content": {"presence": "busy"}}]},
            "account_data": {"events": [
                {"type": "m.direct", "content": {"@bob:x": ["!tea:x"]}},
                {"type": "m.ignored_user_list", "content": {"ignored_users": {"@eve:x": {}}}},
            ]},
            "rooms": {"join": {"!tea:x": {"timeline": {"events": events}}}, "leave": {"!club:x": {}}},
        })
    }

    /// How much was read of each kind.
    fn counts(body: &str) -> [usize; 6] {
        let SyncResponse { synced, .. } = SyncResponse::parse(body, false).expect(body);
        [
            synced.presence.len(),
            synced.members.len(),
            synced.rooms.len(),
            synced.rooms_left.len(),
            synced.direct.map_or(0, |it| it.len()),
            synced.ignored.map_or(0, |it| it.len()),
        ]
    }

    #[test]
    fn no_field_that_is_not_used_costs_anything() {
        let paths = [
            "/device_lists",
            "/to_device",
            "/device_one_time_keys_count",
            "/groups",
            "/rooms/invite",
            "/rooms/knock",
            "/rooms/join/!tea:x/summary",
            "/rooms/join/!tea:x/unread_notifications",
            "/rooms/join/!tea:x/ephemeral",
            "/rooms/join/!tea:x/account_data",
            "/rooms/join/!tea:x/state",
            "/rooms/join/!tea:x/timeline/prev_batch",
            "/rooms/join/!tea:x/timeline/limited",
            "/rooms/join/!none:x",
            "/rooms/join/no room",
            "/presence/events/0/type",
        ];
        for path in paths {
            for odd in
                [json!(null), json!(1.0), json!("x"), json!([null]), json!({"events": 7, "m.heroes": 7})]
            {
                let mut body = whole();
                let (parent, name) = path.rsplit_once('/').unwrap();
                body.pointer_mut(parent).unwrap()[name] = odd.clone();
                assert_eq!(counts(&body.to_string()), [1; 6], "{path}: {odd}");
            }
        }
    }

    #[test]
    fn a_part_that_is_used_and_cannot_be_read_costs_itself_alone() {
        let table = [
            ("/presence", [0, 1, 1, 1, 1, 1]),
            ("/presence/events", [0, 1, 1, 1, 1, 1]),
            ("/account_data", [1, 1, 1, 1, 0, 0]),
            ("/account_data/events/0", [1, 1, 1, 1, 0, 1]),
            ("/rooms", [1, 0, 0, 0, 1, 1]),
            ("/rooms/leave", [1, 1, 1, 0, 1, 1]),
            ("/rooms/join/!tea:x", [1, 0, 0, 1, 1, 1]),
            ("/rooms/join/!tea:x/timeline/events/0", [1, 0, 1, 1, 1, 1]),
            ("/rooms/join/!tea:x/timeline/events/0/sender", [1; 6]),
            ("/rooms/join/!tea:x/timeline/events/0/content/displayname", [1; 6]),
        ];
        for (path, expected) in table {
            for odd in [json!(null), json!(7), json!([7])] {
                let mut body = whole();
                *body.pointer_mut(path).unwrap() = odd.clone();
                assert_eq!(counts(&body.to_string()), expected, "{path}: {odd}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_cost_the_field_that_they_are_in() {
        let body = whole().to_string();
        assert_eq!(counts(&body.replace("\"Bob\"", r#""\ud800""#)), [1; 6]);
        assert_eq!(counts(&body.replace("\"Tea\"", r#""\ud800""#)), [1; 6]);
        assert_eq!(counts(&body.replace("@eve:x", r"\ud800")), [1, 1, 1, 1, 1, 0]);
    }

    #[test]
    fn a_response_without_a_usable_position_is_none() {
        for body in ["", "null", "[]", "{}", r#"{"next_batch": 7}"#, r#"{"next_batch": "s1""#] {
            assert!(SyncResponse::parse(body, false).is_none(), "{body}");
        }
        let long = json!({"next_batch": "s".repeat(LONGEST_POSITION + 1)}).to_string();
        assert!(SyncResponse::parse(&long, false).is_none());
    }
}
