//! What outlives the program: what has an end, and what was learned about the server.

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::{Own, SavedLayers};
use crate::model::{event::Effect, quirks::ServerQuirks};

/// What is kept on disk, for one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPresence {
    /// Whose it is.
    pub user_id: OwnedUserId,
    /// What is known of the homeserver.
    #[serde(alias = "dialect")]
    pub quirks: ServerQuirks,
    /// Whether the person has read what a second session does to busy.
    pub warned: bool,
    /// What was asked for, as long as it has an end.
    #[serde(alias = "wish")]
    pub layers: Option<SavedLayers>,
}

impl Own {
    /// What is to outlive the program now.
    #[must_use]
    pub fn saved(&self) -> SavedPresence {
        SavedPresence {
            user_id: self.user_id.clone(),
            quirks: self.quirks.clone(),
            warned: self.stuck_busy.warned,
            layers: self.layers.saved(),
        }
    }

    /// Keeps what has changed. What is known by the server's name alone is not worth a file.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let saved = self.saved();
        let trivial = saved.layers.is_none()
            && !saved.warned
            && saved.quirks == ServerQuirks::of(saved.quirks.software.clone());
        if self.on_disk.as_ref() == Some(&saved) || (trivial && self.on_disk.is_none()) {
            return None;
        }
        self.on_disk = Some(saved);
        Some(Effect::SavePresence)
    }
}
