//! Saved per contact: pins and notifications.

use std::collections::BTreeSet;

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

/// The pins and notifications of one account (`preferences.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// The account.
    pub user_id: OwnedUserId,
    /// Pinned contacts.
    #[serde(default)]
    pub pins: BTreeSet<OwnedUserId>,
    /// Contacts whose next "is free" is notified.
    #[serde(default, alias = "tell_once")]
    pub notify_once: BTreeSet<OwnedUserId>,
    /// Contacts whose every change is notified.
    #[serde(default, alias = "tell_each")]
    pub notify_each: BTreeSet<OwnedUserId>,
}

impl Preferences {
    /// Returns empty preferences.
    #[must_use]
    pub fn of(user_id: OwnedUserId) -> Self {
        Self { user_id, pins: BTreeSet::new(), notify_once: BTreeSet::new(), notify_each: BTreeSet::new() }
    }

    /// Pins or unpins a contact.
    pub fn toggle_pin(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.pins, user_id);
    }

    /// Turns notifications of a contact on for the next time that the contact is free, then for each change, then off.
    pub fn cycle_notify(&mut self, user_id: OwnedUserId) {
        if self.notify_each.remove(&user_id) {
            self.notify_once.remove(&user_id);
        } else if self.notify_once.remove(&user_id) {
            self.notify_each.insert(user_id);
        } else {
            self.notify_once.insert(user_id);
        }
    }
}

fn toggle(set: &mut BTreeSet<OwnedUserId>, user_id: OwnedUserId) {
    if !set.remove(&user_id) {
        set.insert(user_id);
    }
}
