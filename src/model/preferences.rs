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

    /// Turns the notification for the next time that a contact is free on or off.
    pub fn toggle_notify_once(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.notify_once, user_id);
    }

    /// Turns the notifications for each change of a contact on or off.
    pub fn toggle_notify_each(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.notify_each, user_id);
    }
}

fn toggle(set: &mut BTreeSet<OwnedUserId>, user_id: OwnedUserId) {
    if !set.remove(&user_id) {
        set.insert(user_id);
    }
}
