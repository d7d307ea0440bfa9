//! What the person has chosen about contacts and wants to find again: pins, and whose changes to be told.

use std::collections::BTreeSet;

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

/// The preferences of one account; a file beside the session keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Whose they are.
    pub user_id: OwnedUserId,
    /// The pinned contacts: the favourites.
    #[serde(default)]
    pub pins: BTreeSet<OwnedUserId>,
    /// Of whom to tell once that they are free.
    #[serde(default)]
    pub tell_once: BTreeSet<OwnedUserId>,
    /// Of whom to tell each change.
    #[serde(default)]
    pub tell_each: BTreeSet<OwnedUserId>,
}

impl Preferences {
    /// None yet.
    #[must_use]
    pub fn of(user_id: OwnedUserId) -> Self {
        Self { user_id, pins: BTreeSet::new(), tell_once: BTreeSet::new(), tell_each: BTreeSet::new() }
    }
}
