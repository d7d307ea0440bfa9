//! What outlives the program: what has an end, and what was learned about the server.

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::SavedLayers;
use crate::model::quirks::ServerQuirks;

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
