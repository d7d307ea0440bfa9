//! The presence that a write to the profile replaces. On some servers the write sets its session online.

use serde::{Deserialize, Serialize};

use crate::model::{
    event::{Answer, PresenceUpdate},
    presence::Presence,
};

/// What this session had before a write to the profile, until the server has it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Restore {
    #[default]
    Nothing,
    Due(PresenceUpdate),
    InFlight(PresenceUpdate),
}

impl Restore {
    /// Notes a write, and what this session had before it. Online needs no PUT.
    pub(super) fn on_written(&mut self, before: Option<PresenceUpdate>) {
        let before = before.filter(|put| put.presence != Presence::Online);
        *self = match std::mem::take(self) {
            Self::Nothing => before.map_or(Self::Nothing, Self::Due),
            // What others see now may come from the earlier write.
            Self::Due(earlier) | Self::InFlight(earlier) => Self::Due(earlier),
        };
    }

    /// Returns the presence to send, if one is due.
    pub(super) fn send(&mut self) -> Option<PresenceUpdate> {
        let Self::Due(before) = self else { return None };
        let before = before.clone();
        *self = Self::InFlight(before.clone());
        Some(before)
    }

    /// Applies the answer to a PUT. A limit or a failure leaves it to send again.
    pub(super) fn on_answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Limited(_) | Answer::Failed => self.send_again(),
            Answer::Accepted | Answer::Refused(_) | Answer::Forbidden(_) | Answer::SwitchedOff => {
                if matches!(self, Self::InFlight(_)) {
                    *self = Self::Nothing;
                }
            }
        }
    }

    /// Notes that a PUT on its way has no answer.
    pub(super) fn send_again(&mut self) {
        if let Self::InFlight(before) = self {
            *self = Self::Due(before.clone());
        }
    }

    /// Forgets it with the connection: others may see another state at the next one.
    pub(super) fn on_disconnected(&mut self) {
        *self = Self::Nothing;
    }

    pub(super) fn is_due(&self) -> bool {
        matches!(self, Self::Due(_))
    }

    pub(super) fn is_pending(&self) -> bool {
        *self != Self::Nothing
    }
}
