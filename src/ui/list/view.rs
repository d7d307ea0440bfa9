//! The views: which part of the contacts the list is about.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::List;
use crate::model::contacts::{Contact, Contacts, Section};

/// A part of the contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Those who are pinned.
    #[serde(alias = "favorites")]
    Favourites,
    /// The partners of direct chats.
    Direct,
    /// Those in a room or space of the person's choice, by its place in the configuration.
    #[serde(skip)]
    Room(usize),
    /// Those who share a room with us that is not a large one.
    #[default]
    People,
    /// All.
    Everyone,
}

/// A room or space with a view of its own.
#[derive(Debug)]
pub(super) struct RoomView {
    /// Its name, address or ID, as the configuration has it.
    written: String,
    /// The rooms that this means; none if we are in none such.
    rooms: BTreeSet<usize>,
}

impl RoomView {
    pub(super) fn new(written: &str) -> Self {
        Self { written: written.to_owned(), rooms: BTreeSet::new() }
    }
}

impl List {
    /// All views, in their order.
    pub fn views(&self) -> impl Iterator<Item = View> {
        let rooms = (0..self.rooms.len()).map(View::Room);
        [View::Favourites, View::Direct].into_iter().chain(rooms).chain([View::People, View::Everyone])
    }

    /// The view that the list shows.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Shows another view.
    pub fn show(&mut self, view: View, contacts: &Contacts) {
        self.view = view;
        self.rebuild(contacts);
    }

    /// What a view is called.
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

    /// Whether a view is about a room that we are not in.
    #[must_use]
    pub fn is_unknown(&self, view: View) -> bool {
        matches!(view, View::Room(at) if self.rooms[at].rooms.is_empty())
    }

    /// Finds the rooms that are meant, after what they are called has changed.
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
