//! A presence that a front end asks for.

use serde::{Deserialize, Serialize};

use super::{deadline::Deadline, presence::Presence};

/// A state with all that goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRequest {
    /// The state.
    pub presence: Presence,
    /// The message: empty for none, and `None` for the one that is there.
    pub status_msg: Option<String>,
    /// When it ends, and what was before returns.
    pub until: Option<Deadline>,
}

impl PresenceRequest {
    /// A state without an end. The message stays.
    #[must_use]
    pub fn state(presence: Presence) -> Self {
        Self { presence, status_msg: None, until: None }
    }
}

/// The ID of one hold. Whoever holds chooses it at random, and keeps it when another process takes over the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldId(pub u64);
