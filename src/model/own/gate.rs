//! Why a wish is not sent yet.

use serde::{Deserialize, Serialize};

use super::Wait;

/// Why nothing is sent for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Gate {
    Nothing,
    /// The first `/sync` sets the state by itself, which leaves the turn to send one for the first key.
    FirstSync,
    /// The first `/sync` came back, its echo may be on its way.
    Echo(Wait),
    /// The server's limit.
    Limit(Wait),
    /// The server gave no answer.
    Failure(Wait),
}

impl Gate {
    /// How long it lasts, where that is known.
    pub(super) fn wait(self) -> Option<Wait> {
        match self {
            Self::Echo(wait) | Self::Limit(wait) | Self::Failure(wait) => Some(wait),
            Self::Nothing | Self::FirstSync => None,
        }
    }
}
