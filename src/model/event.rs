//! What can happen to the model, and what it can want done.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

mod synced;
mod update;

pub use synced::{CallEvent, CallMembership, Member, MemberChange, RoomChange, Synced};
pub use update::{Answer, Greeting, OtherSession, Update};

use super::{
    presence::{BusyName, Change, Presence},
    request::{HoldId, PresenceRequest},
};

/// Anything that can happen to the model. A replica that hears the same events becomes the same model.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", content = "of", rename_all = "snake_case")]
pub enum Event {
    /// A front end asks for something.
    Command(Command),
    /// The homeserver tells something.
    Update(Update),
    /// Nobody has used the machine for this long; `None` where nothing tells.
    Idle(Option<SignedDuration>),
    /// The time came that [`Model::wake`](super::Model::wake) named.
    Clock,
}

impl Event {
    /// Returns what of it concerns the own presence and the connection of a user. Anything else becomes the time at which
    /// it happened, because each event lets time pass for the own presence.
    #[must_use]
    pub fn of_own(&self, user_id: &UserId) -> Self {
        match self {
            Self::Command(Command::LookUp(_) | Command::LookUpTimeZone(_)) | Self::Clock => Self::Clock,
            Self::Command(command) => Self::Command(command.clone()),
            Self::Update(update) => update.of_own(user_id).map_or(Self::Clock, Self::Update),
            Self::Idle(idle) => Self::Idle(*idle),
        }
    }
}

/// What a front end asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", content = "of", rename_all = "snake_case")]
pub enum Command {
    /// Set the own presence, as if it were pressed.
    Set(PresenceRequest),
    /// Busy, or back to what was before it.
    ToggleBusy,
    /// Change the status message and keep the state.
    SetMessage(String),
    /// Set the own presence until it is released.
    Hold(HoldId, PresenceRequest),
    /// Bring back what was before a hold.
    Release(HoldId),
    /// Somebody is at the keys.
    Active,
    /// The person has read what a second session does to busy.
    DismissWarning,
    /// Try to reach the server now instead of later.
    Retry,
    /// Pin a contact, or unpin one.
    Pin(OwnedUserId),
    /// Notify once when a contact is free, or no longer.
    NotifyOnce(OwnedUserId),
    /// Notify of each change of a contact, or no longer.
    NotifyEach(OwnedUserId),
    /// Look up these contacts, the most important first.
    LookUp(Vec<OwnedUserId>),
    /// Look up the time zone of a contact.
    LookUpTimeZone(OwnedUserId),
    /// Do nothing. The answer shows that the engine is there.
    Ping,
}

/// Who is signed in where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The own user ID.
    pub user_id: OwnedUserId,
    /// The homeserver's base URL.
    pub homeserver: String,
    /// The ID of this session.
    pub device_id: String,
}

/// One `PUT /presence/{me}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceUpdate {
    /// The state to send.
    pub presence: Presence,
    /// The message to send with it; empty for none. A PUT without it deletes the message on Synapse.
    pub status_msg: String,
}

/// What each `/sync` says of us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPresence {
    /// The state that goes along.
    pub presence: Presence,
    /// How the server wants busy spelled.
    pub busy_name: BusyName,
    /// Whether it must change nothing, neither what others see nor what other sessions of ours can do.
    pub watching: bool,
}

/// What the history is made of, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// From now on the program knows how everybody is, and is told when that changes.
    Began(Timestamp),
    /// A contact's state or message became another.
    Changed(Change),
    /// Nothing could be heard between two moments; what changed meanwhile is told at the second.
    Missed {
        /// When the server was last heard.
        since: Timestamp,
        /// When it was heard again.
        until: Timestamp,
    },
    /// How many were there from this moment on.
    Counted(Timestamp, Counts),
    /// The program was told nothing from this moment on.
    Ended(Timestamp),
}

impl Entry {
    /// When it was, or where it has lasted, when it was over.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Changed(change) => change.at,
            Self::Began(at) | Self::Missed { until: at, .. } | Self::Counted(at, _) | Self::Ended(at) => *at,
        }
    }
}

/// How many contacts are in the states in which one can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the states' own names")]
pub struct Counts {
    pub online: u32,
    pub busy: u32,
    pub unavailable: u32,
}

/// What the person is told wherever they look. Others choose parts of it: whoever shows it cleans and cuts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub title: String,
    /// More about it, if there is more.
    pub body: Option<String>,
}

/// What the model wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Publish our presence. A newer one replaces one that has not left yet.
    Publish(PresenceUpdate, BusyName),
    /// Send this `set_presence` with every `/sync` from now on.
    SyncPresence(SyncPresence),
    /// Ask the server for the own presence.
    LookUpOwn,
    /// Ask the server for the account's other sessions.
    LookUpSessions,
    /// Ask the server for a contact's presence.
    LookUp(OwnedUserId),
    /// Ask the server for a contact's time zone.
    LookUpTimeZone(OwnedUserId),
    /// Ask the machine how long nobody has used it.
    AskIdle,
    /// Save the wanted presence (`presence.json`).
    SavePresence,
    /// Save pins and notifications (`preferences.json`).
    SavePreferences,
    /// Notify the person, wherever they look.
    Notify(Notice),
    /// Tell front ends and the hook that a contact became different.
    Changed(Change),
    /// Write entries to the history on disk.
    Record(Vec<Entry>),
    /// Try to reach the server now instead of later.
    Retry,
}
