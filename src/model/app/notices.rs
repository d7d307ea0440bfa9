//! Of whom the person wants to be told, and what changes of contacts set off.

use std::collections::BTreeSet;

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;

use super::Dashboard;
use crate::model::{
    event::{Effect, Entry},
    history::FLAP,
    notices,
    presence::{Change, Presence},
};

impl Dashboard {
    /// Passes each change on, flaps and what comes late included: it may keep a lamp that has to be right.
    pub(super) fn pass_on(entries: &[Entry]) -> Vec<Effect> {
        changes(entries).cloned().map(Effect::Changed).collect()
    }

    /// Tells the person about changes that are worth telling, if they have asked for it.
    pub(super) fn tell(&mut self, entries: &[Entry]) -> Vec<Effect> {
        let waiting = self.preferences.tell_once.len();
        let told = changes(entries).filter(|change| !goes_offline(change));
        let mut effects: Vec<_> = told.filter_map(|change| self.tell_of(change)).collect();
        if self.preferences.tell_once.len() < waiting {
            self.said = None;
            effects.push(Effect::SavePreferences);
        }
        effects
    }

    /// Notes who goes offline, which is told when it has lasted: they may be back at once.
    pub(super) fn note_who_leaves(&mut self, entries: &[Entry]) {
        let late = entries.iter().any(|fact| matches!(fact, Entry::Began(_) | Entry::Missed { .. }));
        for change in changes(entries).filter(|change| !change.is_of_message()) {
            self.leaving.remove(&change.user_id);
            if goes_offline(change) && !late && self.preferences.tell_each.contains(&change.user_id) {
                self.leaving.insert(change.user_id.clone(), change.clone());
            }
        }
    }

    /// Tells of those who went offline and are still.
    pub(super) fn tell_who_left(&mut self, now: Timestamp) -> Vec<Effect> {
        let left = self.leaving.extract_if(.., |_, change| left_for_good_at(change) <= now);
        let left: Vec<Change> = left.map(|(_, change)| change).collect();
        left.iter().filter_map(|change| self.tell_of(change)).collect()
    }

    /// When the next of those who went offline has been it for long enough.
    pub(super) fn next_who_left(&self) -> Option<Timestamp> {
        self.leaving.values().map(left_for_good_at).min()
    }

    fn tell_of(&mut self, change: &Change) -> Option<Effect> {
        // Whoever is waited for is waited for until that can be told.
        if self.quiet_when_busy && self.own.is_wanted_busy() {
            return None;
        }
        let contact = self.contacts.get(&change.user_id)?;
        // What is no longer so is no news.
        if contact.heard.as_ref().is_none_or(|heard| heard.presence != change.to) {
            return None;
        }
        notices::notice(change, contact, &mut self.preferences).map(Effect::Tell)
    }

    /// Waits for the selected contact to be free, or no longer.
    pub(super) fn tell_once(&mut self) -> Option<Effect> {
        let user_id = self.selected_or_say()?;
        let contact = self.contacts.get(&user_id)?;
        let name = notices::name(&user_id, contact);
        let free = contact.heard.as_ref().is_some_and(|heard| heard.presence == Presence::Online);
        self.said = Some(match (toggle(&mut self.preferences.tell_once, user_id), free) {
            (true, false) => format!("You will be told once when {name} is free."),
            (true, true) => format!("{name} is free now. You will be told once when that is so again."),
            (false, _) => format!("You will not be told when {name} is free."),
        });
        Some(Effect::SavePreferences)
    }

    /// Watches the selected contact, or no longer.
    pub(super) fn tell_each(&mut self) -> Option<Effect> {
        let user_id = self.selected_or_say()?;
        let name = notices::name(&user_id, self.contacts.get(&user_id)?);
        self.said = Some(if toggle(&mut self.preferences.tell_each, user_id) {
            format!("You will be told of each change of {name}.")
        } else {
            format!("You will not be told of the changes of {name}.")
        });
        Some(Effect::SavePreferences)
    }
}

fn goes_offline(change: &Change) -> bool {
    change.to == Presence::Offline && !change.is_of_message()
}

fn left_for_good_at(change: &Change) -> Timestamp {
    change.at.saturating_add(FLAP).unwrap_or(Timestamp::MAX)
}

fn changes(entries: &[Entry]) -> impl Iterator<Item = &Change> {
    entries.iter().filter_map(|fact| match fact {
        Entry::Changed(change) => Some(change),
        _ => None,
    })
}

/// Says whether the user is in the set from now on.
fn toggle(set: &mut BTreeSet<OwnedUserId>, user_id: OwnedUserId) -> bool {
    let there = set.remove(&user_id);
    if !there {
        set.insert(user_id);
    }
    !there
}
