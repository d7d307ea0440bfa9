//! What happens to the model, and the effects that it returns.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

mod synced;
mod update;

pub use synced::{CallEvent, CallMembership, Member, MemberChange, RoomChange, Synced};
pub use update::{Answer, Greeting, OtherSession, ProfileAnswer, Update};

use super::{
    preferences::ListPreferences,
    presence::{BusyName, Change, Presence},
    profile::{NewStatus, Profile, StatusChange, StatusRequest},
    request::{HoldId, PresenceRequest},
    settings::Settings,
};

/// An event. A replica that applies the same events stays equal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", content = "of", rename_all = "snake_case")]
pub enum Event {
    /// A request from a front end.
    Command(Command),
    /// News from the homeserver.
    Update(Update),
    /// The machine's idle time. `None`: the machine does not report one.
    Idle(Option<SignedDuration>),
    /// The configuration was read again.
    Settings(Box<Settings>),
    /// The time that [`Model::wake`](super::Model::wake) returned.
    Clock,
}

impl Event {
    /// Returns the part that concerns the own presence and the connection of a user. Other events become
    /// [`Event::Clock`], because the own presence depends on the time of each event.
    #[must_use]
    pub fn of_own(&self, user_id: &UserId) -> Self {
        match self {
            Self::Command(Command::LookUp(_) | Command::LookUpProfile(_) | Command::InSight(_))
            | Self::Clock => Self::Clock,
            Self::Command(command) => Self::Command(command.clone()),
            Self::Update(update) => update.of_own(user_id).map_or(Self::Clock, Self::Update),
            Self::Idle(idle) => Self::Idle(*idle),
            Self::Settings(settings) => Self::Settings(settings.clone()),
        }
    }
}

/// A request from a front end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", content = "of", rename_all = "snake_case")]
pub enum Command {
    /// Set the own presence, as if a key were pressed.
    Set(PresenceRequest),
    /// Set busy, or return to the state before it.
    ToggleBusy,
    /// Set the status message and keep the state.
    SetMessage(String),
    /// Set or clear the user status.
    SetStatus(StatusRequest),
    /// Whether busy becomes a status where presence is switched off.
    StatusInsteadOfBusy(bool),
    /// Set the own presence until it is released.
    Hold(HoldId, PresenceRequest),
    /// Return to the state before a hold.
    Release(HoldId),
    /// Undo the last change of the own presence, if it is recent.
    Undo,
    /// The person is active.
    Active,
    /// The person has read the warning about busy and a second session.
    DismissWarning,
    /// Reconnect now.
    Retry,
    /// Pin or unpin a contact.
    Pin(OwnedUserId),
    /// Notify of a contact once when free, then of each change, then not at all.
    CycleNotify(OwnedUserId),
    /// Save how the list is left.
    LeaveList(ListPreferences),
    /// The person has seen that a contact is free.
    DismissAlert(OwnedUserId),
    /// Look up these contacts, the most important first.
    LookUp(Vec<OwnedUserId>),
    /// Look up the profile of a contact whose details are shown.
    LookUpProfile(OwnedUserId),
    /// The contacts in sight, the most important first. Their statuses are kept up to date for a while.
    InSight(Vec<OwnedUserId>),
}

/// A signed-in account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user ID.
    pub user_id: OwnedUserId,
    /// The homeserver's base URL.
    pub homeserver: String,
    /// The ID of this session.
    pub device_id: String,
    /// Whether others on the network can read what whosin and the server send each other.
    pub in_the_clear: bool,
}

/// The body of a `PUT /presence/{me}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceUpdate {
    /// The state.
    pub presence: Presence,
    /// The message, possibly empty. Always sent, because Synapse deletes the message otherwise.
    pub status_msg: String,
}

/// A write of the own user status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusUpdate {
    /// Set this status.
    Set(NewStatus),
    /// Set this status for a while, after reading which one the profile has.
    Cover(NewStatus),
    /// Remove the status.
    Clear,
    /// End a status, if the profile still has it.
    End {
        /// The status to end.
        status: NewStatus,
        /// What takes its place. `None`: nothing.
        next: Option<NewStatus>,
    },
}

/// The result of a [`StatusUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The server's answer.
    pub answer: Answer,
    /// What the profile said before. `None`: it was not read.
    pub before: Option<Box<Profile>>,
}

/// The `set_presence` of each `/sync`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPresence {
    /// The state.
    pub presence: Presence,
    /// The server's name of busy.
    pub busy_name: BusyName,
    /// Whether the request must not change what others see, nor use up another session's rate limit.
    pub watching: bool,
}

/// An entry of the history. Entries are in the order in which they happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// From now on all states are known and changes are received.
    Began(Timestamp),
    /// A contact's state or message changed.
    Changed(Change),
    /// Nothing was received between two times. Changes from then have the second time.
    Missed {
        /// When the server was last heard.
        since: Timestamp,
        /// When it was heard again.
        until: Timestamp,
    },
    /// A contact's status, or the call in the profile, changed.
    StatusChanged(StatusChange),
    /// The counts from this time on.
    Counted(Timestamp, Counts),
    /// From now on nothing is received.
    Ended(Timestamp),
}

impl Entry {
    /// Returns when the entry happened, or for a gap when it ended.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Changed(change) => change.at,
            Self::StatusChanged(change) => change.at,
            Self::Began(at) | Self::Missed { until: at, .. } | Self::Counted(at, _) | Self::Ended(at) => *at,
        }
    }
}

/// The numbers of contacts in reachable states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the states' own names")]
pub struct Counts {
    pub online: u32,
    pub busy: u32,
    pub unavailable: u32,
}

/// A notification. Parts of it come from others: clean and cut it before it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The title.
    pub title: String,
    /// More text, if any.
    pub body: Option<String>,
}

/// An effect that the engine carries out for the model.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Publish our presence. A newer one replaces one that has not been sent yet.
    Publish(PresenceUpdate, BusyName),
    /// Write our user status.
    PublishStatus(StatusUpdate),
    /// Send this `set_presence` with every `/sync` from now on.
    SyncPresence(SyncPresence),
    /// Look up the own presence.
    LookUpOwn,
    /// Look up the account's other sessions.
    LookUpSessions,
    /// Look up a contact's presence.
    LookUp(OwnedUserId),
    /// Look up a user's profile.
    LookUpProfile(OwnedUserId),
    /// Ask the machine for its idle time.
    AskIdle,
    /// Save the wanted presence (`presence.json`).
    SavePresence,
    /// Save pins and notifications (`preferences.json`).
    SavePreferences,
    /// Notify the person.
    Notify(Notice),
    /// Tell front ends and the hook about a change of a contact.
    Changed(Change),
    /// Tell them about a change of a contact's status.
    StatusChanged(StatusChange),
    /// Write entries to the history on disk.
    Record(Vec<Entry>),
    /// Reconnect now.
    Retry,
}
