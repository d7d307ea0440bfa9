//! The list of contacts: view, hidden states, order and filter.
//!
//! ```text
//! contacts by name ─ in the view ─▶ counts
//!                     └ in a listed state ─▶ listed ─ match ─▶ matching
//! ```
//!
//! Each step is one pass that keeps the order of the step before. A single change of presence moves one row.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;

use crate::model::contacts::{Contact, Contacts, Group, Touched};

mod filter;
mod order;
mod view;

use filter::Filter;
pub use order::Sort;
use view::RoomView;
pub use view::View;

/// The list of contacts on a screen.
#[derive(Debug)]
pub struct List {
    view: View,
    /// The rooms and spaces that have a view.
    rooms: Vec<RoomView>,
    sort: Sort,
    /// Which groups are hidden.
    folded_away: [bool; Group::COUNT],
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
            sort: Sort::default(),
            folded_away: [false; Group::COUNT],
            listed: Vec::new(),
            counted: Vec::new(),
            counts: [0; Group::COUNT],
            filter: Filter::default(),
            revision: 0,
        }
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
                for index in indices {
                    self.put_in(index, contacts);
                }
            }
            _ => {
                self.find_rooms(contacts);
                self.rebuild(contacts);
            }
        }
        self.revision = contacts.revision();
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filter.matching().map_or(self.listed.len(), <[_]>::len)
    }

    /// Whether the list has no rows.
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
}
