//! The end of the program, as far as others see it.

use super::Own;
use crate::{event::Put, presence::Presence};

impl Own {
    /// What to send at the end, so that others do not go on seeing a state that nobody keeps.
    #[must_use]
    pub fn farewell(&self) -> Option<Put> {
        let put = Put { presence: Presence::Offline, ..self.wanted.clone() };
        (self.connected && !self.is_seen(&put)).then_some(put)
    }

    /// Whether others see busy, or are about to.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let put = self.flying.iter().chain(&self.sent).any(|put| put.presence == Presence::Busy);
        put || self.seen.as_ref().is_some_and(|seen| seen.presence == Presence::Busy)
    }
}
