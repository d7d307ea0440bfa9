//! Why a change is not sent yet.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Wait;

/// The reason why nothing is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Gate {
    Nothing,
    /// The first `/sync` sets the state itself. That saves the rate limit's turn for the first key.
    FirstSync,
    /// The first `/sync` has returned. Its echo may be on its way.
    Echo(Wait),
    /// The server's rate limit.
    Limit(Wait),
    /// The last request had no answer.
    Failure(Wait),
}

impl Gate {
    /// Returns the wait. `None`: there is none, or an event ends it.
    pub(super) fn wait(self) -> Option<Wait> {
        match self {
            Self::Echo(wait) | Self::Limit(wait) | Self::Failure(wait) => Some(wait),
            Self::Nothing | Self::FirstSync => None,
        }
    }

    /// Returns whether the server takes no request yet.
    pub(super) fn is_closed(self, now: Timestamp) -> bool {
        matches!(self, Self::Limit(wait) | Self::Failure(wait) if !wait.is_over(now))
    }
}
