//! The people among the contacts, in parts: another process parses one part while the next arrives.

use indexmap::map::Slice;
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::{Contact, Contacts, People};

/// How many people are in a part.
const LENGTH: usize = 256;
/// The most parts. A front end that reads slowly has so many lines to catch up with.
const MOST: usize = 64;

/// Some people, to be written without a copy.
pub type PartRef = Slice<OwnedUserId, Contact>;
/// Some people, as they were read.
pub type Part = Vec<(OwnedUserId, Contact)>;

/// The people of all parts so far.
#[derive(Debug, Default)]
pub struct Parts(People);

impl Parts {
    /// Returns everybody in parts.
    pub fn of(contacts: &Contacts) -> impl Iterator<Item = &PartRef> {
        let all = contacts.people.as_slice();
        let length = all.len().div_ceil(MOST).max(LENGTH);
        (0..all.len())
            .step_by(length)
            .filter_map(move |begin| all.get_range(begin..all.len().min(begin + length)))
    }

    /// Adds the people to contacts that came without them.
    pub fn complete(self, contacts: &mut Contacts) {
        contacts.people = self.0;
    }

    /// Adds the next part.
    pub fn add(&mut self, part: Part) {
        self.0.extend(part.into_iter().map(|(user_id, mut contact)| {
            // It is not written, because it follows from the name.
            contact.fold_name();
            (user_id, contact)
        }));
    }
}

/// Contacts with their people, to be written or read at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Whole<C = Contacts, P = Part> {
    contacts: C,
    people: P,
}

impl<'a> Whole<&'a Contacts, &'a PartRef> {
    /// Returns the form to write.
    #[must_use]
    pub fn of(contacts: &'a Contacts) -> Self {
        Self { contacts, people: contacts.people.as_slice() }
    }
}

impl From<Whole> for Contacts {
    fn from(whole: Whole) -> Self {
        let (mut contacts, mut parts) = (whole.contacts, Parts::default());
        parts.add(whole.people);
        parts.complete(&mut contacts);
        contacts
    }
}
