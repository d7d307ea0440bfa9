//! What a command and a running dashboard say to each other: one JSON object on a line, of one version.

use std::fmt;

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use crate::model::{deadline::Deadline, presence::Presence};

/// The version of what is said here, and of the updates that are passed on. Whoever hears another one does not guess.
const VERSION: u32 = 1;
/// The longest line that is read: a message of the length that servers take for one, and some.
pub const LONGEST: u64 = 64 * 1024;

/// What a command asks of the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
pub enum Request {
    /// To be told the own presence, now and whenever it changes.
    Own,
    /// To set it first, as if it were pressed.
    Set(PresenceRequest),
    /// The same for as long as the connection stands; then what was before returns.
    Hold(PresenceRequest),
    /// To be told of somebody's contacts: after the own presence all that is known, once that is true, and then
    /// whatever the server tells.
    Watch {
        /// Whose contacts: others are of no use.
        user_id: OwnedUserId,
    },
}

/// What is wanted of the own presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresenceCommand {
    /// A state, as if it were pressed.
    Set(PresenceRequest),
    /// A state until it is given back.
    Hold(HoldId, PresenceRequest),
    /// What was before that one began.
    Return(HoldId),
}

/// Which of several at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldId(pub u64);

/// A state with all that goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRequest {
    /// The state.
    pub presence: Presence,
    /// The message; empty for none, and `None` for the one that is there.
    pub status_msg: Option<String>,
    /// When it ends, and what was before returns.
    pub until: Option<Deadline>,
}

/// How it stands with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether anything is still to come.
    pub verdict: Verdict,
    /// The state that others see, where that is known.
    pub presence: Option<Presence>,
    /// The message that they see.
    pub status_msg: Option<String>,
    /// Why that is not what was asked for, in words; not cleaned for the screen.
    pub why: Option<String>,
}

/// What has come of what was asked for; a later one is more final, up to the last three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing yet.
    Pending,
    /// The server has taken it, and does not show it yet.
    Accepted,
    /// Others see it.
    Seen,
    /// Others see something else, and will for now.
    Differs,
    /// It cannot be set.
    Failed,
}

/// What the dashboard answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Reply {
    /// How it stands; one line more each time that it changes.
    Own(Outcome),
    /// What was asked makes no sense here; the last line.
    Error {
        /// A sentence that says why.
        why: String,
    },
}

/// A line that was not understood; says why.
#[derive(Debug, PartialEq, Eq)]
pub struct ProtocolError(String);

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProtocolError {}

/// A line of any kind, with its version.
#[derive(Serialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    said: T,
}

/// Of a line only its version.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Says something in a line.
///
/// # Panics
///
/// Never: all of this is JSON.
#[must_use]
pub fn line<T: Serialize>(said: T) -> String {
    try_line(said).expect("what is said has no form but JSON's")
}

/// The same of something that may not be meant to be said.
///
/// # Errors
///
/// When it is not.
pub fn try_line<T: Serialize>(said: T) -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", serde_json::to_string(&Versioned { v: VERSION, said })?))
}

/// Reads a line.
///
/// # Errors
///
/// When it is none of this version.
pub fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, ProtocolError> {
    let garbled = |error: serde_json::Error| ProtocolError(format!("this is no line of whosin's: {error}"));
    let Version { v } = serde_json::from_str(line).map_err(garbled)?;
    if v != VERSION {
        return Err(ProtocolError(format!(
            "version {v} is spoken here by nobody, but {VERSION} is; update whosin"
        )));
    }
    // Not as `Versioned`: to flatten means to keep all of the line in between, and some lines are long.
    serde_json::from_str(line).map_err(garbled)
}

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::owned_user_id;

    use super::*;

    #[test]
    fn what_is_said_is_one_line_and_comes_back_as_it_was() {
        let ask = PresenceRequest { presence: Presence::Busy, status_msg: Some("a\nb".into()), until: None };
        let watch = Request::Watch { user_id: owned_user_id!("@me:example.org") };
        for request in [Request::Own, Request::Set(ask.clone()), Request::Hold(ask), watch] {
            let said = line(&request);
            assert_eq!(said.find('\n'), Some(said.len() - 1));
            assert_eq!(read(&said), Ok(request));
        }
        let reply = Reply::Own(Outcome {
            verdict: Verdict::Differs,
            presence: Some(Presence::Unavailable),
            status_msg: None,
            why: Some("example.org has no busy".into()),
        });
        assert_eq!(
            line(&reply),
            "{\"v\":1,\"is\":\"own\",\"verdict\":\"differs\",\"presence\":\"unavailable\",\"status_msg\":null,\
             \"why\":\"example.org has no busy\"}\n"
        );
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let table = [
            ("", "no line"),
            ("GET / HTTP/1.1", "no line"),
            ("{}", "missing field"),
            ("{\"v\":2,\"ask\":\"own\"}", "version 2"),
            ("{\"v\":1,\"ask\":\"shout\"}", "unknown variant"),
            ("{\"v\":1,\"ask\":\"set\"}", "missing field"),
            ("{\"v\":1,\"ask\":\"set\",\"presence\":7}", "invalid type"),
        ];
        for (text, why) in table {
            let garbled = read::<Request>(text).unwrap_err();
            assert!(garbled.to_string().contains(why), "{text}: {garbled}");
        }
    }
}
