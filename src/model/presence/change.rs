//! A change of a contact, as the log, notifications and the `on_change` hook use it.

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;

use serde::{Deserialize, Serialize};

use super::Presence;
use crate::model::text::Clean;

/// A change of a contact's state or message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The contact.
    pub user_id: OwnedUserId,
    /// The state before. `None`: no presence was received before, which on most servers means offline.
    pub from: Option<Presence>,
    /// The state after. The same if only the message changed.
    pub to: Presence,
    /// The message after, not empty.
    pub status_msg: Option<Clean>,
    /// When the server sent it.
    pub at: Timestamp,
    /// Whether the contact is from large rooms only. Such changes are left out of the log.
    pub in_large_rooms_only: bool,
}

impl Change {
    /// Returns whether only the message changed.
    #[must_use]
    pub(crate) fn is_of_message(&self) -> bool {
        self.from.as_ref() == Some(&self.to)
    }
}
