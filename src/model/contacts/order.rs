//! The order of the list: its parts, then state, name or activity; and one row that moves in it.

use std::cmp::{Ordering, Reverse};

use jiff::Timestamp;

use super::{Contact, Contacts, Group, Heard, Section};

/// What the list is sorted by, in each of its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who is free first, then by name; offline and silent people stand together.
    #[default]
    State,
    /// By name.
    Name,
    /// Who was active last first, then by name.
    Activity,
}

impl Sort {
    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::State => Self::Name,
            Self::Name => Self::Activity,
            Self::Activity => Self::State,
        }
    }
}

/// How many states stand apart when sorted by state: all, but silence stands with offline.
const STATES: usize = Group::COUNT - 1;

impl Contacts {
    /// What the list is sorted by.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts the list by something else.
    pub fn sort_by(&mut self, sort: Sort) {
        self.sort = sort;
        self.list();
    }

    /// Whether the contacts of a group are listed.
    #[must_use]
    pub fn lists(&self, group: Group) -> bool {
        !self.folded_away[group as usize]
    }

    /// Lists some groups, or leaves them out if one of them is listed.
    pub fn toggle(&mut self, groups: &[Group]) {
        let away = groups.iter().any(|group| self.lists(*group));
        for group in groups {
            self.folded_away[*group as usize] = away;
        }
        self.list();
    }

    /// The parts of the list with the number of their rows, without those that are empty.
    #[must_use]
    pub fn sections(&self) -> Vec<(Section, usize)> {
        if !self.has_sections() || self.filter.matching().is_some() {
            return Vec::new();
        }
        let end =
            |section: Section| self.listed.partition_point(|&index| self.people[index].section <= section);
        let ends = Section::ALL.map(|section| (section, end(section)));
        let mut start = 0;
        let mut sections = Vec::new();
        for (section, end) in ends {
            if end > start {
                sections.push((section, end - start));
            }
            start = end;
        }
        sections
    }

    /// Lists who shares a room, by name, and finds those who share one.
    pub(super) fn order_by_name(&mut self) {
        self.choose_rooms();
        self.hidden = 0;
        let mut by_name = std::mem::take(&mut self.by_name);
        by_name.clear();
        for (index, (user_id, contact)) in self.people.iter_mut().enumerate() {
            let ignored = self.hiding.ignored && self.ignored.contains(user_id);
            let unwanted = contact.shares_room() && (ignored || self.hiding.names(user_id));
            contact.hidden = unwanted && !contact.pinned;
            contact.shares_name = false;
            let sizes = &self.sizes;
            contact.sort_into_section(|room| self.hiding.is_large(sizes[room]));
            if contact.is_counted() {
                by_name.push(index);
            } else {
                self.hidden += usize::from(contact.shares_room());
            }
        }
        by_name.sort_unstable_by(|&left, &right| self.compare_names(left, right));
        for pair in by_name.windows(2) {
            if self.people[pair[0]].name == self.people[pair[1]].name {
                self.people[pair[0]].shares_name = true;
                self.people[pair[1]].shares_name = true;
            }
        }
        self.by_name = by_name;
    }

    /// Deals those in order of name into blocks, which needs no comparison but for activity.
    pub(super) fn list(&mut self) {
        let mut blocks: [Vec<usize>; STATES * Section::ALL.len()] = Default::default();
        self.counts = [0; Group::COUNT];
        self.known = [0; Group::COUNT];
        for &index in &self.by_name {
            let contact = &self.people[index];
            let group = contact.group();
            self.known[group as usize] += usize::from(contact.is_known());
            if self.is_in_view(contact) {
                self.counts[group as usize] += 1;
                if self.lists(group) {
                    blocks[self.block(contact)].push(index);
                }
            }
        }
        if self.sort == Sort::Activity {
            for block in &mut blocks {
                block.sort_by_key(|&index| Reverse(self.activity(index)));
            }
        }
        self.listed = blocks.concat();
        self.match_all();
    }

    /// Gives a contact another state, and its row the place that goes with it.
    pub(super) fn move_row(&mut self, index: usize, heard: Heard) {
        self.take_out(index);
        self.people[index].heard = Some(heard);
        self.put_in(index);
    }

    fn take_out(&mut self, index: usize) {
        self.unmatch(index);
        if self.is_listed(index) {
            let place = self.place(index).expect("it is listed");
            self.listed.remove(place);
        }
        let contact = &self.people[index];
        let group = contact.group() as usize;
        self.known[group] -= usize::from(contact.is_known());
        self.counts[group] -= usize::from(self.is_in_view(contact));
    }

    fn put_in(&mut self, index: usize) {
        let contact = &self.people[index];
        let group = contact.group() as usize;
        self.known[group] += usize::from(contact.is_known());
        self.counts[group] += usize::from(self.is_in_view(contact));
        if self.is_listed(index) {
            let place = self.place(index).unwrap_err();
            self.listed.insert(place, index);
            self.match_again(index);
        }
    }

    fn is_listed(&self, index: usize) -> bool {
        let contact = &self.people[index];
        contact.is_counted() && self.is_in_view(contact) && self.lists(contact.group())
    }

    pub(super) fn place(&self, index: usize) -> Result<usize, usize> {
        self.listed.binary_search_by(|&other| self.compare(other, index))
    }

    /// The part of the list, and in it the state if the list is sorted by that.
    fn block(&self, contact: &Contact) -> usize {
        let section = if self.has_sections() { contact.section as usize } else { 0 };
        let state = if self.sort == Sort::State { (contact.group() as usize).min(STATES - 1) } else { 0 };
        section * STATES + state
    }

    pub(super) fn compare(&self, left: usize, right: usize) -> Ordering {
        let block = |index: usize| self.block(&self.people[index]);
        let by_activity = || match self.sort {
            Sort::Activity => self.activity(right).cmp(&self.activity(left)),
            Sort::State | Sort::Name => Ordering::Equal,
        };
        block(left).cmp(&block(right)).then_with(by_activity).then_with(|| self.compare_names(left, right))
    }

    /// When somebody was active last: whoever is now comes before everybody, whoever never was after them.
    fn activity(&self, index: usize) -> Option<Timestamp> {
        let heard = self.people[index].heard.as_ref()?;
        if heard.currently_active { Some(Timestamp::MAX) } else { heard.last_active }
    }

    fn compare_names(&self, left: usize, right: usize) -> Ordering {
        let key = |index: usize| {
            let (user_id, contact) = self.people.get_index(index).expect("nobody is removed");
            (&contact.folded_name, user_id)
        };
        key(left).cmp(&key(right))
    }
}
