//! What outlives the program: what has an end, and what was learned about the server.

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::{KeptWish, Own};
use crate::model::{event::Effect, quirks::Dialect};

/// What is kept on disk, for one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Whose it is.
    pub user_id: OwnedUserId,
    /// What is known of the homeserver.
    pub dialect: Dialect,
    /// Whether the person has read what a second session does to busy.
    pub warned: bool,
    /// What was asked for, as long as it has an end.
    pub wish: Option<KeptWish>,
}

impl Own {
    /// What is to outlive the program now.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory {
            user_id: self.user_id.clone(),
            dialect: self.dialect.clone(),
            warned: self.held.warned,
            wish: self.wish.kept(),
        }
    }

    /// Keeps what has changed. What is known by the server's name alone is not worth a file.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let memory = self.memory();
        let trivial = memory.wish.is_none()
            && !memory.warned
            && memory.dialect == Dialect::of(memory.dialect.software.clone());
        if self.kept.as_ref() == Some(&memory) || (trivial && self.kept.is_none()) {
            return None;
        }
        self.kept = Some(memory);
        Some(Effect::Keep)
    }
}
