//! The rooms: what they are called, and which of them are in which space; a fold of their state events.

use std::{borrow::Cow, collections::BTreeSet};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use matrix_sdk::ruma::{OwnedRoomId, RoomId};

use serde::{Deserialize, Serialize};

use crate::model::{event::RoomChange, text};

/// All rooms that were ever named. None is removed, so an index stays valid.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rooms {
    rooms: IndexMap<OwnedRoomId, Room, RandomState>,
}

/// What a room's state says of it; nothing where we are not in it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Room {
    /// Clean, and not empty.
    name: Option<Box<str>>,
    /// The main address; clean, and not empty.
    address: Option<Box<str>>,
    is_space: bool,
    /// The rooms that it lists, as only a space should.
    children: BTreeSet<usize>,
}

impl Rooms {
    /// The index of a room, which is made if it is new.
    pub fn insert(&mut self, room_id: OwnedRoomId) -> usize {
        let entry = self.rooms.entry(room_id);
        let index = entry.index();
        entry.or_default();
        index
    }

    /// The index of a room, if it was ever named.
    #[must_use]
    pub fn index_of(&self, room_id: &RoomId) -> Option<usize> {
        self.rooms.get_index_of(room_id)
    }

    /// The ID of a room.
    ///
    /// # Panics
    ///
    /// If the index is not one of these rooms.
    #[must_use]
    pub fn id_of(&self, room: usize) -> &RoomId {
        self.rooms.get_index(room).expect("no room is removed").0
    }

    /// The IDs of all, in the order of their indices.
    pub fn ids(&self) -> impl Iterator<Item = &RoomId> {
        self.rooms.keys().map(|room_id| &**room_id)
    }

    /// All that is known of them, as [`Rooms::change`] takes it.
    #[must_use]
    pub fn changes(&self) -> Vec<(OwnedRoomId, Vec<RoomChange>)> {
        let changes = |room: &Room| {
            let name = room.name.as_deref().map(|name| RoomChange::Named(Some(name.to_owned())));
            let address =
                room.address.as_deref().map(|address| RoomChange::Aliased(Some(address.to_owned())));
            let space = room.is_space.then_some(RoomChange::Space);
            let children = room
                .children
                .iter()
                .map(|&child| RoomChange::Child { room_id: self.id_of(child).to_owned(), listed: true });
            name.into_iter().chain(address).chain(space).chain(children).collect()
        };
        self.rooms.iter().map(|(room_id, room)| (room_id.clone(), changes(room))).collect()
    }

    /// Takes in what has changed, in the order in which it did.
    pub fn change(&mut self, rooms: Vec<(OwnedRoomId, Vec<RoomChange>)>) {
        for (room_id, changes) in rooms {
            let room = self.insert(room_id);
            for change in changes {
                self.change_one(room, change);
            }
        }
    }

    fn change_one(&mut self, room: usize, change: RoomChange) {
        match change {
            RoomChange::Named(name) => self.rooms[room].name = name.as_deref().and_then(clean),
            RoomChange::Aliased(address) => self.rooms[room].address = address.as_deref().and_then(clean),
            RoomChange::Space => self.rooms[room].is_space = true,
            RoomChange::Child { room_id, listed } => {
                let child = self.insert(room_id);
                if listed {
                    self.rooms[room].children.insert(child);
                } else {
                    self.rooms[room].children.remove(&child);
                }
            }
        }
    }

    /// Forgets what a room that we have left is called: nobody tells us any more. Its index stays.
    pub fn leave(&mut self, room_id: &RoomId) {
        if let Some(room) = self.rooms.get_mut(room_id) {
            *room = Room::default();
        }
    }

    /// Whether a room has a name or an address of its own.
    #[must_use]
    pub fn is_named(&self, room: usize) -> bool {
        self.rooms[room].name.is_some() || self.rooms[room].address.is_some()
    }

    /// Whether a room is a space.
    #[must_use]
    pub fn is_space(&self, room: usize) -> bool {
        self.rooms[room].is_space
    }

    /// What a room is called: its name, else its address, else by who is in it, as in the specification's "Calculating
    /// the display name for a room". Without `m.heroes` those are the first of `others`: everybody in it but us, by
    /// clean name, so many in all. No more of them are looked at than are needed.
    #[must_use]
    pub fn name_of<'a>(
        &'a self,
        room: usize,
        others: impl IntoIterator<Item = &'a str>,
        count: usize,
    ) -> Cow<'a, str> {
        let Room { name, address, .. } = &self.rooms[room];
        match name.as_deref().or(address.as_deref()) {
            Some(name) => name.into(),
            None => deduce(others.into_iter(), count),
        }
    }

    /// The rooms that somebody means who writes an ID, an address, or a name in upper or lower case. Several can have
    /// the same name: a room that was replaced keeps it.
    #[must_use]
    pub fn find(&self, written: &str) -> Vec<usize> {
        if let Some(room) = RoomId::parse(written).ok().and_then(|room_id| self.index_of(&room_id)) {
            return vec![room];
        }
        let name = text::clean(written).to_lowercase();
        self.known_as(|known| known == name)
    }

    /// The rooms with a text in their name or address; it must be in lower case.
    #[must_use]
    pub fn containing(&self, text: &str) -> Vec<usize> {
        self.known_as(|known| known.contains(text))
    }

    /// The rooms of which the name or the address, in lower case, is so.
    fn known_as(&self, is_so: impl Fn(&str) -> bool) -> Vec<usize> {
        let is_meant = |room: &Room| {
            let known_as = [&room.name, &room.address];
            known_as.into_iter().flatten().any(|known| is_so(&known.to_lowercase()))
        };
        let meant = self.rooms.values().enumerate().filter(|(_, room)| is_meant(room));
        meant.map(|(index, _)| index).collect()
    }

    /// A room, and if it is a space all that is in it, in the spaces in it, and so on, even in a circle.
    #[must_use]
    pub fn within(&self, room: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![room];
        while let Some(room) = open.pop() {
            if found.insert(room) && self.is_space(room) {
                open.extend(&self.rooms[room].children);
            }
        }
        found
    }
}

fn clean(text: &str) -> Option<Box<str>> {
    let clean = text::clean(text);
    (!clean.is_empty()).then(|| clean.into())
}

/// A name for a room that has none.
fn deduce<'a>(mut others: impl Iterator<Item = &'a str>, count: usize) -> Cow<'a, str> {
    match (others.next(), others.next(), count.saturating_sub(2)) {
        (None, ..) => "Empty room".into(),
        (Some(one), None, _) => one.into(),
        (Some(one), Some(two), 0) => format!("{one} and {two}").into(),
        (Some(one), Some(two), 1) => format!("{one}, {two} and 1 other").into(),
        (Some(one), Some(two), more) => format!("{one}, {two} and {more} others").into(),
    }
}
