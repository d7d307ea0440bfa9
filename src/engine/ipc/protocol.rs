//! The protocol between a front end and an engine in another process: one JSON object a line.
//!
//! A front end starts with [`Request::Attach`]. The engine answers with [`Reply::Snapshot`], and then passes on each
//! event of its model. The front end applies the same events to its replica, so both stay equal. A change of the
//! format needs a new [`VERSION`]. A golden file in the tests shows each kind of line.

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::model::{
    Model,
    contacts::parts::{Part, PartRef},
    event::{Command, Event},
    history::History,
    presence::PresenceEvent,
    profile::Profile,
    text::Clean,
};

/// The protocol version, which is part of each line.
pub const VERSION: u32 = 5;
/// The longest request in bytes: the longest message that servers accept, with room to spare.
pub const LONGEST_REQUEST: u64 = 64 * 1024;

/// A line from a front end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", content = "of", rename_all = "snake_case")]
pub enum Request {
    /// The first line. The engine answers with a snapshot.
    Attach(Attach),
    /// A command. The engine answers with [`Reply::Done`] and the same ID.
    Command {
        /// The ID, which the front end chooses.
        id: u64,
        /// The command.
        command: Command,
    },
    /// The front end ends and will not take over the engine. The engine answers with [`Reply::Left`].
    Leave,
}

/// A front end's introduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The front end's account.
    pub user_id: OwnedUserId,
    /// How much of the model it needs.
    pub scope: Scope,
    /// The users whose presence it asks for, and goes. Empty: it follows the model.
    pub users: Vec<OwnedUserId>,
    /// Whether it takes over the engine when the engine's process ends.
    pub successor: Successor,
}

/// Whether a front end takes over the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Successor {
    /// It does not.
    No,
    /// When the engine's process ends.
    Holder,
    /// A dashboard or a daemon: at once, if none of them runs the engine. It notifies the person and keeps the history.
    Dashboard,
}

/// The part of a model that a front end needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The own presence and the connection.
    Own,
    /// The whole model, without the history.
    Contacts,
    /// The whole model.
    Everything,
}

/// The process that runs the engine of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineProcess {
    /// The process ID.
    pub id: u32,
    /// What the process is.
    pub kind: ProcessKind,
    /// When the engine started in it.
    pub since: Timestamp,
    /// Whether it sees a desktop of the person.
    #[serde(default)]
    pub desktop: bool,
    /// Whether it reaches the D-Bus of the person.
    #[serde(default)]
    pub bus: bool,
}

/// What a process with an engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessKind {
    /// A dashboard.
    Dashboard,
    /// `whosin daemon`.
    Daemon,
    /// `whosin daemon --until-done`, which ends a timed state.
    Errand,
    /// Another command.
    Command,
}

impl ProcessKind {
    /// Returns whether the process notifies the person, runs the hook and measures idle time.
    #[must_use]
    pub fn notifies(self) -> bool {
        matches!(self, Self::Dashboard | Self::Daemon)
    }
}

/// A [`Reply`] to write. Nothing is copied for it.
pub(super) type BorrowedReply<'a> = Reply<&'a Model, &'a Event, &'a History, &'a PartRef>;

/// A line from the engine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "reply", content = "of", rename_all = "snake_case")]
pub enum Reply<M = Box<Model>, E = Event, H = Box<History>, P = Part> {
    /// Some of the people among the model's contacts, before the snapshot.
    People(P),
    /// The model without the people, once after attaching.
    Snapshot {
        /// The model.
        model: M,
        /// The history, if the front end has asked for everything.
        history: Option<H>,
        /// The process that runs the engine.
        process: EngineProcess,
        /// The presence of the users that the front end needs besides, as far as the engine knows it.
        known: Vec<PresenceEvent>,
        /// What their profiles say, as far as the engine knows it.
        #[serde(default)]
        profiles: Vec<(OwnedUserId, Profile)>,
    },
    /// An event that the engine applies to its model.
    Event {
        /// The time.
        at: Timestamp,
        /// The event.
        event: E,
    },
    /// The model has applied a command of this front end.
    Done {
        /// The command's ID.
        id: u64,
    },
    /// The engine no longer expects this front end to take over.
    Left,
    /// A heartbeat of the engine's loop, sent if nothing happens.
    Alive,
    /// The engine refuses the request. The last line.
    Refused {
        /// The reason, as a sentence.
        why: Clean,
    },
}

/// The reason why a line is invalid.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// The line has another version.
    #[error("this whosin speaks protocol {VERSION}, not {0}; update both")]
    Version(u32),
    /// The line is malformed.
    #[error("not a line of whosin's protocol: {0}")]
    Malformed(String),
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    v: u32,
    #[serde(flatten)]
    line: &'a T,
}

/// The version, without the rest of the line.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Writes a line.
///
/// # Panics
///
/// If the value has no JSON form, which is a bug.
#[must_use]
pub fn line<T: Serialize>(value: &T) -> String {
    let mut line = serde_json::to_string(&Versioned { v: VERSION, line: value }).expect("all lines are JSON");
    line.push('\n');
    line
}

/// Returns whether a line has people, without parsing it.
#[must_use]
pub(super) fn has_people(line: &[u8]) -> bool {
    line.starts_with(format!("{{\"v\":{VERSION},\"reply\":\"people\",").as_bytes())
}

/// Parses a line.
///
/// # Errors
///
/// [`ProtocolError`] if the line has another version or is malformed.
pub fn read<T: DeserializeOwned>(line: &str) -> Result<T, ProtocolError> {
    let malformed = |error: serde_json::Error| ProtocolError::Malformed(error.to_string());
    // Every line begins like this. Only in another one the version has to be looked for.
    if !line.starts_with(&format!("{{\"v\":{VERSION},")) {
        let Version { v } = serde_json::from_str(line).map_err(malformed)?;
        if v != VERSION {
            return Err(ProtocolError::Version(v));
        }
    }
    // Parsed apart from the version: flattening keeps the line in memory twice, and some lines are long.
    serde_json::from_str(line).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_understood_is_refused_in_words() {
        let table = [
            ("", "not a line"),
            ("GET / HTTP/1.1", "not a line"),
            ("{}", "missing field"),
            ("{\"v\":1,\"ask\":\"own\"}", "this whosin speaks protocol 5, not 1; update both"),
            ("{\"v\":5,\"request\":\"shout\"}", "unknown variant"),
            ("{\"v\":5,\"request\":\"attach\"}", "missing field"),
        ];
        for (text, why) in table {
            let error = read::<Request>(text).unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
        }
    }
}
