//! The views: parts of the contacts.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::List;
use crate::model::contacts::{Contact, Contacts, Section};

/// A view of the contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Pinned contacts.
    #[serde(alias = "favorites")]
    Favourites,
    /// Contacts with a direct chat.
    Direct,
    /// Members of a room or space, by its place in the configuration.
    #[serde(skip)]
    Room(usize),
    /// Pinned contacts, and contacts with a shared room that is not large.
    #[default]
    People,
    /// All contacts.
    Everyone,
}

/// A room or space that has a view.
#[derive(Debug)]
pub(super) struct RoomView {
    /// The name, address or ID in the configuration.
    written: String,
    /// The room, or the rooms of the space. Empty: we are not in it.
    rooms: BTreeSet<usize>,
}

impl RoomView {
    pub(super) fn new(written: &str) -> Self {
        Self { written: written.to_owned(), rooms: BTreeSet::new() }
    }
}

impl List {
    /// Returns all views in order.
    pub fn views(&self) -> impl Iterator<Item = View> {
        let rooms = (0..self.rooms.len()).map(View::Room);
        [View::Favourites, View::Direct].into_iter().chain(rooms).chain([View::People, View::Everyone])
    }

    /// The current view.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Changes the view.
    pub fn show(&mut self, view: View, contacts: &Contacts) {
        self.view = view;
        self.rebuild(contacts);
    }

    /// Returns the name of a view.
    #[must_use]
    pub fn view_name(&self, view: View, contacts: &Contacts) -> String {
        match view {
            View::Favourites => "Favourites".to_owned(),
            View::Direct => "Direct".to_owned(),
            View::People => "People".to_owned(),
            View::Everyone => "Everyone".to_owned(),
            View::Room(at) => {
                let RoomView { written, .. } = &self.rooms[at];
                let meant = contacts.rooms().find(written).first().map(|room| contacts.room_name(*room));
                meant.unwrap_or_else(|| written.clone())
            }
        }
    }

    /// Whether a view is of a room or space that we are not in.
    #[must_use]
    pub fn is_unknown(&self, view: View) -> bool {
        matches!(view, View::Room(at) if self.rooms[at].rooms.is_empty())
    }

    /// Finds the rooms of each view. Names of rooms change.
    pub(super) fn find_rooms(&mut self, contacts: &Contacts) {
        for view in &mut self.rooms {
            let meant = contacts.rooms().find(&view.written);
            view.rooms = meant.into_iter().flat_map(|room| contacts.rooms().within(room)).collect();
        }
    }

    pub(super) fn is_in_view(&self, contact: &Contact) -> bool {
        match self.view {
            View::Favourites => contact.pinned,
            View::Direct => contact.section == Section::Direct,
            View::Room(at) => contact.rooms.iter().any(|room| self.rooms[at].rooms.contains(room)),
            View::People => contact.pinned || contact.section != Section::Large,
            View::Everyone => true,
        }
    }
}
