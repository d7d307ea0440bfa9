//! What the homeserver tells the program.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{Account, Entry, Member, Synced};
use crate::model::{presence::Status, quirks::Software};

/// What the homeserver tells us, or that it does not. What is about the contacts, what others see of us, or the connection
/// is passed on to commands that watch along, as JSON; what is skipped there is about what this program has asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", content = "what", rename_all = "lowercase")]
pub enum Update {
    /// Signing in worked; a session exists from now on.
    #[serde(skip)]
    SignedIn(Account),
    /// Signing in did not work; the sentence says why and what to do.
    #[serde(skip)]
    SignInFailed(String),
    /// The server answered the first questions of a connection.
    #[serde(skip)]
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
    #[serde(skip)]
    Published(Answer),
    /// `GET /presence/{me}/status` answered; `None` where it could not.
    OwnStatus(Option<Status>),
    /// The account's other sessions.
    #[serde(skip)]
    Sessions(Vec<OtherSession>),
    /// `GET /presence/{user}/status` answered.
    #[serde(skip)]
    LookedUp {
        /// Of whom.
        user_id: OwnedUserId,
        /// What the server says of them; `None` where it could not, or would not.
        status: Option<Status>,
    },
    /// `GET /profile/{user}` answered.
    #[serde(skip)]
    TimeZone {
        /// Of whom.
        user_id: OwnedUserId,
        /// Where they say they are; `None` where they say nothing, or there was no answer.
        zone: Option<TimeZone>,
    },
    /// The server does not take busy in a `/sync`.
    #[serde(skip)]
    SyncRefusedBusy,
    /// What has an end could not be written down; a sentence says why.
    #[serde(skip)]
    PresenceNotSaved(String),
    /// What was chosen in the dashboard could not be written down; a sentence says why.
    #[serde(skip)]
    PreferencesNotSaved(String),
    /// What happened lately, as an earlier run has written it down; told before anything that is new.
    #[serde(skip)]
    Recalled(Vec<Entry>),
    /// The history on disk could not be read or written; a sentence says why.
    #[serde(skip)]
    HistoryNotSaved(String),
    /// The server no longer knows the access token; only signing in again helps.
    SignedOut,
}

/// What a server says about itself and us at the start of a connection.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// Whether `/versions` offers MSC3026's busy.
    pub busy_offered: bool,
    /// What it says that it is; `None` where it would not say.
    pub software: Option<Software>,
    /// The own presence; `None` where the server would not say.
    pub own: Option<Status>,
}

/// Another signed-in device of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSession {
    /// Its name, or its ID where it has none; not yet cleaned for the screen.
    pub name: String,
    /// When the server last heard of it, to a few minutes.
    pub last_seen: Option<Timestamp>,
}

/// What a server answers to a [`PresenceUpdate`](super::PresenceUpdate).
#[derive(Clone, Debug, PartialEq, Eq)]
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
