//! Rooms and spaces, from their state events: names, addresses, and which room is in which space.

use std::{borrow::Cow, collections::BTreeSet};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use matrix_sdk::ruma::{OwnedRoomId, RoomId};

use serde::{Deserialize, Serialize};

use crate::model::{
    event::RoomChange,
    text::{self, Clean},
};

/// All rooms that an event has named. Rooms are never removed, so an index stays valid.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rooms {
    rooms: IndexMap<OwnedRoomId, Room, RandomState>,
}

/// The state of a room. Empty for a room that we are not in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Room {
    /// The name, not empty.
    name: Option<Clean>,
    /// The main address, not empty.
    address: Option<Clean>,
    is_space: bool,
    /// The rooms that it lists. Only a space should list any.
    children: BTreeSet<usize>,
}

impl Rooms {
    /// Returns the index of a room. Adds the room if it is new.
    pub fn insert(&mut self, room_id: OwnedRoomId) -> usize {
        let entry = self.rooms.entry(room_id);
        let index = entry.index();
        entry.or_default();
        index
    }

    /// Returns the index of a room. `None`: no event has named it.
    #[must_use]
    pub fn index_of(&self, room_id: &RoomId) -> Option<usize> {
        self.rooms.get_index_of(room_id)
    }

    /// Returns the ID of a room.
    ///
    /// # Panics
    ///
    /// If the index is out of bounds.
    #[must_use]
    pub fn id_of(&self, room: usize) -> &RoomId {
        self.rooms.get_index(room).expect("no room is removed").0
    }

    /// Returns the IDs of all rooms, in the order of their indices.
    pub fn ids(&self) -> impl Iterator<Item = &RoomId> {
        self.rooms.keys().map(|room_id| &**room_id)
    }

    /// Returns the number of rooms.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rooms.len()
    }

    /// Returns whether each room in a space is one of the rooms.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.rooms.values().flat_map(|room| &room.children).all(|child| *child < self.rooms.len())
    }

    /// Returns the state of all rooms as changes, for [`Rooms::change`].
    #[must_use]
    pub fn changes(&self) -> Vec<(OwnedRoomId, Vec<RoomChange>)> {
        let changes = |room: &Room| {
            let name = room.name.clone().map(|name| RoomChange::Named(Some(name)));
            let address = room.address.clone().map(|address| RoomChange::Aliased(Some(address)));
            let space = room.is_space.then_some(RoomChange::Space);
            let children = room
                .children
                .iter()
                .map(|&child| RoomChange::Child { room_id: self.id_of(child).to_owned(), listed: true });
            name.into_iter().chain(address).chain(space).chain(children).collect()
        };
        self.rooms.iter().map(|(room_id, room)| (room_id.clone(), changes(room))).collect()
    }

    /// Applies changes in order.
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
            RoomChange::Named(name) => self.rooms[room].name = name.as_deref().and_then(Clean::name),
            RoomChange::Aliased(address) => {
                self.rooms[room].address = address.as_deref().and_then(Clean::name);
            }
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

    /// Clears the state of a room that we have left, because updates stop. The index stays valid.
    pub fn leave(&mut self, room_id: &RoomId) {
        if let Some(room) = self.rooms.get_mut(room_id) {
            *room = Room::default();
        }
    }

    /// Returns whether a room has a name or an address.
    #[must_use]
    pub fn is_named(&self, room: usize) -> bool {
        self.rooms[room].name.is_some() || self.rooms[room].address.is_some()
    }

    /// Returns whether a room is a space.
    #[must_use]
    pub(crate) fn is_space(&self, room: usize) -> bool {
        self.rooms[room].is_space
    }

    /// Returns the display name of a room: its name, its address, or one built from its members. That follows
    /// "Calculating the display name for a room" in the specification.
    ///
    /// `others` are the clean names of the `count` other members. They are used instead of `m.heroes`, and no more of
    /// them than needed are read.
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

    /// Returns how the configuration names a room: by its name if no other room has it, else by its address or ID.
    #[must_use]
    pub fn written(&self, room: usize) -> String {
        let Room { name, address, .. } = &self.rooms[room];
        let mut known_as = [name, address].into_iter().flatten().map(ToString::to_string);
        known_as.find(|known| self.find(known) == [room]).unwrap_or_else(|| self.id_of(room).to_string())
    }

    /// Returns the rooms with an ID, an address, or a name in any case. Several may have one name: a replaced room
    /// keeps its name.
    #[must_use]
    pub fn find(&self, written: &str) -> Vec<usize> {
        if let Some(room) = RoomId::parse(written).ok().and_then(|room_id| self.index_of(&room_id)) {
            return vec![room];
        }
        let name = text::clean(written).to_lowercase();
        self.known_as(|known| known == name)
    }

    /// Returns the rooms whose name or address contains a text in lower case.
    #[must_use]
    pub(crate) fn containing(&self, text: &str) -> Vec<usize> {
        self.known_as(|known| known.contains(text))
    }

    /// Returns the rooms whose name or address, in lower case, satisfies a predicate.
    fn known_as(&self, is_so: impl Fn(&str) -> bool) -> Vec<usize> {
        let is_meant = |room: &Room| {
            let known_as = [&room.name, &room.address];
            known_as.into_iter().flatten().any(|known| is_so(&known.to_lowercase()))
        };
        let meant = self.rooms.values().enumerate().filter(|(_, room)| is_meant(room));
        meant.map(|(index, _)| index).collect()
    }

    /// Returns the room. If it is a space, adds the rooms in it and in its spaces, even if these form a circle.
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

/// Returns a name for a room without one.
fn deduce<'a>(mut others: impl Iterator<Item = &'a str>, count: usize) -> Cow<'a, str> {
    match (others.next(), others.next(), count.saturating_sub(2)) {
        (None, ..) => "Empty room".into(),
        (Some(one), None, _) => one.into(),
        (Some(one), Some(two), 0) => format!("{one} and {two}").into(),
        (Some(one), Some(two), 1) => format!("{one}, {two} and 1 other").into(),
        (Some(one), Some(two), more) => format!("{one}, {two} and {more} others").into(),
    }
}
