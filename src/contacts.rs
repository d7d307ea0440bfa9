//! Everyone who shares a joined room with us: a fold of memberships and presence, in the order of the screen.

use std::{cmp::Ordering, collections::HashSet};

use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use crate::{
    event::{Member, MemberChange, Synced},
    presence::{Presence, PresenceEvent},
};

mod contact;

pub use crate::presence::Change;
pub use contact::{Contact, Group, Heard};

/// From how many changes at once ordering all anew is cheaper than moving each row to its place.
const MANY: usize = 64;

/// The contacts, and everybody else that the server spoke of.
#[derive(Debug)]
pub struct Contacts {
    me: OwnedUserId,
    /// Everybody ever heard of. Nobody is removed, so an index into it stays valid.
    people: IndexMap<OwnedUserId, Contact, RandomState>,
    rooms: IndexSet<OwnedRoomId>,
    /// Those who share a room, by name. Only joins, leaves and renames change it.
    by_name: Vec<usize>,
    /// The same in the order of the screen: every change of presence moves a row.
    listed: Vec<usize>,
    counts: [usize; Group::COUNT],
    /// In lower case; empty for no filter.
    filter: String,
    /// Those of `listed` that match the filter; unused while there is none.
    matching: Vec<usize>,
    /// Those who have joined their first shared room with the response being taken in.
    joiners: HashSet<usize>,
}

impl Contacts {
    /// Nobody yet; `me` will never be among the contacts.
    #[must_use]
    pub fn new(me: OwnedUserId) -> Self {
        Self {
            me,
            people: IndexMap::default(),
            rooms: IndexSet::new(),
            by_name: Vec::new(),
            listed: Vec::new(),
            counts: [0; Group::COUNT],
            filter: String::new(),
            matching: Vec::new(),
            joiners: HashSet::new(),
        }
    }

    /// How many are shown: all, or those who match the filter.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown().len()
    }

    /// Whether nobody is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many contacts there are, whatever the filter.
    #[must_use]
    pub fn total(&self) -> usize {
        self.listed.len()
    }

    /// How many of those that are shown are direct chats. They come first.
    #[must_use]
    pub fn direct(&self) -> usize {
        self.shown().partition_point(|&index| self.people[index].direct)
    }

    /// How many contacts there are in each group, whatever the filter.
    pub fn counts(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.counts)
    }

    /// The contact in a row, which costs the same however many there are.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<(&UserId, &Contact)> {
        self.shown().get(row).map(|&index| self.person(index))
    }

    /// What is known of somebody, shown or not.
    #[must_use]
    pub fn get(&self, user_id: &UserId) -> Option<&Contact> {
        self.people.get(user_id)
    }

    /// The row in which a contact is shown.
    #[must_use]
    pub fn row_of(&self, user_id: &UserId) -> Option<usize> {
        let index = self.people.get_index_of(user_id)?;
        self.shown().binary_search_by(|&other| self.compare(other, index)).ok()
    }

    /// Shows only those whose name or user ID contains the text; everybody, when it is empty.
    pub fn filter(&mut self, text: &str) {
        self.filter = text.to_lowercase();
        self.match_filter();
    }

    /// Takes in one `/sync` response: memberships first, because a joiner's presence comes along. Returns what has
    /// become different about people who were there before; what is heard for the first time in the initial
    /// response, or of somebody who has just joined, is news but no change.
    pub fn sync(&mut self, synced: Synced, now: Timestamp) -> Vec<Change> {
        let mut reorder = !(synced.members.is_empty() && synced.rooms_left.is_empty());
        for (room_id, members) in synced.members {
            let room = self.rooms.insert_full(room_id).0;
            for member in members {
                self.change_member(room, member);
            }
        }
        for room_id in synced.rooms_left {
            self.replace_members(&room_id, Vec::new());
        }
        if let Some(direct) = synced.direct {
            self.set_direct(direct);
            reorder = true;
        }
        let many = reorder || synced.presence.len() > MANY;
        let mut changes = Vec::new();
        for event in synced.presence {
            let change = self.hear(event, now, many);
            changes.extend(change.filter(|_| !synced.initial));
        }
        if reorder {
            self.order_by_name();
        }
        if many {
            self.order_by_presence();
        }
        self.match_filter();
        self.joiners.clear();
        changes
    }

    /// Takes in who is joined to some rooms; whoever was before and is not named has left.
    pub fn set_members(&mut self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) {
        for (room_id, members) in rooms {
            self.replace_members(&room_id, members);
        }
        self.joiners.clear();
        self.order_by_name();
        self.order_by_presence();
        self.match_filter();
    }

    fn shown(&self) -> &[usize] {
        if self.filter.is_empty() { &self.listed } else { &self.matching }
    }

    fn person(&self, index: usize) -> (&UserId, &Contact) {
        let (user_id, contact) = self.people.get_index(index).expect("nobody is removed");
        (user_id, contact)
    }

    fn contact_mut(&mut self, user_id: OwnedUserId) -> Option<(usize, &mut Contact)> {
        if user_id == self.me {
            return None;
        }
        let entry = self.people.entry(user_id);
        let index = entry.index();
        Some((index, entry.or_insert_with_key(|user_id| Contact::new(user_id))))
    }

    fn change_member(&mut self, room: usize, MemberChange { member, joined }: MemberChange) {
        let Some((index, contact)) = self.contact_mut(member.user_id) else { return };
        if joined {
            let new = contact.rooms.is_empty();
            contact.join(room);
            if new {
                self.joiners.insert(index);
            }
            self.rename(index, member.displayname.as_deref());
        } else {
            contact.leave(room);
        }
    }

    fn rename(&mut self, index: usize, displayname: Option<&str>) {
        let (user_id, contact) = self.people.get_index_mut(index).expect("nobody is removed");
        contact.rename(user_id, displayname);
    }

    fn replace_members(&mut self, room_id: &OwnedRoomId, members: Vec<Member>) {
        let (room, new) = self.rooms.insert_full(room_id.clone());
        if !new {
            let staying: HashSet<&UserId> = members.iter().map(|member| &*member.user_id).collect();
            for (user_id, contact) in &mut self.people {
                if !staying.contains(&**user_id) {
                    contact.leave(room);
                }
            }
        }
        for member in members {
            self.change_member(room, MemberChange { member, joined: true });
        }
    }

    fn set_direct(&mut self, direct: Vec<(OwnedUserId, Vec<OwnedRoomId>)>) {
        self.people.values_mut().for_each(|contact| contact.direct_rooms.clear());
        for (user_id, rooms) in direct {
            let rooms = rooms.into_iter().map(|room_id| self.rooms.insert_full(room_id).0).collect();
            if let Some((_, contact)) = self.contact_mut(user_id) {
                contact.direct_rooms = rooms;
            }
        }
    }

    /// Keeps what was heard. Moves the row to its new place, unless the whole list is put in order afterwards.
    fn hear(&mut self, event: PresenceEvent, now: Timestamp, many: bool) -> Option<Change> {
        let user_id = event.sender.clone();
        let (index, contact) = self.contact_mut(event.sender)?;
        let heard = Heard::new(event.content, now);
        let shares_room = !contact.rooms.is_empty();
        let before = contact.heard.as_ref();
        let same = before.is_some_and(|it| it.looks_like(&heard));
        // Of somebody unheard of, offline is what everybody takes for granted.
        let same = same || (before.is_none() && heard.presence == Presence::Offline);
        let change = (shares_room && !same).then(|| Change {
            user_id,
            from: before.map(|it| it.presence.clone()),
            to: heard.presence.clone(),
            status_msg: heard.status_msg.clone(),
            at: now,
        });
        if many || !shares_room {
            contact.heard = Some(heard);
        } else {
            self.move_row(index, heard);
        }
        change.filter(|_| !self.joiners.contains(&index))
    }

    fn move_row(&mut self, index: usize, heard: Heard) {
        let from = self.place(index).expect("who shares a room is listed");
        self.listed.remove(from);
        self.counts[self.people[index].group() as usize] -= 1;
        self.people[index].heard = Some(heard);
        self.counts[self.people[index].group() as usize] += 1;
        let to = self.place(index).unwrap_err();
        self.listed.insert(to, index);
    }

    fn place(&self, index: usize) -> Result<usize, usize> {
        self.listed.binary_search_by(|&other| self.compare(other, index))
    }

    /// Direct chats first, then by state, then by name; offline and silent people stand together.
    fn compare(&self, left: usize, right: usize) -> Ordering {
        let block = |index: usize| self.people[index].block();
        block(left).cmp(&block(right)).then_with(|| self.compare_names(left, right))
    }

    fn compare_names(&self, left: usize, right: usize) -> Ordering {
        let key = |index: usize| {
            let (user_id, contact) = self.people.get_index(index).expect("nobody is removed");
            (&contact.folded_name, user_id)
        };
        key(left).cmp(&key(right))
    }

    /// Lists who shares a room, by name, and finds those who share one.
    fn order_by_name(&mut self) {
        let mut by_name = std::mem::take(&mut self.by_name);
        by_name.clear();
        by_name.extend((0..self.people.len()).filter(|&index| !self.people[index].rooms.is_empty()));
        by_name.sort_unstable_by(|&left, &right| self.compare_names(left, right));
        for &index in &by_name {
            let contact = &mut self.people[index];
            contact.shares_name = false;
            contact.direct = contact.direct_rooms.iter().any(|room| contact.rooms.contains(room));
        }
        for pair in by_name.windows(2) {
            if self.people[pair[0]].name == self.people[pair[1]].name {
                self.people[pair[0]].shares_name = true;
                self.people[pair[1]].shares_name = true;
            }
        }
        self.by_name = by_name;
    }

    /// Deals those in order of name into blocks, which needs no comparison.
    fn order_by_presence(&mut self) {
        let mut blocks: [Vec<usize>; Contact::BLOCKS] = Default::default();
        self.counts = [0; Group::COUNT];
        for &index in &self.by_name {
            let contact = &self.people[index];
            blocks[contact.block()].push(index);
            self.counts[contact.group() as usize] += 1;
        }
        self.listed = blocks.concat();
    }

    fn match_filter(&mut self) {
        let matches = |&index: &usize| {
            let (user_id, contact) = self.person(index);
            // The server's name would match half the list for most letters.
            let whole = self.filter.starts_with('@') || self.filter.contains(':');
            let id = if whole { user_id.as_str() } else { user_id.localpart() };
            contact.folded_name.contains(&self.filter) || id.contains(&self.filter)
        };
        if !self.filter.is_empty() {
            self.matching = self.listed.iter().copied().filter(matches).collect();
        }
    }
}
