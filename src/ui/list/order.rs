//! The order of the list: by state, name, activity or room, and the headings of its groups.

use std::cmp::{Ordering, Reverse};

use super::{List, View};
use crate::model::{
    contacts::{Contact, Contacts, Group, Section},
    presence::Presence,
};

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By state, favourites first, then by name. Offline and silent contacts are one group.
    #[default]
    State,
    /// By name.
    Name,
    /// By last activity, then by name.
    Activity,
    /// Direct chats, rooms, large rooms; in each favourites first, then by state and name.
    Room,
}

impl Sort {
    /// All orders, each after the one before.
    pub const ALL: [Self; 4] = [Self::State, Self::Name, Self::Activity, Self::Room];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Name => "name",
            Self::Activity => "activity",
            Self::Room => "room",
        }
    }

    /// Returns the next order.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::State => Self::Name,
            Self::Name => Self::Activity,
            Self::Activity => Self::Room,
            Self::Room => Self::State,
        }
    }
}

/// A group of rows below one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Contacts in one state. Offline and silent contacts are one group.
    State(Group),
    /// Contacts in one state that this program does not know, by the server's word.
    Other(String),
    /// Contacts without a presence who have a user status or a call in their profile.
    Status,
    /// The contacts of one section.
    Section(Section),
}

/// The most unknown states with a heading each. The rest share the last one.
const MOST_WORDS: usize = 6;

/// The states that the list separates. Silent counts as offline, but contacts with a user status come before.
const STATES: usize = Group::COUNT;
/// The block of silent contacts with a user status.
const STATUS: usize = Group::Offline as usize;
/// Favourites, and everybody else.
const PINS: usize = 2;
/// The most blocks of an order.
const BLOCKS: usize = STATES * PINS * Section::ALL.len();

/// What places a contact in the list, before its name and its times do.
///
/// The keys of all contacts fit into the processor's cache. The contacts do not: with them, another view of 100,000 takes
/// four times as long.
#[derive(Clone, Copy, Debug)]
pub(super) struct SortKey {
    pub(super) pinned: bool,
    pub(super) section: Section,
    group: Group,
    /// Whether the contact has a status or a call instead of a presence.
    only_status: bool,
}

impl SortKey {
    pub(super) fn of(contact: &Contact) -> Self {
        Self {
            pinned: contact.pinned,
            section: contact.section,
            group: contact.group(),
            only_status: contact.heard.is_none() && contact.profile.is_some(),
        }
    }

    /// Returns the place of the state among those that the list separates.
    fn state(self) -> usize {
        if self.only_status { STATUS } else { state_block(self.group) }
    }
}

impl List {
    /// Returns the sort criterion.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts the list by another criterion.
    pub fn sort_by(&mut self, sort: Sort, contacts: &Contacts) {
        if sort != self.sort {
            self.sort = sort;
            self.rebuild(contacts);
        }
    }

    /// Returns whether the contacts of a group are listed.
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

    /// Returns the number of listed contacts without a presence who have a user status or a call.
    #[must_use]
    pub fn with_status(&self) -> usize {
        let state_at = |index: usize| self.sort_keys[index].state();
        if self.sort == Sort::State {
            let end = |block| self.listed.partition_point(|&index| state_at(index) <= block);
            return end(STATUS) - end(STATUS - 1);
        }
        self.listed.iter().filter(|&&index| state_at(index) == STATUS).count()
    }

    /// Returns the headings of the list, in order, with the number of rows below each. A state that is not listed has
    /// a heading without rows, if anybody is in it.
    #[must_use]
    pub fn headings(&self, contacts: &Contacts) -> Vec<(Heading, usize)> {
        if self.filter.matching().is_some() {
            return Vec::new();
        }
        match self.sort {
            Sort::State => self.headings_by_state(contacts),
            Sort::Room if self.has_sections() => self.headings_by_section(),
            Sort::Room | Sort::Name | Sort::Activity => Vec::new(),
        }
    }

    fn headings_by_state(&self, contacts: &Contacts) -> Vec<(Heading, usize)> {
        let block_of = |index: usize| self.sort_keys[index].state();
        let mut headings = Vec::new();
        let mut start = 0;
        let mut with_status = 0;
        for group in Group::ALL.into_iter().filter(|group| *group != Group::Silent) {
            if group == Group::Offline {
                let end = self.listed.partition_point(|&index| block_of(index) <= STATUS);
                with_status = end - start;
                headings.extend((with_status > 0).then_some((Heading::Status, with_status)));
                start = end;
            }
            let end = self.listed.partition_point(|&index| block_of(index) <= state_block(group));
            let rows = end - start;
            let counted: usize = Group::ALL
                .into_iter()
                .filter(|other| state_block(*other) == state_block(group))
                .map(|other| self.counts[other as usize])
                .sum();
            match group {
                Group::Other if rows > 0 => headings.extend(words(&self.listed[start..end], contacts)),
                Group::Offline if counted == with_status => {}
                _ if counted > 0 => headings.push((Heading::State(group), rows)),
                _ => {}
            }
            start = end;
        }
        headings
    }

    fn headings_by_section(&self) -> Vec<(Heading, usize)> {
        let section_of = |index: usize| self.sort_keys[index].section;
        let mut headings = Vec::new();
        let mut start = 0;
        for section in Section::ALL {
            let end = self.listed.partition_point(|&index| section_of(index) <= section);
            if end > start {
                headings.push((Heading::Section(section), end - start));
            }
            start = end;
        }
        headings
    }

    /// Rebuilds the list. Distributes the contacts, which are sorted by name, to blocks. Only activity and unknown
    /// states need a sort.
    pub(super) fn rebuild(&mut self, contacts: &Contacts) {
        // A key can be pressed before the list has followed a change.
        if self.revision != contacts.revision() {
            return self.start_over(contacts);
        }
        let mut blocks: [Vec<usize>; BLOCKS] = std::array::from_fn(|_| Vec::new());
        self.counts = [0; Group::COUNT];
        self.counted.clear();
        self.counted.resize(self.sort_keys.len(), None);
        for &index in contacts.by_name() {
            let key = self.sort_keys[index];
            if self.is_in_view(key, contacts.person(index).1) {
                self.counts[key.group as usize] += 1;
                self.counted[index] = Some(key.group);
                if self.lists(key.group) {
                    blocks[self.block(key)].push(index);
                }
            }
        }
        if self.sort == Sort::Activity {
            for block in &mut blocks {
                block.sort_by_cached_key(|&index| Reverse(Self::activity(contacts.person(index).1)));
            }
        }
        if self.sort == Sort::State {
            let others = &mut blocks[state_block(Group::Other) * PINS];
            others.sort_by(|&left, &right| compare_words(contacts.person(left).1, contacts.person(right).1));
            for block in &mut blocks[STATUS * PINS..(STATUS + 1) * PINS] {
                block.sort_by_key(|&index| !has_call(contacts.person(index).1));
            }
        }
        self.listed = blocks.concat();
        self.match_all(contacts);
    }

    /// Removes the row of a contact that has changed.
    pub(super) fn take_out(&mut self, index: usize) {
        self.unmatch(index);
        let Some(group) = self.counted.get_mut(index).and_then(Option::take) else { return };
        self.counts[group as usize] -= 1;
        if self.lists(group)
            && let Some(place) = self.listed.iter().position(|it| *it == index)
        {
            self.listed.remove(place);
        }
    }

    /// Inserts the row of a contact at its new place.
    pub(super) fn put_in(&mut self, index: usize, contacts: &Contacts) {
        let contact = contacts.person(index).1;
        if !contact.is_counted() {
            return;
        }
        let key = SortKey::of(contact);
        self.sort_keys[index] = key;
        if self.is_in_view(key, contact) {
            self.put_in_view(index, key.group, contacts);
        }
        self.match_again(index, contacts);
    }

    fn put_in_view(&mut self, index: usize, group: Group, contacts: &Contacts) {
        self.counts[group as usize] += 1;
        self.counted[index] = Some(group);
        if self.lists(group) {
            let (Ok(place) | Err(place)) = self.place(index, contacts);
            self.listed.insert(place, index);
        }
    }

    pub(super) fn place(&self, index: usize, contacts: &Contacts) -> Result<usize, usize> {
        self.listed.binary_search_by(|&other| self.compare(other, index, contacts))
    }

    /// Returns the number of the contact's block: the parts of the order that have few values.
    fn block(&self, key: SortKey) -> usize {
        let state = key.state();
        let unpinned = usize::from(!key.pinned);
        match self.sort {
            // Unknown states come by word before favourites.
            Sort::State if key.group == Group::Other => state * PINS,
            Sort::State => state * PINS + unpinned,
            Sort::Room => {
                let section = if self.has_sections() { key.section as usize } else { 0 };
                (section * PINS + unpinned) * STATES + state
            }
            Sort::Name | Sort::Activity => 0,
        }
    }

    pub(super) fn compare(&self, left: usize, right: usize, contacts: &Contacts) -> Ordering {
        let (one, other) = (contacts.person(left).1, contacts.person(right).1);
        let (key, other_key) = (SortKey::of(one), SortKey::of(other));
        let within_block = || match self.sort {
            Sort::State if key.state() == STATUS => has_call(other).cmp(&has_call(one)),
            Sort::State => compare_words(one, other),
            Sort::Activity => Self::activity(other).cmp(&Self::activity(one)),
            Sort::Name | Sort::Room => Ordering::Equal,
        };
        let by_block = self.block(key).cmp(&self.block(other_key));
        by_block.then_with(within_block).then_with(|| contacts.compare_names(left, right))
    }

    /// Returns whether the view has sections. In the other views all contacts are of one kind.
    fn has_sections(&self) -> bool {
        matches!(self.view, View::People | View::Everyone)
    }
}

/// Returns the place of a state among those that the list separates.
fn state_block(group: Group) -> usize {
    if group < Group::Offline { group as usize } else { STATES - 1 }
}

/// Returns whether the profile names a call.
fn has_call(contact: &Contact) -> bool {
    contact.profile.as_ref().is_some_and(|profile| profile.call().is_some())
}

/// Compares two contacts in unknown states: by word, favourites first. All other contacts are equal.
fn compare_words(one: &Contact, other: &Contact) -> Ordering {
    match (word(one), word(other)) {
        (Some(word), Some(other_word)) => word.cmp(other_word).then_with(|| other.pinned.cmp(&one.pinned)),
        _ => Ordering::Equal,
    }
}

/// Returns the word of an unknown state.
fn word(contact: &Contact) -> Option<&str> {
    match &contact.heard.as_ref()?.presence {
        Presence::Other(word) => Some(word),
        _ => None,
    }
}

/// Returns a heading for each word of some contacts in unknown states, which are sorted by word.
fn words(rows: &[usize], contacts: &Contacts) -> Vec<(Heading, usize)> {
    let word_of = |index: usize| word(contacts.person(index).1);
    let mut headings = Vec::new();
    let mut rest = rows;
    while let Some(&first) = rest.first() {
        let word = word_of(first);
        // A server may send any number of words.
        if headings.len() == MOST_WORDS {
            headings.push((Heading::State(Group::Other), rest.len()));
            break;
        }
        let end = rest.partition_point(|&index| word_of(index) <= word);
        headings.push((Heading::Other(word.unwrap_or_default().to_owned()), end));
        rest = &rest[end..];
    }
    headings
}
