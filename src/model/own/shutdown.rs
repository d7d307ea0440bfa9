//! What ending the engine does to the own presence.

use crate::model::{event::PresenceUpdate, quirks::ServerKind};

/// What to send at the end, and what to warn the person about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// The last presence to send. `None`: leave the own presence.
    pub put: Option<PresenceUpdate>,
    /// Whether others see busy, or are about to.
    pub busy: bool,
    /// The kind of the server, which decides how long others see busy.
    pub server_kind: ServerKind,
}
