//! One contact: names, rooms, and what was last heard of them.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::UserId;

use serde::{Deserialize, Serialize};

use crate::model::{
    presence::{Presence, Status},
    text::{self, fold},
};

/// The longest message that is kept, in bytes: no screen shows more, and others choose its length.
const MESSAGE_LIMIT: usize = 2_000;

/// Someone who shares a room with us, or of whom the server spoke before it said which.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Contact {
    /// The display name, clean; the user ID where there is none.
    pub name: Box<str>,
    /// Whether another contact has the same name, so that only the user ID tells them apart.
    pub shares_name: bool,
    /// The part of the list that they belong to.
    pub section: Section,
    /// Whether they are pinned: a favourite.
    pub pinned: bool,
    /// What was last heard; `None` means nothing, which is not the same as offline.
    pub heard: Option<Heard>,
    /// Whether they are left out of everything.
    pub(super) hidden: bool,
    /// The rooms that are direct chats with them, joined or long left.
    pub(super) direct_rooms: Vec<usize>,
    /// The name as it is sorted and searched.
    pub(crate) folded_name: Box<str>,
    /// The joined rooms that we share; nobody without any is listed.
    pub(crate) rooms: Vec<usize>,
}

/// A part of the list, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Section {
    /// One of the rooms that we share is a direct chat with them.
    Direct,
    /// One of the rooms that we share is not a large one.
    #[default]
    Room,
    /// All rooms that we share are large.
    Large,
}

impl Section {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Room, Self::Large];

    /// What they have in common, for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Direct => "Direct chats",
            Self::Room => "Rooms",
            Self::Large => "Large rooms",
        }
    }
}

/// What the server last said of a contact, fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The state.
    pub presence: Presence,
    /// The message, clean and not empty.
    pub status_msg: Option<Box<str>>,
    /// When they were last active.
    pub last_active: Option<Timestamp>,
    /// Whether the server vouches for them being active now.
    pub currently_active: bool,
}

impl Contact {
    pub(super) fn new(user_id: &UserId) -> Self {
        let mut contact = Self::default();
        contact.rename(user_id, None);
        contact
    }

    /// The group that the contact is counted in.
    #[must_use]
    pub fn group(&self) -> Group {
        Group::of(self.heard.as_ref().map(|heard| &heard.presence))
    }

    /// Whether a joined room is shared at all.
    #[must_use]
    pub fn shares_room(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// Whether the server may know more of them than it has said: of whoever is offline it speaks only when asked.
    #[must_use]
    pub fn is_half_known(&self) -> bool {
        match &self.heard {
            None => true,
            Some(heard) => heard.presence == Presence::Offline && heard.last_active.is_none(),
        }
    }

    /// Whether they are to be seen anywhere.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.shares_room() && !self.hidden
    }

    /// Whether they are more than a face in a large room.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.pinned || self.section != Section::Large
    }

    pub(super) fn sort_into_section(&mut self, is_large: impl Fn(usize) -> bool) {
        self.section = if self.direct_rooms.iter().any(|room| self.rooms.contains(room)) {
            Section::Direct
        } else if self.rooms.iter().any(|room| !is_large(*room)) {
            Section::Room
        } else {
            Section::Large
        };
    }

    pub(super) fn rename(&mut self, user_id: &UserId, displayname: Option<&str>) {
        let name = displayname.map(text::clean).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| text::clean(user_id.as_str()));
        if *self.name != *name {
            self.folded_name = fold(&name);
            self.name = name.into();
        }
    }

    /// Whether they were not in the room before.
    pub(super) fn join(&mut self, room: usize) -> bool {
        let new = !self.rooms.contains(&room);
        if new {
            self.rooms.push(room);
        }
        new
    }

    /// Whether they were in the room. Forgets what was heard with the last shared one: the server will not say when
    /// it changes.
    pub(super) fn leave(&mut self, room: usize) -> bool {
        let Some(at) = self.rooms.iter().position(|&other| other == room) else { return false };
        self.rooms.remove(at);
        if self.rooms.is_empty() {
            self.heard = None;
        }
        true
    }
}

impl Heard {
    /// Takes a status at the moment it arrives, when ages become points in time.
    #[must_use]
    pub fn new(status: Status, now: Timestamp) -> Self {
        let presence = match status.presence {
            Presence::Other(name) => Presence::Other(clean_state(&name)),
            known => known,
        };
        let last_active = status.last_active_ago.map(|ago| {
            let ago = SignedDuration::from_millis(ago.try_into().unwrap_or(i64::MAX));
            now.checked_sub(ago).unwrap_or(Timestamp::MIN)
        });
        let status_msg = status.status_msg.map(clean_message).filter(|text| !text.is_empty());
        Self { presence, status_msg, last_active, currently_active: status.currently_active }
    }
}

impl Heard {
    /// Whether both show as the same but for the time of the last activity.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        self.presence == other.presence && self.status_msg == other.status_msg
    }

    /// Since when they are not active, as far as that is known of somebody who is.
    #[must_use]
    pub fn idle_since(&self) -> Option<Timestamp> {
        self.last_active.filter(|_| !self.currently_active)
    }
}

fn clean_state(name: &str) -> Box<str> {
    match text::clean(name) {
        name if name.is_empty() => "unknown".into(),
        name => text::cut(&name, 24).into(),
    }
}

fn clean_message(message: Box<str>) -> Box<str> {
    if message.len() > MESSAGE_LIMIT {
        let end = message.floor_char_boundary(MESSAGE_LIMIT);
        return format!("{}…", text::clean(&message[..end])).into();
    }
    match text::clean(&message) {
        Cow::Borrowed(_) => message,
        Cow::Owned(clean) => clean.into(),
    }
}

/// The groups that contacts are counted in, in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Group {
    /// Free.
    Online,
    /// Active, but not free.
    Busy,
    /// Idle.
    Unavailable,
    /// In a state that this program does not know.
    Other,
    /// Known to be offline.
    Offline,
    /// Nothing was heard of them.
    Silent,
}

impl Group {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
    /// All, in order.
    pub const ALL: [Self; 6] =
        [Self::Online, Self::Busy, Self::Unavailable, Self::Other, Self::Offline, Self::Silent];

    /// The group of a state, or of none.
    #[must_use]
    pub fn of(presence: Option<&Presence>) -> Self {
        match presence {
            Some(Presence::Online) => Self::Online,
            Some(Presence::Busy) => Self::Busy,
            Some(Presence::Unavailable) => Self::Unavailable,
            Some(Presence::Other(_)) => Self::Other,
            Some(Presence::Offline) => Self::Offline,
            None => Self::Silent,
        }
    }

    /// The word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
            Self::Offline => "offline",
            Self::Silent => "silent",
        }
    }
}
