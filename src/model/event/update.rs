//! News from the homeserver.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

use super::{Entry, Member, StatusAnswer, Synced, synced::own_profile};
use crate::model::{
    presence::Visibility,
    profile::{Profile, ProfileSupport, ProfileUpdate},
    quirks::Software,
    text::Clean,
};

/// News from the homeserver, or the reason why there is none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "update", content = "of", rename_all = "snake_case")]
pub enum Update {
    /// A new connection. The server has answered its first requests.
    Connected(Greeting),
    /// A `/sync` response.
    Synced(Synced),
    /// The members of some rooms.
    Members {
        /// The rooms with their joined members.
        rooms: Vec<(OwnedRoomId, Vec<Member>)>,
        /// How many rooms are still being loaded.
        missing: usize,
        /// How many rooms the server does not return. They are retried.
        #[serde(default)]
        failed: usize,
        /// The position of the `/sync` stream, if no room is missing.
        position: Option<String>,
    },
    /// The server is unreachable or answers with errors.
    Lost {
        /// The reason, as a sentence.
        reason: Clean,
        /// The time until the next try.
        retry_in: Duration,
    },
    /// The server refuses to send profiles, although it offers to.
    ProfilesRefused,
    /// The answer to a PUT of our presence.
    Published(Answer),
    /// The answer to a write of our user status.
    StatusPublished(StatusAnswer),
    /// The own presence, as others see it. `None`: no answer.
    OwnStatus(Option<Visibility>),
    /// The account's other sessions.
    Sessions(Vec<OtherSession>),
    /// The presence of a contact.
    LookedUp {
        /// The contact.
        user_id: OwnedUserId,
        /// The presence, as the server shares it. `None`: no answer.
        presence: Option<Visibility>,
    },
    /// The answer to a look-up of a profile.
    Profile {
        /// The user.
        user_id: OwnedUserId,
        /// The answer.
        answer: ProfileAnswer,
    },
    /// The profiles of all users of our server who have a status or a call. From now on the server sends changes.
    Profiles(Vec<ProfileUpdate>),
    /// The server refuses busy in a `/sync`.
    SyncRefusedBusy,
    /// Why the wanted presence could not be saved.
    PresenceNotSaved(String),
    /// The wanted presence is saved, after a failure.
    PresenceSaved,
    /// Why pins and notifications could not be saved.
    PreferencesNotSaved(String),
    /// Pins and notifications are saved, after a failure.
    PreferencesSaved,
    /// Entries of the recent history, from an earlier process. They come before any new ones.
    Recalled(Vec<Entry>),
    /// A problem in the engine's process, as a sentence.
    Problem(Clean),
    /// The server no longer accepts the access token. Only signing in again helps.
    SignedOut,
}

impl Update {
    /// Returns the part that concerns the own presence and the connection of a user.
    #[must_use]
    pub fn of_own(&self, user_id: &UserId) -> Option<Self> {
        Some(match self {
            Self::Profile { user_id: of, answer } if *of == *user_id => {
                Self::Profile { user_id: of.clone(), answer: answer.clone() }
            }
            Self::LookedUp { .. } | Self::Profile { .. } | Self::Recalled(_) => return None,
            Self::Profiles(profiles) => Self::Profiles(own_profile(profiles, user_id)),
            Self::Synced(synced) => Self::Synced(synced.of_own(user_id)),
            Self::Members { missing, failed, .. } => {
                Self::Members { rooms: Vec::new(), missing: *missing, failed: *failed, position: None }
            }
            Self::Connected(greeting) => Self::Connected(greeting.clone()),
            Self::Lost { reason, retry_in } => Self::Lost { reason: reason.clone(), retry_in: *retry_in },
            Self::ProfilesRefused => Self::ProfilesRefused,
            Self::Published(answer) => Self::Published(answer.clone()),
            Self::StatusPublished(answer) => Self::StatusPublished(answer.clone()),
            Self::OwnStatus(status) => Self::OwnStatus(status.clone()),
            Self::Sessions(sessions) => Self::Sessions(sessions.clone()),
            Self::SyncRefusedBusy => Self::SyncRefusedBusy,
            Self::PresenceNotSaved(why) => Self::PresenceNotSaved(why.clone()),
            Self::PresenceSaved => Self::PresenceSaved,
            Self::PreferencesNotSaved(why) => Self::PreferencesNotSaved(why.clone()),
            Self::PreferencesSaved => Self::PreferencesSaved,
            Self::Problem(problem) => Self::Problem(problem.clone()),
            Self::SignedOut => Self::SignedOut,
        })
    }
}

/// The server's answers at the start of a connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Greeting {
    /// Whether `/versions` offers MSC3026's busy.
    pub busy_offered: bool,
    /// The server's software. `None`: the server does not name it.
    pub software: Option<Software>,
    /// The own presence. `None`: there was no answer.
    pub own: Option<Visibility>,
    /// What the server does with profile fields.
    #[serde(default)]
    pub profiles: ProfileSupport,
}

/// The answer to a look-up of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileAnswer {
    /// The profile.
    Found {
        /// The status and the call.
        profile: Box<Profile>,
        /// The time zone. `None`: the profile has none.
        #[serde(with = "jiff::fmt::serde::tz::optional")]
        time_zone: Option<TimeZone>,
    },
    /// There is no profile, or the server does not share it.
    None,
    /// 429: the next request may come after this time.
    Limited(Duration),
    /// The user's server does not answer ours.
    Unreachable,
    /// No answer, or one that cannot be read.
    Failed,
}

/// Another session of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherSession {
    /// The device's name, or its ID if it has none.
    pub name: Clean,
    /// When the server last heard from it, to a few minutes.
    pub last_seen: Option<Timestamp>,
    /// The server's page that ends it, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_page: Option<String>,
}

/// The server's answer to a [`PresenceUpdate`](super::PresenceUpdate).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// 200.
    Accepted,
    /// 429: the next request may come after this time.
    Limited(Duration),
    /// 400 and similar: the server will never accept this presence. Contains its reason.
    Refused(Clean),
    /// 403: the account may not set a presence now. Contains the server's reason.
    Forbidden(Clean),
    /// Presence is switched off.
    SwitchedOff,
    /// No answer, or an internal error of the server.
    Failed,
}
