//! The cast of the demo: rooms, users and a script of changes.

use std::time::Duration;

use serde_json::Value;

use super::state::Presence;

mod generated;
mod parser;

/// The rooms and users of the demo, and the script of their changes.
///
/// As text, a cast has one JSON object per line. Keys have the names of the Matrix specification. A line may refer
/// only to rooms and users of earlier lines:
///
/// * `{"room_id":"!tea:demo.localhost","name":"Tea kitchen","canonical_alias":"#tea:demo.localhost"}` is a room. Name and
///   address are optional.
/// * `{"room_id":"!club:demo.localhost","name":"Club","room_type":"m.space","children":["!tea:demo.localhost"]}` is a
///   space with a room in it.
/// * `{"room_id":"!harbour:demo.localhost","name":"Harbour","crowd":200}` is a room with 200 generated members, who never
///   change.
/// * `{"user_id":"@bob:demo.localhost","displayname":"Bob","joined_rooms":["!tea:demo.localhost"],"is_direct":true,
///   "presence":"online","status_msg":"hello","last_active_ago":4000,"currently_active":true}` is a contact at the
///   start. Only the ID is required. A contact without rooms is in the first room. `"is_ignored":true` means that the
///   account of the demo ignores the contact. `"tz":"Asia/Tokyo"` is the time zone in the profile,
///   `"status":{"emoji":"🌴","text":"On holiday"}` the user status, and `"in_call":true` a call.
/// * The same with `"at":12.5` is a change, 12.5 seconds after the start. A `presence` without `status_msg` clears the
///   message. `"membership":"leave"` or `"join"` needs a `room_id`.
///
/// The output of `whosin watch --json` is a cast too. Its times count from the first line, and everybody is in one
/// room.
///
/// The script repeats after its last change.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub(super) rooms: Vec<Room>,
    pub(super) contacts: Vec<Contact>,
    /// Changes, each with its time since the start, in order.
    pub(super) script: Vec<(Duration, Change)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    pub id: String,
    pub name: Option<String>,
    pub canonical_alias: Option<String>,
    pub r#type: Option<String>,
    pub children: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub joined_rooms: Vec<String>,
    /// Whether the account of the demo has a direct chat with the contact.
    pub is_direct: bool,
    /// Whether the account of the demo ignores the contact.
    pub is_ignored: bool,
    /// The time zone in the profile.
    pub tz: Option<String>,
    pub start: Change,
}

/// A change of one user.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    pub user_id: String,
    pub displayname: Option<String>,
    pub state: Option<NewState>,
    /// The new user status. `null` removes it.
    pub status: Option<Value>,
    pub in_call: Option<bool>,
    pub membership: Option<(String, Membership)>,
}

/// The state in a line.
#[derive(Clone, Debug)]
pub(super) struct NewState {
    pub presence: Presence,
    pub status_msg: Option<String>,
    pub last_active_ago: Option<Duration>,
    pub currently_active: Option<bool>,
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Membership {
    Join,
    Leave,
}

impl Cast {
    /// The rooms of the bundled cast that get a view of their own.
    pub const ROOMS: [&str; 2] = ["Workshop", "Book circle"];
    /// The pattern for the user IDs of the bundled cast that belong to a bridge, not to people.
    pub const GHOSTS: &str = "@telegram_*";

    /// Returns the bundled cast: about thirty invented people who come and go, from `assets/cast.jsonl`.
    ///
    /// # Panics
    ///
    /// Never. A test parses the same file.
    #[must_use]
    pub fn bundled() -> Self {
        Self::parse(include_str!("../../assets/cast.jsonl")).expect("the bundled cast is readable")
    }

    /// Parses a cast.
    ///
    /// # Errors
    ///
    /// A [`String`] that names the line and the mistake.
    pub fn parse(text: &str) -> Result<Self, String> {
        parser::read_all(text)
    }

    /// Generates contacts in one room. Three quarters of them are not offline and have a message. Nobody changes.
    #[must_use]
    pub fn crowd(contacts: usize) -> Self {
        generated::gather(contacts)
    }
}
