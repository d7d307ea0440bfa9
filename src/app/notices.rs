//! Of whom the person wants to be told, and what changes of contacts set off.

use std::collections::BTreeSet;

use matrix_sdk::ruma::OwnedUserId;

use super::Dashboard;
use crate::{
    event::{Effect, Fact},
    notices,
    presence::{Change, Presence},
};

impl Dashboard {
    /// Passes each change on, flaps and what comes late included: it may keep a lamp that has to be right.
    pub(super) fn pass_on(facts: &[Fact]) -> Vec<Effect> {
        changes(facts).cloned().map(Effect::Changed).collect()
    }

    /// Tells the person about changes that are worth telling, if they have asked for it.
    pub(super) fn tell(&mut self, facts: &[Fact]) -> Vec<Effect> {
        // Whoever is waited for is waited for until that can be told.
        if self.quiet_when_busy && self.own.is_wanted_busy() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let waiting = self.choices.tell_once.len();
        for change in changes(facts) {
            if let Some(contact) = self.contacts.get(&change.user_id) {
                effects.extend(notices::notice(change, contact, &mut self.choices).map(Effect::Tell));
            }
        }
        if self.choices.tell_once.len() < waiting {
            self.said = None;
            effects.push(Effect::KeepChoices);
        }
        effects
    }

    /// Waits for the selected contact to be free, or no longer.
    pub(super) fn tell_once(&mut self) -> Option<Effect> {
        let user_id = self.selected.clone()?;
        let contact = self.contacts.get(&user_id)?;
        let name = notices::name(&user_id, contact);
        let free = contact.heard.as_ref().is_some_and(|heard| heard.presence == Presence::Online);
        self.said = Some(match (toggle(&mut self.choices.tell_once, user_id), free) {
            (true, false) => format!("You will be told once when {name} is free."),
            (true, true) => format!("{name} is free now. You will be told once when that is so again."),
            (false, _) => format!("You will not be told when {name} is free."),
        });
        Some(Effect::KeepChoices)
    }

    /// Watches the selected contact, or no longer.
    pub(super) fn tell_each(&mut self) -> Option<Effect> {
        let user_id = self.selected.clone()?;
        let name = notices::name(&user_id, self.contacts.get(&user_id)?);
        self.said = Some(if toggle(&mut self.choices.tell_each, user_id) {
            format!("You will be told of each change of {name}.")
        } else {
            format!("You will not be told of the changes of {name}.")
        });
        Some(Effect::KeepChoices)
    }
}

fn changes(facts: &[Fact]) -> impl Iterator<Item = &Change> {
    facts.iter().filter_map(|fact| match fact {
        Fact::Changed(change) => Some(change),
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
