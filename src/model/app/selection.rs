//! Which contacts the list has, and of which more is shown: views, pins, states, the order and details.

use matrix_sdk::ruma::OwnedUserId;

use super::Dashboard;
use crate::model::{
    contacts::{Group, View},
    event::Effect,
};

impl Dashboard {
    /// Shows the view so many places further on.
    pub(super) fn turn_view(&mut self, steps: isize) {
        let views: Vec<View> = self.contacts.views().collect();
        let shown = views.iter().position(|view| *view == self.contacts.view()).unwrap_or_default();
        let next = (shown.cast_signed() + steps).rem_euclid(views.len().cast_signed());
        self.contacts.show(views[next.cast_unsigned()]);
    }

    /// Shows the view in this place.
    pub(super) fn show_view(&mut self, at: usize) {
        let view = self.contacts.views().nth(at);
        if let Some(view) = view {
            self.contacts.show(view);
        }
    }

    /// The selected contact; says so where there is none.
    pub(super) fn selected_or_say(&mut self) -> Option<OwnedUserId> {
        if self.selected.is_none() {
            self.said = Some("Select a contact first.".to_owned());
        }
        self.selected.clone()
    }

    /// Makes the selected contact a favourite, or no longer.
    pub(super) fn pin(&mut self) -> Option<Effect> {
        let user_id = self.selected_or_say()?;
        let name = self.contacts.get(&user_id)?.name.clone();
        let pins = &mut self.preferences.pins;
        self.said = Some(if pins.remove(&user_id) {
            format!("{name} is no favourite any more.")
        } else {
            pins.insert(user_id);
            format!("{name} is a favourite.")
        });
        self.contacts.pin(&self.preferences.pins);
        Some(Effect::SavePreferences)
    }

    /// Sorts the list by the next thing.
    pub(super) fn turn_sort(&mut self) {
        self.contacts.sort_by(self.contacts.sort().next());
    }

    /// Lists those in these states, or leaves them out.
    pub(super) fn toggle(&mut self, groups: &[Group]) {
        self.contacts.toggle(groups);
    }

    /// Whether more than a row is to be shown of the selected contact.
    #[must_use]
    pub fn shows_details(&self) -> bool {
        self.details && self.selected.as_ref().is_some_and(|user_id| self.contacts.get(user_id).is_some())
    }

    /// Shows more of the selected contact, the first if none is, or closes that.
    pub(super) fn toggle_details(&mut self) {
        self.details = !self.shows_details();
        self.select_first();
    }

    /// Selects the best find of a filter, unless one of its finds is selected.
    pub(super) fn select_find(&mut self) {
        if !self.filter.is_empty() && !self.contacts.is_empty() {
            self.select_first();
        }
    }

    /// Selects the first contact, unless one that is listed is selected.
    fn select_first(&mut self) {
        if self.selected_row().is_none() {
            self.selected = self.contacts.at(0).map(|(user_id, _)| user_id.to_owned());
        }
    }
}
