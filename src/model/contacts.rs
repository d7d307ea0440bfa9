//! Everyone who shares a joined room with us: a fold of memberships and presence, and what of it the screen lists.
//!
//! ```text
//! people ─ share a room, are not hidden ─▶ by_name ─ are in the view ─▶ counts
//!                                                    └ in a state that is shown ─▶ listed ─ match ─▶ matching
//! ```
//!
//! Each step is one pass in the order of the one before; a single change of presence moves one row.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use crate::model::{
    event::{Member, Synced},
    presence::{Change, Presence, PresenceEvent, Status},
    rooms::Rooms,
};

mod contact;
mod filter;
mod hiding;
mod members;
mod order;
mod snapshot;
mod view;

pub use contact::{Contact, Group, Heard, Section};
use filter::Filter;
pub use hiding::{Glob, Hiding};
pub use order::Sort;
use view::Chosen;
pub use view::View;

/// From how many changes at once ordering all anew is cheaper than moving each row to its place.
const MANY: usize = 64;

/// How many people who share no room are remembered. A first response speaks of all contacts before their rooms are known.
const MOST_STRANGERS: usize = 150_000;

/// The contacts, and everybody else that the server spoke of.
#[derive(Debug)]
pub struct Contacts {
    me: OwnedUserId,
    /// Everybody ever heard of. Nobody is removed, so an index into it stays valid.
    people: IndexMap<OwnedUserId, Contact, RandomState>,
    rooms: Rooms,
    /// How many others are in each room.
    sizes: Vec<usize>,
    hiding: Hiding,
    ignored: HashSet<OwnedUserId>,
    /// How many share a room and are left out of everything.
    hidden: usize,
    /// Those who share a room and are not hidden, by name. Only joins, leaves, renames and pins change it.
    by_name: Vec<usize>,
    view: View,
    /// The rooms that have a view of their own.
    chosen: Vec<Chosen>,
    sort: Sort,
    /// Which states are left out of the list, by group.
    folded_away: [bool; Group::COUNT],
    /// Those of the view, in the order of the screen: every change of presence moves a row.
    listed: Vec<usize>,
    /// How many there are in the view, by group, whether listed or not.
    counts: [usize; Group::COUNT],
    /// How many there are by group, without those of large rooms.
    known: [usize; Group::COUNT],
    filter: Filter,
    /// Those who have joined their first shared room with the response being taken in.
    joiners: HashSet<usize>,
}

impl Contacts {
    /// Nobody yet; `me` will never be among the contacts.
    #[must_use]
    pub fn new(me: OwnedUserId) -> Self {
        Self::showing(me, Hiding::default(), View::default(), &[])
    }

    /// The same with what is to be left out, the view to begin with, and the rooms that have a view of their own, each
    /// by its name, address or ID.
    #[must_use]
    pub fn showing(me: OwnedUserId, hiding: Hiding, view: View, rooms: &[String]) -> Self {
        Self {
            me,
            people: IndexMap::default(),
            rooms: Rooms::default(),
            sizes: Vec::new(),
            hiding,
            ignored: HashSet::new(),
            hidden: 0,
            by_name: Vec::new(),
            view,
            chosen: rooms.iter().map(|written| Chosen::new(written)).collect(),
            sort: Sort::default(),
            folded_away: [false; Group::COUNT],
            listed: Vec::new(),
            counts: [0; Group::COUNT],
            known: [0; Group::COUNT],
            filter: Filter::default(),
            joiners: HashSet::new(),
        }
    }

    /// How many are shown: all of the view in the states that are, or those of them who match the filter.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filter.matching().map_or(self.listed.len(), <[_]>::len)
    }

    /// Whether nobody is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many contacts there are, whatever is shown of them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_name.len()
    }

    /// Whether nothing was heard of anybody.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.people.values().all(|contact| contact.heard.is_none())
    }

    /// How many share a room and are left out of everything.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// How many there are in the view in each group, whatever of them is shown.
    pub fn counts(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.counts)
    }

    /// How many there are in each group in all views, without those of large rooms.
    pub fn known(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.known)
    }

    /// The contact in a row, which costs the same however many there are.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<(&UserId, &Contact)> {
        let index = match self.filter.matching() {
            Some(matching) => matching.get(row)?.index,
            None => *self.listed.get(row)?,
        };
        Some(self.person(index))
    }

    /// Somebody who shares a room with us, shown or not.
    #[must_use]
    pub fn get(&self, user_id: &UserId) -> Option<&Contact> {
        self.people.get(user_id).filter(|contact| contact.shares_room())
    }

    /// The row in which a contact is shown.
    #[must_use]
    pub fn row_of(&self, user_id: &UserId) -> Option<usize> {
        let index = self.people.get_index_of(user_id)?;
        match self.filter.matching() {
            Some(matching) => matching.iter().position(|it| it.index == index),
            None => self.place(index).ok(),
        }
    }

    /// What the rooms that we share with somebody are called. One that would be called by their name is the direct chat.
    #[must_use]
    pub fn rooms_of(&self, user_id: &UserId) -> Vec<String> {
        let Some(contact) = self.people.get(user_id) else { return Vec::new() };
        let is_theirs = |room| contact.direct_rooms.contains(&room) && self.sizes.get(room) == Some(&1);
        let name = |&room: &usize| {
            let named = self.rooms.is_named(room);
            if is_theirs(room) && !named { "direct chat".to_owned() } else { self.room_name(room) }
        };
        contact.rooms.iter().map(name).collect()
    }

    /// Takes in one `/sync` response: memberships first, because a joiner's presence comes along. Returns what has
    /// become different about people who were there before; what is heard for the first time in the first initial
    /// response, or of somebody who has just joined, is news but no change.
    pub fn sync(&mut self, mut synced: Synced, now: Timestamp) -> Vec<Change> {
        let again = synced.initial && self.people.values().any(|contact| contact.heard.is_some());
        if again {
            synced.presence.extend(self.gone(&synced.presence));
        }
        let mut reorder = self.take_rooms(synced.rooms, synced.ignored, synced.direct);
        reorder |= self.take_members(synced.members, &synced.rooms_left);
        let many = reorder || synced.presence.len() > MANY;
        let mut changes = Vec::new();
        for event in synced.presence {
            let change = self.hear(event, now, many);
            changes.extend(change.filter(|_| again || !synced.initial));
        }
        if reorder {
            self.order_by_name();
        }
        if many {
            self.list();
        }
        self.joiners.clear();
        changes
    }

    /// Takes in what the server says of somebody when asked, unless it says nothing: news, but no change, because it was
    /// so before. Servers say of nobody that they are offline, too: only where presence is tracked, that is so.
    pub fn learn(&mut self, user_id: &UserId, status: Status, now: Timestamp) {
        let Some(index) = self.people.get_index_of(user_id) else { return };
        if status.is_of_nobody() && status.presence != Presence::Offline {
            return;
        }
        let heard = Heard::new(status, now);
        if self.people[index].is_counted() {
            self.move_row(index, heard);
        }
    }

    /// Takes in who is joined to some rooms; whoever was before and is not named has left.
    pub fn set_members(&mut self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) {
        for (room_id, members) in rooms {
            self.replace_members(&room_id, members);
        }
        self.joiners.clear();
        self.order_by_name();
        self.list();
    }

    /// Pins these contacts and no others.
    pub fn pin(&mut self, pins: &BTreeSet<OwnedUserId>) {
        for (user_id, contact) in &mut self.people {
            contact.pinned = pins.contains(user_id);
        }
        for user_id in pins {
            if let Some((_, contact)) = self.contact_mut(user_id.clone()) {
                contact.pinned = true;
            }
        }
        self.order_by_name();
        self.list();
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

    /// Keeps what was heard. Moves the row to its new place, unless the whole list is put in order afterwards.
    fn hear(&mut self, event: PresenceEvent, now: Timestamp, many: bool) -> Option<Change> {
        let user_id = event.sender.clone();
        let most = self.by_name.len() + self.hidden + MOST_STRANGERS;
        if self.people.len() >= most && !self.people.contains_key(&user_id) {
            return None;
        }
        let (index, contact) = self.contact_mut(event.sender)?;
        let heard = Heard::new(event.content, now);
        let before = contact.heard.as_ref();
        let same = before.is_some_and(|it| it.looks_like(&heard));
        // Of somebody unheard of, offline is what everybody takes for granted.
        let same = same || (before.is_none() && heard.presence == Presence::Offline);
        let change = (contact.is_counted() && !same).then(|| Change {
            user_id,
            from: before.map(|it| it.presence.clone()),
            to: heard.presence.clone(),
            status_msg: heard.status_msg.clone(),
            at: now,
            in_large_rooms_only: !contact.is_known(),
        });
        if many || !contact.is_counted() {
            contact.heard = Some(heard);
        } else {
            self.move_row(index, heard);
        }
        change.filter(|_| !self.joiners.contains(&index))
    }
}
