//! The end of the program, as far as others see it.

use std::time::Duration;

use crate::model::event::PresenceUpdate;

/// What to do at the end, and what to tell the person who ends the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// What to send, so that others do not go on seeing a state that nobody keeps.
    pub put: Option<PresenceUpdate>,
    /// Whether others see busy, or are about to.
    pub busy: bool,
    /// How long after our last sign of life they go on seeing it if nothing ends it; `None` for ever.
    pub busy_lasts: Option<Duration>,
}
