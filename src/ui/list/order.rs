//! The order of the list: sections, then state, name or activity.

use std::cmp::{Ordering, Reverse};

use super::{List, View};
use crate::model::contacts::{Contact, Contacts, Group, Section};

/// The sort criterion within a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By state, then by name. Offline and silent contacts count as one state.
    #[default]
    State,
    /// By name.
    Name,
    /// By last activity, then by name.
    Activity,
}

impl Sort {
    /// Returns the next criterion.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::State => Self::Name,
            Self::Name => Self::Activity,
            Self::Activity => Self::State,
        }
    }
}

/// The states that the list separates. Silent counts as offline.
const STATES: usize = Group::COUNT - 1;

impl List {
    /// The sort criterion.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts the list by another criterion.
    pub fn sort_by(&mut self, sort: Sort, contacts: &Contacts) {
        self.sort = sort;
        self.rebuild(contacts);
    }

    /// Whether the contacts of a group are listed.
    #[must_use]
    pub fn lists(&self, group: Group) -> bool {
        !self.folded_away[group as usize]
    }

    /// Lists some groups, or hides them if one of them is listed.
    pub fn toggle(&mut self, groups: &[Group], contacts: &Contacts) {
        let away = groups.iter().any(|group| self.lists(*group));
        for group in groups {
            self.folded_away[*group as usize] = away;
        }
        self.rebuild(contacts);
    }

    /// Returns the sections of the list with their numbers of rows, without empty ones.
    #[must_use]
    pub fn sections(&self, contacts: &Contacts) -> Vec<(Section, usize)> {
        if !self.has_sections() || self.filter.matching().is_some() {
            return Vec::new();
        }
        let section_of = |index: usize| contacts.person(index).1.section;
        let end = |section: Section| self.listed.partition_point(|&index| section_of(index) <= section);
        let mut start = 0;
        let mut sections = Vec::new();
        for section in Section::ALL {
            let end = end(section);
            if end > start {
                sections.push((section, end - start));
            }
            start = end;
        }
        sections
    }

    /// Rebuilds the list. Distributes the contacts, which are sorted by name, to blocks. Only activity needs a sort.
    pub(super) fn rebuild(&mut self, contacts: &Contacts) {
        let mut blocks: [Vec<usize>; STATES * Section::ALL.len()] = Default::default();
        self.counts = [0; Group::COUNT];
        self.counted.clear();
        self.counted.resize(contacts.people().len(), None);
        for &index in contacts.by_name() {
            let contact = contacts.person(index).1;
            let group = contact.group();
            if self.is_in_view(contact) {
                self.counts[group as usize] += 1;
                self.counted[index] = Some(group);
                if self.lists(group) {
                    blocks[self.block(contact)].push(index);
                }
            }
        }
        if self.sort == Sort::Activity {
            for block in &mut blocks {
                block.sort_by_key(|&index| Reverse(Self::activity(contacts.person(index).1)));
            }
        }
        self.listed = blocks.concat();
        self.match_all(contacts);
    }

    /// Removes the row of a contact that has changed.
    pub(super) fn take_out(&mut self, index: usize) {
        let Some(group) = self.counted.get_mut(index).and_then(Option::take) else { return };
        self.counts[group as usize] -= 1;
        self.unmatch(index);
        if self.lists(group)
            && let Some(place) = self.listed.iter().position(|it| *it == index)
        {
            self.listed.remove(place);
        }
    }

    /// Inserts the row of a contact at its new place.
    pub(super) fn put_in(&mut self, index: usize, contacts: &Contacts) {
        let contact = contacts.person(index).1;
        if !contact.is_counted() || !self.is_in_view(contact) {
            return;
        }
        let group = contact.group();
        if self.counted.len() <= index {
            self.counted.resize(index + 1, None);
        }
        self.counts[group as usize] += 1;
        self.counted[index] = Some(group);
        if self.lists(group) {
            let (Ok(place) | Err(place)) = self.place(index, contacts);
            self.listed.insert(place, index);
            self.match_again(index, contacts);
        }
    }

    pub(super) fn place(&self, index: usize, contacts: &Contacts) -> Result<usize, usize> {
        self.listed.binary_search_by(|&other| self.compare(other, index, contacts))
    }

    /// Returns the number of the contact's block: its section and, if the list is sorted by state, its state.
    fn block(&self, contact: &Contact) -> usize {
        let section = if self.has_sections() { contact.section as usize } else { 0 };
        let state = if self.sort == Sort::State { (contact.group() as usize).min(STATES - 1) } else { 0 };
        section * STATES + state
    }

    pub(super) fn compare(&self, left: usize, right: usize, contacts: &Contacts) -> Ordering {
        let of = |index: usize| contacts.person(index).1;
        let by_activity = || match self.sort {
            Sort::Activity => Self::activity(of(right)).cmp(&Self::activity(of(left))),
            Sort::State | Sort::Name => Ordering::Equal,
        };
        let by_block = self.block(of(left)).cmp(&self.block(of(right)));
        by_block.then_with(by_activity).then_with(|| contacts.compare_names(left, right))
    }

    /// Whether the view has sections. In the other views all contacts are of one kind.
    fn has_sections(&self) -> bool {
        matches!(self.view, View::People | View::Everyone)
    }
}
