//! What ending the engine does to the own presence.

use std::time::Duration;

use crate::model::event::PresenceUpdate;

/// What to send at the end, and what to warn the person about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// The last presence to send. `None`: leave the own presence.
    pub put: Option<PresenceUpdate>,
    /// Whether others see busy, or are about to.
    pub busy: bool,
    /// How long others see busy after our last request if nothing ends it. `None`: forever.
    pub busy_lasts: Option<Duration>,
}
