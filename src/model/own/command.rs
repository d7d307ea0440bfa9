//! Requests about the own presence.

use serde::{Deserialize, Serialize};

use crate::model::request::{HoldId, PresenceRequest};

/// A request about the own presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnCommand {
    /// Set a state, with its message and its end.
    Set(PresenceRequest),
    /// Set busy, or return to the state before it.
    ToggleBusy,
    /// Set the message. Empty: remove it.
    SetMessage(String),
    /// Set a state until it is released.
    Hold(HoldId, PresenceRequest),
    /// Return to the state before a hold.
    Release(HoldId),
}

impl OwnCommand {
    /// Returns whether the person has chosen a message that stays.
    pub(super) fn chooses_message(&self) -> bool {
        match self {
            Self::Set(request) => request.status_msg.is_some() && request.until.is_none(),
            Self::SetMessage(_) => true,
            Self::ToggleBusy | Self::Hold(..) | Self::Release(_) => false,
        }
    }

    /// Returns whether it needs the state and message from before: to return to, or to replace.
    pub(super) fn depends_on_before(&self) -> bool {
        match self {
            Self::Set(request) => request.status_msg.is_some() || request.until.is_some(),
            Self::Hold(..) | Self::Release(_) => true,
            Self::ToggleBusy | Self::SetMessage(_) => false,
        }
    }
}
