//! A presence that a front end requests.

use serde::{Deserialize, Serialize};

use super::{deadline::Deadline, presence::Presence};

/// A requested state, with its message and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRequest {
    /// The state.
    pub presence: Presence,
    /// The message. Empty: none. `None`: the present message stays.
    pub status_msg: Option<String>,
    /// When it ends and the previous presence returns.
    pub until: Option<Deadline>,
}

impl PresenceRequest {
    /// Requests a state without an end. The message stays.
    #[must_use]
    pub fn state(presence: Presence) -> Self {
        Self { presence, status_msg: None, until: None }
    }
}

/// The ID of one hold. The front end chooses it at random, and keeps it when another process takes over the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldId(pub u64);
