//! What the homeserver tells the program.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

use super::{Entry, Member, Synced};
use crate::model::{presence::Status, quirks::Software};

/// What the homeserver tells us, or why it does not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "update", content = "of", rename_all = "snake_case")]
pub enum Update {
    /// The server answered the first questions of a connection.
    Connected(Greeting),
    /// One `/sync` response.
    Synced(Synced),
    /// Everybody who is joined to some rooms.
    Members {
        /// The rooms with their joined members.
        rooms: Vec<(OwnedRoomId, Vec<Member>)>,
        /// How many rooms are still to come.
        missing: usize,
        /// How many rooms the server does not give us. They are asked for again, by themselves.
        #[serde(default)]
        failed: usize,
    },
    /// The server cannot be reached, or answers with errors.
    Lost {
        /// A sentence for people.
        reason: String,
        /// How long until the next try.
        retry_in: Duration,
    },
    /// What became of a PUT of our presence.
    Published(Answer),
    /// `GET /presence/{me}/status` answered; `None` where it could not.
    OwnStatus(Option<Status>),
    /// The account's other sessions.
    Sessions(Vec<OtherSession>),
    /// `GET /presence/{user}/status` answered.
    LookedUp {
        /// Of whom.
        user_id: OwnedUserId,
        /// What the server says of them; `None` where it could not, or would not.
        status: Option<Status>,
    },
    /// `GET /profile/{user}` answered.
    TimeZone {
        /// Of whom.
        user_id: OwnedUserId,
        /// Where they say they are; `None` where they say nothing, or there was no answer.
        #[serde(with = "jiff::fmt::serde::tz::optional")]
        zone: Option<TimeZone>,
    },
    /// The server does not take busy in a `/sync`.
    SyncRefusedBusy,
    /// What has an end could not be written down; a sentence says why.
    PresenceNotSaved(String),
    /// What was chosen in the dashboard could not be written down; a sentence says why.
    PreferencesNotSaved(String),
    /// What happened lately, as an earlier run has written it down; told before anything that is new.
    Recalled(Vec<Entry>),
    /// Something in this process does not work. A sentence says what and why.
    Problem(String),
    /// The server no longer knows the access token; only signing in again helps.
    SignedOut,
}

impl Update {
    /// Returns what of it concerns the own presence and the connection of a user, if anything.
    #[must_use]
    pub fn of_own(&self, user_id: &UserId) -> Option<Self> {
        Some(match self {
            Self::LookedUp { .. } | Self::TimeZone { .. } | Self::Recalled(_) => return None,
            Self::Synced(synced) => Self::Synced(synced.of_own(user_id)),
            Self::Members { missing, failed, .. } => {
                Self::Members { rooms: Vec::new(), missing: *missing, failed: *failed }
            }
            Self::Connected(greeting) => Self::Connected(greeting.clone()),
            Self::Lost { reason, retry_in } => Self::Lost { reason: reason.clone(), retry_in: *retry_in },
            Self::Published(answer) => Self::Published(answer.clone()),
            Self::OwnStatus(status) => Self::OwnStatus(status.clone()),
            Self::Sessions(sessions) => Self::Sessions(sessions.clone()),
            Self::SyncRefusedBusy => Self::SyncRefusedBusy,
            Self::PresenceNotSaved(why) => Self::PresenceNotSaved(why.clone()),
            Self::PreferencesNotSaved(why) => Self::PreferencesNotSaved(why.clone()),
            Self::Problem(problem) => Self::Problem(problem.clone()),
            Self::SignedOut => Self::SignedOut,
        })
    }
}

/// What a server says about itself and us at the start of a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Greeting {
    /// Whether `/versions` offers MSC3026's busy.
    pub busy_offered: bool,
    /// What it says that it is; `None` where it would not say.
    pub software: Option<Software>,
    /// The own presence; `None` where the server would not say.
    pub own: Option<Status>,
}

/// Another signed-in device of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherSession {
    /// Its name, or its ID where it has none; not yet cleaned for the screen.
    pub name: String,
    /// When the server last heard of it, to a few minutes.
    pub last_seen: Option<Timestamp>,
}

/// What a server answers to a [`PresenceUpdate`](super::PresenceUpdate).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// 200.
    Accepted,
    /// 429: not before this time has passed.
    Limited(Duration),
    /// 400 and its like: the server will never take this.
    Refused(String),
    /// 403: presence is switched off.
    SwitchedOff,
    /// No answer, or an error of the server's own.
    Failed,
}
