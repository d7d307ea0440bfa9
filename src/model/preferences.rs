//! What outlives the dashboard: pins and notifications per contact, and how the list was left.

use std::collections::BTreeSet;

use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::contacts::Group;

/// The pins, the notifications and the list of one account (`preferences.json`).
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
    /// How the list was left.
    #[serde(default)]
    pub list: ListPreferences,
}

/// How the list of a dashboard was left, in the words of the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListPreferences {
    /// The view.
    pub view: String,
    /// The room of the view, by name, address or ID, if it was the view of a room.
    pub room: Option<String>,
    /// The order.
    pub sort: String,
    /// The groups that are left out.
    pub left_out: BTreeSet<Group>,
}

impl Default for ListPreferences {
    fn default() -> Self {
        Self { view: "people".to_owned(), room: None, sort: "state".to_owned(), left_out: BTreeSet::new() }
    }
}

impl Preferences {
    /// Returns empty preferences.
    #[must_use]
    pub fn of(user_id: OwnedUserId) -> Self {
        Self {
            user_id,
            pins: BTreeSet::new(),
            notify_once: BTreeSet::new(),
            notify_each: BTreeSet::new(),
            list: ListPreferences::default(),
        }
    }

    /// Pins or unpins a contact.
    pub(crate) fn toggle_pin(&mut self, user_id: OwnedUserId) {
        toggle(&mut self.pins, user_id);
    }

    /// Turns notifications of a contact on for the next time that the contact is free, then for each change, then off.
    pub(crate) fn cycle_notify(&mut self, user_id: OwnedUserId) {
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
