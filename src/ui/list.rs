//! The list of contacts on the screen: which view, in which states, in what order, and who matches the filter.
//!
//! ```text
//! contacts by name ─ are in the view ─▶ counts
//!                     └ in a state that is listed ─▶ listed ─ match ─▶ matching
//! ```
//!
//! Each step is one pass in the order of the one before. A single change of presence moves one row.

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

/// What the screen lists of the contacts.
#[derive(Debug)]
pub struct List {
    view: View,
    /// The rooms and spaces with a view of their own.
    rooms: Vec<RoomView>,
    sort: Sort,
    /// Which groups are left out of the list.
    folded_away: [bool; Group::COUNT],
    /// The indices of those who are listed, in the order of the screen.
    listed: Vec<usize>,
    /// The group that each contact of the view is counted in, by index; `None` for those out of view.
    counted: Vec<Option<Group>>,
    /// How many contacts of the view are in each group, listed or not.
    counts: [usize; Group::COUNT],
    filter: Filter,
    /// The revision of the contacts that the list shows.
    revision: u64,
}

impl List {
    /// Returns an empty list that begins with a view; `rooms` have a view of their own, each by name, address or ID.
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

    /// Follows the contacts: moves the rows of those who became different, or begins anew.
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

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filter.matching().map_or(self.listed.len(), <[_]>::len)
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many contacts of the view are in each group, listed or not.
    pub fn counts(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.counts)
    }

    /// The contact in a row. Costs the same however many there are.
    #[must_use]
    pub fn at<'a>(&self, row: usize, contacts: &'a Contacts) -> Option<(&'a UserId, &'a Contact)> {
        let index = match self.filter.matching() {
            Some(matching) => matching.get(row)?.index,
            None => *self.listed.get(row)?,
        };
        Some(contacts.person(index))
    }

    /// The row of a contact, if they are listed.
    #[must_use]
    pub fn row_of(&self, user_id: &UserId, contacts: &Contacts) -> Option<usize> {
        let index = contacts.index_of(user_id)?;
        match self.filter.matching() {
            Some(matching) => matching.iter().position(|it| it.index == index),
            None => self.place(index, contacts).ok(),
        }
    }

    /// When somebody was active last: whoever is now comes first, whoever never was comes last.
    fn activity(contact: &Contact) -> Option<Timestamp> {
        let heard = contact.heard.as_ref()?;
        if heard.currently_active { Some(Timestamp::MAX) } else { heard.last_active }
    }
}
