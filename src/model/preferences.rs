//! Saved per contact: pins and notifications.

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
    #[serde(default, alias = "tell_once")]
    pub notify_once: BTreeSet<OwnedUserId>,
    /// Of whom to tell each change.
    #[serde(default, alias = "tell_each")]
    pub notify_each: BTreeSet<OwnedUserId>,
}

impl Preferences {
    /// None yet.
    #[must_use]
    pub fn of(user_id: OwnedUserId) -> Self {
        Self { user_id, pins: BTreeSet::new(), notify_once: BTreeSet::new(), notify_each: BTreeSet::new() }
    }

    /// Pins a contact, or unpins one.
    pub fn toggle_pin(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.pins, user_id);
    }

    /// Notifies once when a contact is free, or no longer.
    pub fn toggle_notify_once(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.notify_once, user_id);
    }

    /// Notifies of each change of a contact, or no longer.
    pub fn toggle_notify_each(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.notify_each, user_id);
    }
}

fn toggle(set: &mut BTreeSet<OwnedUserId>, user_id: OwnedUserId) {
    if !set.remove(&user_id) {
        set.insert(user_id);
    }
}
