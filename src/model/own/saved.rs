//! The state that is saved for the next start (`presence.json`).

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::{SavedLayers, SavedStatus, SessionPresence};
use crate::model::quirks::ServerQuirks;

/// The saved state of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPresence {
    /// The account.
    pub user_id: OwnedUserId,
    /// What was learned about the homeserver.
    #[serde(alias = "dialect")]
    pub quirks: ServerQuirks,
    /// Whether the person has read the warning about busy and a second session.
    pub warned: bool,
    /// The wanted presence, if it has an end.
    #[serde(alias = "wish")]
    pub layers: Option<SavedLayers>,
    /// The end of the status, and what the person has answered about statuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<SavedStatus>,
    /// The state that the session has set last, if the server tells sessions apart.
    #[serde(default)]
    pub session: Option<SessionPresence>,
}

impl SavedPresence {
    /// Returns whether all of it follows from the server's name, which is not worth a file.
    pub(super) fn is_trivial(&self) -> bool {
        self.layers.is_none()
            && self.status.is_none()
            && self.session.is_none()
            && !self.warned
            && self.quirks == ServerQuirks::of(self.quirks.software.clone())
    }
}
