//! The own presence at the server: which PUT it has accepted, refused, or not answered yet.

use serde::{Deserialize, Serialize};

use crate::model::{event::PresenceUpdate, text::Clean};

/// What became of the last PUT of the own presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Published {
    /// The server has nothing of ours that counts. What others see decides what to send.
    Nothing,
    /// The PUT has no answer yet.
    InFlight {
        put: PresenceUpdate,
        /// The last one that the server accepted.
        accepted: Option<PresenceUpdate>,
    },
    Accepted(PresenceUpdate),
    Refused {
        put: PresenceUpdate,
        why: Clean,
    },
}

impl Published {
    pub(super) fn in_flight(&self) -> Option<&PresenceUpdate> {
        match self {
            Self::InFlight { put, .. } => Some(put),
            _ => None,
        }
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.in_flight().is_some()
    }

    /// Returns the last presence that the server accepted.
    pub(super) fn accepted(&self) -> Option<&PresenceUpdate> {
        match self {
            Self::Accepted(put) => Some(put),
            Self::InFlight { accepted, .. } => accepted.as_ref(),
            Self::Nothing | Self::Refused { .. } => None,
        }
    }

    /// Returns what the server has from us, or may have.
    pub(super) fn possible(&self) -> impl Iterator<Item = &PresenceUpdate> {
        self.in_flight().into_iter().chain(self.accepted())
    }

    /// Returns why the server refuses this presence.
    pub(super) fn refusal_of(&self, presence: &PresenceUpdate) -> Option<&str> {
        match self {
            Self::Refused { put, why } if put == presence => Some(why),
            _ => None,
        }
    }

    pub(super) fn send(&mut self, put: PresenceUpdate) {
        let accepted = self.accepted().cloned();
        *self = Self::InFlight { put, accepted };
    }

    /// Takes the PUT that was answered. Until the answer is applied, the last accepted one counts again.
    pub(super) fn take(&mut self) -> Option<PresenceUpdate> {
        match std::mem::replace(self, Self::Nothing) {
            Self::InFlight { put, accepted } => {
                *self = accepted.map_or(Self::Nothing, Self::Accepted);
                Some(put)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Forgets what the server accepted, because it has lost it or another session has replaced it.
    pub(super) fn forget_accepted(&mut self) {
        match self {
            Self::Accepted(_) => *self = Self::Nothing,
            Self::InFlight { accepted, .. } => *accepted = None,
            Self::Nothing | Self::Refused { .. } => {}
        }
    }

    /// Forgets also that the server refused it, because the person asks for it again.
    pub(super) fn forget(&mut self) {
        match self {
            Self::InFlight { accepted, .. } => *accepted = None,
            _ => *self = Self::Nothing,
        }
    }
}
