//! Busy that others still see after we have left it. Another session holds it, or the server does.
//!
//! On Synapse each session that syncs while the user is busy becomes busy itself. It stays busy until it sets another
//! state, or for an hour after its last sync. A restarted server keeps the earlier busy for an hour.

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::event::OtherSession;

/// Which sessions may hold busy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StuckBusy {
    /// Other sessions that may hold busy, the most recently seen first.
    pub(super) sessions: Vec<OtherSession>,
    /// When to look them up again.
    pub(super) again: Option<Wait>,
    /// Whether they were looked up on this connection.
    pub(super) asked: bool,
    /// Whether the server has listed them on this connection.
    #[serde(default)]
    pub(super) listed: bool,
    /// When the connection was last lost while others saw busy. The server may have restarted.
    pub lost_busy_at: Option<Timestamp>,
    /// Whether the person has read the warning.
    pub warned: bool,
}

impl StuckBusy {
    pub(super) fn wait(&self) -> Option<Wait> {
        self.again
    }

    pub(super) fn connected(&mut self) {
        (self.asked, self.listed) = (false, false);
    }
}
