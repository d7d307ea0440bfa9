//! The cast: who is there at the start, and who does what at which second.

use std::time::Duration;

use super::state::Presence;

mod generated;
mod parser;

/// Who is in the demo, and what they do. Text with one JSON object per line, named as in the Matrix
/// specification, each line after what it names:
///
/// * `{"room_id":"!tea:demo.localhost","name":"Tea kitchen","canonical_alias":"#tea:demo.localhost"}` is a room; name and
///   address may be left out,
/// * `{"room_id":"!club:demo.localhost","name":"Club","room_type":"m.space","children":["!tea:demo.localhost"]}` is a
///   space with a room in it,
/// * `{"room_id":"!harbour:demo.localhost","name":"Harbour","crowd":200}` is a room with so many generated members, who
///   never change,
/// * `{"user_id":"@bob:demo.localhost","displayname":"Bob","joined_rooms":["!tea:demo.localhost"],"is_direct":true,
///   "presence":"online","status_msg":"hello","last_active_ago":4000,"currently_active":true}` is a contact at the
///   start; all but the ID may be left out, and whoever is in no room is in the first; with `"is_ignored":true` the
///   account that the demo signs in with ignores them, and `"tz":"Asia/Tokyo"` stands in their profile,
/// * the same with `"at":12.5` is a change, in seconds since the start. `presence` comes with its message or clears it;
///   `"membership":"leave"` or `"join"` comes with a `room_id`.
///
/// What `whosin watch --json` has recorded is a cast too: its times count from the first line, and everybody is in
/// one room.
///
/// After the last line the changes begin again.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub(super) rooms: Vec<Room>,
    pub(super) contacts: Vec<Contact>,
    /// In the order of time.
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
    /// Whether there is a direct chat with the account that the demo signs in with.
    pub is_direct: bool,
    /// Whether that account ignores them.
    pub is_ignored: bool,
    /// The name of their time zone, if their profile has it.
    pub tz: Option<String>,
    pub start: Change,
}

/// What becomes different about somebody.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    pub user_id: String,
    pub displayname: Option<String>,
    pub state: Option<Told>,
    pub membership: Option<(String, Membership)>,
}

/// A state as a line tells it.
#[derive(Clone, Debug)]
pub(super) struct Told {
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
    /// The rooms of the bundled cast that are worth a view of their own.
    pub const ROOMS: [&str; 2] = ["Workshop", "Book circle"];
    /// Who in it is no person: the ghosts of a bridge, as a pattern for user IDs.
    pub const GHOSTS: &str = "@telegram_*";

    /// About thirty invented people who come and go, from `assets/cast.jsonl`.
    ///
    /// # Panics
    ///
    /// Never: a test reads the file.
    #[must_use]
    pub fn bundled() -> Self {
        Self::parse(include_str!("../../assets/cast.jsonl")).expect("the bundled cast is readable")
    }

    /// Reads a cast.
    ///
    /// # Errors
    ///
    /// A sentence that names the line and the mistake.
    pub fn parse(text: &str) -> Result<Self, String> {
        parser::read_all(text)
    }

    /// So many generated contacts in one room, three quarters of them not offline and with a message.
    /// Nobody changes by itself.
    #[must_use]
    pub fn crowd(contacts: usize) -> Self {
        generated::gather(contacts)
    }
}
