//! The end of the program, as far as others see it.

use std::time::Duration;

use super::Own;
use crate::{
    cli::config::OnQuit,
    model::{event::PresenceUpdate, presence::Presence},
};

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

impl Own {
    /// What the end of the program takes.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        let put = PresenceUpdate { presence: Presence::Offline, status_msg: self.status_msg().to_owned() };
        let sends = self.connected
            && self.config.on_quit == OnQuit::Offline
            && !self.config.watch_only
            && !self.is_seen(&put);
        Shutdown {
            put: sends.then_some(put),
            busy: self.is_busy() && !self.config.watch_only,
            busy_lasts: self.quirks.server_kind().busy_lasts(),
        }
    }

    /// Whether others see busy, or are about to.
    fn is_busy(&self) -> bool {
        let mut puts = self.in_flight.iter().chain(&self.sent);
        puts.any(|put| put.presence == Presence::Busy) || self.is_seen_busy()
    }
}
