//! What becomes different about a contact: the raw material of the log, of notices and of `on_change`.

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;

use serde::{Deserialize, Serialize};

use super::Presence;

/// A contact's state or message became another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Whose.
    pub user_id: OwnedUserId,
    /// The state before; `None` where nothing had been heard, which on most servers means offline.
    pub from: Option<Presence>,
    /// The state from now on; the same where only the message is new.
    pub to: Presence,
    /// The message from now on, clean and not empty.
    pub status_msg: Option<Box<str>>,
    /// When the server told us.
    pub at: Timestamp,
    /// Whether they are known from large rooms only: nothing to speak of unasked.
    pub in_large_rooms_only: bool,
}

impl Change {
    /// Whether the state stays and only the message is new.
    #[must_use]
    pub fn is_of_message(&self) -> bool {
        self.from.as_ref() == Some(&self.to)
    }
}
