//! Busy that others go on seeing after we have left it, because another session holds it, or the server does.
//!
//! On Synapse each session that syncs while the user is busy becomes busy itself, and stays so until it sets
//! another state or an hour after it has stopped. A restarted server keeps the busy from before for an hour.

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::event::OtherSession;

/// What is known about who holds busy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StuckBusy {
    /// Other sessions that can hold busy, the one seen last first.
    pub(super) sessions: Vec<OtherSession>,
    /// When to ask for them again.
    pub(super) again: Option<Wait>,
    /// Whether they were asked for on this connection.
    pub(super) asked: bool,
    /// When the connection was last lost while others saw busy: the server may have been restarted.
    pub lost_busy_at: Option<Timestamp>,
    /// Whether the warning has been read.
    pub warned: bool,
}

impl StuckBusy {
    pub(super) fn wait(&self) -> Option<Wait> {
        self.again
    }

    pub(super) fn connected(&mut self) {
        self.asked = false;
    }
}
