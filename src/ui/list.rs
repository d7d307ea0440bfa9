//! The list of contacts: view, hidden states, order and filter.
//!
//! ```text
//! contacts by name ─ in the view ─▶ counts
//!                     └ in a listed state ─▶ listed ─ match ─▶ matching
//! ```
//!
//! Each step is one pass that keeps the order of the step before. A single change of presence moves one row.

use std::collections::BTreeSet;

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use serde::Deserialize;

use crate::model::{
    contacts::{Contact, Contacts, Group, Section, Touched},
    preferences::ListPreferences,
};

mod filter;
mod order;

use filter::Filter;
use order::SortKey;
pub use order::{Heading, Sort};

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

impl View {
    /// Returns the name in the configuration. A room has another one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Favourites => "favourites",
            Self::Direct => "direct",
            Self::Room(_) => "room",
            Self::People => "people",
            Self::Everyone => "everyone",
        }
    }
}

/// The names of the views that are always there.
pub(crate) const NAMES: [&str; 4] = ["favourites", "direct", "people", "everyone"];

/// A room or space that has a view.
#[derive(Debug)]
struct RoomView {
    /// The name, address or ID in the configuration.
    written: String,
    /// The room, or the rooms of the space. Empty: we are not in it.
    rooms: BTreeSet<usize>,
}

impl RoomView {
    fn new(written: &str) -> Self {
        Self { written: written.to_owned(), rooms: BTreeSet::new() }
    }
}

/// The list of contacts on a screen.
#[derive(Debug)]
pub struct List {
    view: View,
    /// The rooms and spaces that have a view: first those of the configuration.
    rooms: Vec<RoomView>,
    /// How many of them the configuration has.
    configured: usize,
    sort: Sort,
    /// Which groups are hidden.
    folded_away: [bool; Group::COUNT],
    /// The sort key of each contact, by index, as of the revision.
    sort_keys: Vec<SortKey>,
    /// The indices of the listed contacts, in the order of the screen.
    listed: Vec<usize>,
    /// The group that each contact counts in, by index. `None`: not in the view.
    counted: Vec<Option<Group>>,
    /// The number of contacts of the view in each group, listed or not.
    counts: [usize; Group::COUNT],
    filter: Filter,
    /// The revision of the contacts in the list.
    revision: u64,
}

impl List {
    /// Creates an empty list that starts with a view. `rooms` names the rooms and spaces that have a view.
    #[must_use]
    pub fn new(view: View, rooms: &[String]) -> Self {
        Self {
            view,
            rooms: rooms.iter().map(|written| RoomView::new(written)).collect(),
            configured: rooms.len(),
            sort: Sort::default(),
            folded_away: [false; Group::COUNT],
            sort_keys: Vec::new(),
            listed: Vec::new(),
            counted: Vec::new(),
            counts: [0; Group::COUNT],
            filter: Filter::default(),
            revision: 0,
        }
    }

    /// Changes the rooms and spaces that have a view. A view that is shown stays, unless its room is taken away.
    pub(crate) fn set_rooms(&mut self, rooms: &[String], contacts: &Contacts) {
        let is_opened = matches!(self.view, View::Room(at) if at >= self.configured);
        let shown = self.room_shown().map(ToOwned::to_owned);
        self.rooms = rooms.iter().map(|written| RoomView::new(written)).collect();
        self.configured = rooms.len();
        if let Some(shown) = shown {
            let stays = is_opened || rooms.contains(&shown);
            self.view = if stays { View::Room(self.room_view(&shown)) } else { View::People };
        }
        self.start_over(contacts);
    }

    /// Shows the view of a room, which gets one if it has none. Returns how the configuration names a room that had
    /// none.
    pub(crate) fn show_room(&mut self, room: usize, contacts: &Contacts) -> Option<String> {
        let meant = |view: &RoomView| contacts.rooms().find(&view.written).first() == Some(&room);
        if let Some(at) = self.rooms.iter().position(meant) {
            self.show(View::Room(at), contacts);
            return None;
        }
        let written = contacts.rooms().written(room);
        self.view = View::Room(self.room_view(&written));
        self.start_over(contacts);
        Some(written)
    }

    /// Returns the place of the view of a room, which gets one if it has none.
    fn room_view(&mut self, written: &str) -> usize {
        let at = self.rooms.iter().position(|view| view.written == written);
        at.unwrap_or_else(|| {
            self.rooms.push(RoomView::new(written));
            self.rooms.len() - 1
        })
    }

    /// Returns how the room is named whose view is shown.
    fn room_shown(&self) -> Option<&str> {
        match self.view {
            View::Room(at) => Some(&self.rooms[at].written),
            _ => None,
        }
    }

    /// Returns how the list is now.
    #[must_use]
    pub fn preferences(&self) -> ListPreferences {
        ListPreferences {
            view: self.view.name().to_owned(),
            room: self.room_shown().map(ToOwned::to_owned),
            sort: self.sort.name().to_owned(),
            left_out: Group::ALL.into_iter().filter(|group| !self.lists(*group)).collect(),
        }
    }

    /// Returns to the order, the groups and the view that were left. A configured view outranks that one.
    pub fn restore(&mut self, left: &ListPreferences, configured: Option<View>, contacts: &Contacts) {
        self.sort = Sort::ALL.into_iter().find(|sort| sort.name() == left.sort).unwrap_or_default();
        self.folded_away = [false; Group::COUNT];
        left.left_out.iter().for_each(|group| self.folded_away[*group as usize] = true);
        self.view = match (configured, &left.room) {
            (Some(view), _) => view,
            (None, Some(room)) => View::Room(self.room_view(room)),
            (None, None) => self.views().find(|view| view.name() == left.view).unwrap_or_default(),
        };
        self.start_over(contacts);
    }

    /// Updates the list. Moves single rows if it can, and otherwise rebuilds the list.
    pub fn refresh(&mut self, contacts: &Contacts) {
        if self.revision == contacts.revision() {
            return;
        }
        match contacts.touched_since(self.revision) {
            Touched::Some(mut indices) if self.revision > 0 => {
                indices.sort_unstable();
                indices.dedup();
                for &index in &indices {
                    self.take_out(index);
                }
                for &index in &indices {
                    self.put_in(index, contacts);
                }
                self.check_scattered(&indices, contacts);
                self.revision = contacts.revision();
            }
            _ => self.start_over(contacts),
        }
    }

    /// Reads all contacts, which may be those of another model. View, order and filter stay.
    pub(crate) fn start_over(&mut self, contacts: &Contacts) {
        self.find_rooms(contacts);
        self.sort_keys = contacts.people().map(|(_, contact)| SortKey::of(contact)).collect();
        self.revision = contacts.revision();
        self.rebuild(contacts);
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filter.matching().map_or(self.listed.len(), <[_]>::len)
    }

    /// Returns whether the list has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of contacts of the view in each group, listed or not.
    pub fn counts(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.counts)
    }

    /// Returns the contact in a row, in constant time.
    #[must_use]
    pub fn at<'a>(&self, row: usize, contacts: &'a Contacts) -> Option<(&'a UserId, &'a Contact)> {
        let index = match self.filter.matching() {
            Some(matching) => matching.get(row)?.index,
            None => *self.listed.get(row)?,
        };
        Some(contacts.person(index))
    }

    /// Returns the row of a contact, if it is listed.
    #[must_use]
    pub fn row_of(&self, user_id: &UserId, contacts: &Contacts) -> Option<usize> {
        let index = contacts.index_of(user_id)?;
        match self.filter.matching() {
            Some(matching) => matching.iter().position(|it| it.index == index),
            None => self.place(index, contacts).ok(),
        }
    }

    /// Returns the sort key for activity: active contacts come first, contacts without a time last.
    fn activity(contact: &Contact) -> Option<Timestamp> {
        let heard = contact.heard.as_ref()?;
        if heard.currently_active { Some(Timestamp::MAX) } else { heard.last_active }
    }

    /// Returns all views in order.
    pub fn views(&self) -> impl Iterator<Item = View> {
        let rooms = (0..self.rooms.len()).map(View::Room);
        [View::Favourites, View::Direct].into_iter().chain(rooms).chain([View::People, View::Everyone])
    }

    /// Returns the current view.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Returns whether the filter has found somebody whom the view does not have.
    #[must_use]
    pub(crate) fn is_outside(&self, user_id: &UserId, contacts: &Contacts) -> bool {
        let contact = contacts.get(user_id);
        self.filter.matching().is_some() && contact.is_some_and(|it| !self.is_in_view(SortKey::of(it), it))
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

    /// Returns whether a view is of a room or space that we are not in.
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

    /// Returns whether the view has a contact with this sort key.
    fn is_in_view(&self, key: SortKey, contact: &Contact) -> bool {
        match self.view {
            View::Favourites => key.pinned,
            View::Direct => key.section == Section::Direct,
            View::Room(at) => contact.rooms.iter().any(|room| self.rooms[at].rooms.contains(room)),
            View::People => key.pinned || key.section != Section::Large,
            View::Everyone => true,
        }
    }
}
