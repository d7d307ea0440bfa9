//! The parser of casts. It is strict: a misspelled key is an error with its line number.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::Value;

use super::{super::USER, Cast, Change, Contact, Membership, NewState, Presence, Room, generated};

mod recording;

use recording::Type;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    at: Option<At>,
    room_id: Option<String>,
    name: Option<String>,
    canonical_alias: Option<String>,
    room_type: Option<String>,
    children: Vec<String>,
    crowd: usize,
    user_id: Option<String>,
    displayname: Option<String>,
    joined_rooms: Vec<String>,
    is_direct: bool,
    is_ignored: bool,
    tz: Option<String>,
    presence: Option<String>,
    status_msg: Option<String>,
    last_active_ago: Option<u64>,
    currently_active: Option<bool>,
    membership: Option<Membership>,
    #[serde(deserialize_with = "present")]
    status: Option<Value>,
    in_call: Option<bool>,
    v: Option<u32>,
    r#type: Option<Type>,
    #[serde(rename = "was")]
    _was: IgnoredAny,
    #[serde(rename = "reason")]
    _reason: IgnoredAny,
    #[serde(rename = "call_since")]
    _call_since: IgnoredAny,
    #[serde(rename = "status_as_of")]
    _status_as_of: IgnoredAny,
}

/// Reads a member that may be `null`, unlike one that is missing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The time of a change: seconds since the start, or a timestamp in a recording.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum At {
    Seconds(f64),
    Time(Timestamp),
}

pub fn read_all(text: &str) -> Result<Cast, String> {
    let mut reader = Reader::default();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let line = serde_json::from_str(line).map_err(|error| mistake_in(number, &error))?;
        reader.take(line).map_err(|mistake| format!("line {number}: {mistake}"))?;
    }
    reader.cast.script.sort_by_key(|(at, _)| *at);
    Ok(reader.cast)
}

/// Replaces the line number. The JSON parser sees one line at a time and counts each as the first.
fn mistake_in(number: usize, error: &serde_json::Error) -> String {
    let (text, column) = (error.to_string(), error.column());
    let mistake = text.strip_suffix(&format!(" at line 1 column {column}")).unwrap_or(&text);
    format!("line {number}, column {column}: {mistake}")
}

/// The cast so far, and the names that later lines may refer to.
#[derive(Default)]
struct Reader {
    cast: Cast,
    rooms: HashSet<String>,
    users: HashSet<String>,
    /// The first timestamp of a recording.
    start: Option<Timestamp>,
}

impl Reader {
    fn take(&mut self, mut line: Line) -> Result<(), String> {
        if let Some(r#type) = line.r#type {
            return self.take_recorded(r#type, line);
        }
        let at = match line.at {
            Some(At::Time(_)) => {
                return Err("at must be in seconds; only a recording has timestamps".to_owned());
            }
            Some(At::Seconds(at)) => Some(at),
            None => None,
        };
        match (at, line.user_id.take(), line.room_id.take()) {
            (Some(at), Some(user_id), room_id) => self.change(at, user_id, room_id, line),
            (None, Some(user_id), None) => self.contact(user_id, line),
            (None, None, Some(room_id)) => self.room(room_id, line),
            (Some(_), None, _) => Err("a change needs a user_id".to_owned()),
            (None, Some(_), Some(_)) => Err("a contact has joined_rooms, not a room_id".to_owned()),
            (None, None, None) => Err("a line needs a user_id or a room_id".to_owned()),
        }
    }

    fn knows(&self, user_id: &str) -> bool {
        self.users.contains(user_id)
    }

    fn room(&mut self, room_id: String, line: Line) -> Result<(), String> {
        let Line { name, canonical_alias, room_type, children, crowd, .. } = line;
        self.know_all(&children)?;
        if !self.rooms.insert(room_id.clone()) {
            return Err(format!("{room_id} is there already"));
        }
        self.cast.contacts.extend(generated::fill(&room_id, crowd));
        self.cast.rooms.push(Room { id: room_id, name, canonical_alias, r#type: room_type, children });
        Ok(())
    }

    fn know_all<'a>(&self, rooms: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
        match rooms.into_iter().find(|room_id| !self.rooms.contains(*room_id)) {
            Some(room_id) => Err(format!("no line before this one names the room {room_id}")),
            None => Ok(()),
        }
    }

    fn contact(&mut self, user_id: String, mut line: Line) -> Result<(), String> {
        if line.membership.is_some() {
            return Err("membership needs a time: at".to_owned());
        }
        self.know_all(&line.joined_rooms)?;
        if !user_id.starts_with('@') || !user_id.contains(':') {
            return Err(format!("{user_id} is not a user ID: @name:server"));
        }
        if !self.users.insert(user_id.clone()) {
            return Err(format!("{user_id} is there already"));
        }
        let joined_rooms = std::mem::take(&mut line.joined_rooms);
        let (is_direct, is_ignored, tz) = (line.is_direct, line.is_ignored, line.tz.take());
        let start = line.into_change(user_id)?;
        self.cast.contacts.push(Contact { joined_rooms, is_direct, is_ignored, tz, start });
        Ok(())
    }

    fn change(
        &mut self,
        at: f64,
        user_id: String,
        room_id: Option<String>,
        line: Line,
    ) -> Result<(), String> {
        let at = Duration::try_from_secs_f64(at).map_err(|_| format!("{at} is not a time"))?;
        if user_id != USER && !self.users.contains(&user_id) {
            return Err(format!("no line before this one names {user_id}"));
        }
        self.know_all(&room_id)?;
        let membership = match (room_id, line.membership) {
            (Some(room_id), Some(membership)) => Some((room_id, membership)),
            (None, None) => None,
            _ => return Err("room_id and membership need each other".to_owned()),
        };
        let change = Change { membership, ..line.into_change(user_id)? };
        let of_profile = change.displayname.is_some() || change.status.is_some() || change.in_call.is_some();
        if change.state.is_none() && change.membership.is_none() && !of_profile {
            return Err("nothing changes".to_owned());
        }
        self.cast.script.push((at, change));
        Ok(())
    }
}

impl Line {
    fn into_change(self, user_id: String) -> Result<Change, String> {
        let goes_with_state =
            self.status_msg.is_some() || self.last_active_ago.is_some() || self.currently_active.is_some();
        if goes_with_state && self.presence.is_none() {
            return Err("status_msg, last_active_ago and currently_active need a presence".to_owned());
        }
        let state = self.presence.map(|presence| NewState {
            presence: Presence::from_wire(&presence),
            status_msg: self.status_msg,
            last_active_ago: self.last_active_ago.map(Duration::from_millis),
            currently_active: self.currently_active,
        });
        let (status, in_call) = (self.status, self.in_call);
        Ok(Change { user_id, displayname: self.displayname, state, status, in_call, membership: None })
    }
}
