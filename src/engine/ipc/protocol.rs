//! What a front end and an engine in another process say to each other: one JSON object a line.
//!
//! A front end begins with [`Request::Attach`]. The engine answers with [`Reply::Snapshot`], and from then on passes on
//! each event of its model. The front end applies the same events to its copy, so both know the same. Whatever changes
//! the form of a line needs a new [`VERSION`]; a golden file in the tests shows each kind of line.

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::model::{
    Model,
    event::{Command, Event},
};

/// The version of all lines.
pub const VERSION: u32 = 2;
/// The longest request in bytes: a message of the longest length that servers take, and some.
pub const LONGEST_REQUEST: u64 = 64 * 1024;

/// What a front end says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", content = "of", rename_all = "snake_case")]
pub enum Request {
    /// The first line: begin to pass on events.
    Attach(Attach),
    /// Do this. The answer is [`Reply::Done`] with the same ID.
    Command {
        /// Chosen by the front end.
        id: u64,
        /// What is to be done.
        command: Command,
    },
    /// The front end ends, and does not go on with the engine. The answer is [`Reply::Left`].
    Leave,
}

/// Who attaches, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The account that the front end is about.
    pub user_id: OwnedUserId,
    /// How much it wants to know.
    pub scope: Scope,
    /// Whether it goes on with the engine when the engine's process ends.
    pub successor: bool,
}

/// How much of the model a front end wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The own presence and the connection.
    Own,
    /// All of it.
    Everything,
}

/// What the engine says. Generic in what it holds, so that the engine need not copy it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "reply", content = "of", rename_all = "snake_case")]
pub enum Reply<M = Box<Model>, E = Event> {
    /// All that is known.
    Snapshot {
        /// The model.
        model: M,
        /// Whether the engine's process notifies the person and runs the hook.
        notifies: bool,
    },
    /// Something happened to the model.
    Event {
        /// When.
        at: Timestamp,
        /// What.
        event: E,
    },
    /// A command of this front end is in the model.
    Done {
        /// The ID of the command.
        id: u64,
    },
    /// The engine does not count on this front end to go on with it.
    Left,
    /// Nothing happened for a while, and the engine is there.
    Alive,
    /// The request cannot be granted. The last line.
    Refused {
        /// A sentence that says why.
        why: String,
    },
}

/// Why a line was not understood.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// The line is of another version.
    #[error("this whosin speaks protocol {VERSION}, not {0}; update both")]
    Version(u32),
    /// The line is something else.
    #[error("not a line of whosin's protocol: {0}")]
    Malformed(String),
}

/// A line with its version.
#[derive(Serialize)]
struct Versioned<'a, T> {
    v: u32,
    #[serde(flatten)]
    line: &'a T,
}

/// The version of a line, whatever else it holds.
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

/// Reads a line.
///
/// # Errors
///
/// [`ProtocolError`] if the line is of another version, or something else.
pub fn read<T: DeserializeOwned>(line: &str) -> Result<T, ProtocolError> {
    let malformed = |error: serde_json::Error| ProtocolError::Malformed(error.to_string());
    let Version { v } = serde_json::from_str(line).map_err(malformed)?;
    if v != VERSION {
        return Err(ProtocolError::Version(v));
    }
    // Not as one value with the version: flattening keeps all of a line in memory twice, and some lines are long.
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
            ("{\"v\":1,\"ask\":\"own\"}", "this whosin speaks protocol 2, not 1; update both"),
            ("{\"v\":2,\"request\":\"shout\"}", "unknown variant"),
            ("{\"v\":2,\"request\":\"attach\"}", "missing field"),
        ];
        for (text, why) in table {
            let error = read::<Request>(text).unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
        }
    }
}
