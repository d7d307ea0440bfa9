//! One contact: name, rooms and last presence.

use std::borrow::Cow;

use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use matrix_sdk::ruma::UserId;

use serde::{Deserialize, Serialize};

use crate::model::{
    presence::{Presence, Status},
    profile::{Profile, ProfileCall, UserStatus},
    text::{self, Clean, fold, look},
};

/// A user who shares a room with us, or whose rooms are not known yet.
///
/// What is usual is not written: of thousands of contacts that is most of all bytes, which each start reads.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Contact {
    /// The display name. The user ID if there is none.
    pub name: Clean,
    /// Whether another contact has a name that looks the same, or the name looks like a user ID. Only the user ID tells
    /// who it is.
    #[serde(skip_serializing_if = "is_default")]
    pub shares_name: bool,
    /// The section of the list.
    #[serde(skip_serializing_if = "is_default")]
    pub section: Section,
    /// Whether the contact is pinned.
    #[serde(skip_serializing_if = "is_default")]
    pub pinned: bool,
    /// The last presence. `None`: none was received, which is not the same as offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<LastPresence>,
    /// Whether the server was asked, and has passed on each change since.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) looked_up: bool,
    /// What the profile says about status and call. `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
    /// Where that comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub profile_source: ProfileSource,
    /// What was known before a look-up found the contact reachable, and when. The server may be about to tell the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overtaken: Option<Box<(Option<Presence>, Timestamp)>>,
    /// Whether the contact appears nowhere.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) hidden: bool,
    /// The direct chats with the contact, joined or left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) direct_rooms: Vec<usize>,
    /// The name in the form that is sorted and searched. It follows from the name, so it is not written.
    #[serde(skip)]
    pub(crate) folded_name: Box<str>,
    /// What the name looks like. `None`: not computed yet.
    #[serde(skip)]
    look: Option<u64>,
    /// The joined rooms that we share. Contacts without any are not listed.
    pub(crate) rooms: Vec<usize>,
}

/// Where a profile comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProfileSource {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// It was looked up at this time, to the millisecond. Nothing tells what has changed since.
    LookedUp(#[serde(with = "millisecond::required")] Timestamp),
    /// The server sends each change.
    Pushed,
}

impl ProfileSource {
    pub(super) fn looked_up(at: Timestamp) -> Self {
        // As exact as it is written: a copy in another process has to be equal.
        Self::LookedUp(Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at))
    }
}

/// A section of the list, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Section {
    /// Contacts in a direct chat with us.
    Direct,
    /// Contacts in a room that is not large.
    #[default]
    Room,
    /// Contacts from large rooms only.
    Large,
}

impl Section {
    /// All sections, in order.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Room, Self::Large];

    /// Returns the heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Direct => "Direct chats",
            Self::Room => "Rooms",
            Self::Large => "Large rooms",
        }
    }
}

/// The last presence of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPresence {
    /// The state.
    pub presence: Presence,
    /// The message, not empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_msg: Option<Clean>,
    /// When the contact was last active, to the millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millisecond::optional")]
    pub last_active: Option<Timestamp>,
    /// Whether the server reports the contact as active now.
    #[serde(default, skip_serializing_if = "is_default")]
    pub currently_active: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Contact {
    pub(super) fn new(user_id: &UserId) -> Self {
        let mut contact = Self::default();
        contact.rename(user_id, None);
        contact
    }

    /// Returns the group that the contact is counted in.
    #[must_use]
    pub fn group(&self) -> Group {
        Group::of(self.heard.as_ref().map(|heard| &heard.presence))
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Option<&UserStatus> {
        self.profile.as_ref()?.status()
    }

    /// Returns the call in the profile, unless it is too old to be true.
    #[must_use]
    pub(crate) fn profile_call(&self, now: Timestamp) -> Option<ProfileCall> {
        self.profile.as_ref()?.call().filter(|call| call.is_believed(now))
    }

    /// Returns whether the contact is free: online, or without a status and a call where no presence is known.
    #[must_use]
    pub(crate) fn is_free(&self) -> bool {
        match &self.heard {
            Some(heard) => heard.presence == Presence::Online,
            None => self.profile.as_ref().is_none_or(|it| it.status().is_none() && it.call().is_none()),
        }
    }

    /// Returns what the contact says, on one line: a call, then the status or else the message of the presence.
    /// `None`: nothing.
    #[must_use]
    pub fn message(&self, now: Timestamp) -> Option<Cow<'_, str>> {
        let message = self.heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
        match &self.profile {
            Some(profile) => profile.says(message, now).map(Cow::Owned),
            None => message.map(Cow::Borrowed),
        }
    }

    /// Returns the status on one line, or else the message of the presence.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        let message = || self.heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
        self.status().map(ToString::to_string).or_else(|| message().map(ToOwned::to_owned))
    }

    /// Returns when the status was looked up. `None`: it was not, or the server sends each change.
    #[must_use]
    pub fn status_as_of(&self) -> Option<Timestamp> {
        match self.profile_source {
            ProfileSource::LookedUp(at) => Some(at),
            ProfileSource::Unknown | ProfileSource::Pushed => None,
        }
    }

    /// Returns whether we share a joined room.
    #[must_use]
    pub(crate) fn shares_room(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// Returns whether a look-up may return more. Servers send no presence of people who are offline unless asked.
    #[must_use]
    pub(crate) fn is_half_known(&self) -> bool {
        let says_little =
            |heard: &LastPresence| heard.presence == Presence::Offline && heard.last_active.is_none();
        !self.looked_up && self.heard.as_ref().is_none_or(says_little)
    }

    /// Returns whether the contact appears anywhere.
    #[must_use]
    pub(crate) fn is_counted(&self) -> bool {
        self.shares_room() && !self.hidden
    }

    /// Returns whether the contact is pinned, or is not from large rooms only.
    #[must_use]
    pub(crate) fn is_known(&self) -> bool {
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
        let name = displayname.and_then(Clean::name);
        let name = name.unwrap_or_else(|| (&*text::id(user_id.as_str())).into());
        if self.name != name {
            self.name = name;
            self.fold_name();
            self.look = None;
        }
    }

    /// Computes the folded name.
    pub(super) fn fold_name(&mut self) {
        self.folded_name = fold(&self.name);
    }

    /// Returns a number that all contacts have in common whose names look the same.
    pub(super) fn look(&mut self) -> u64 {
        *self.look.get_or_insert_with(|| look(&self.name))
    }

    /// Returns whether the name looks like a user ID. Somebody may call themselves like another contact's ID.
    pub(super) fn is_named_like_an_id(&self, user_id: &UserId) -> bool {
        self.name.starts_with('@')
            && self.name.contains(':')
            && self.name != text::id(user_id.as_str()).as_ref()
    }

    /// Adds a room. Returns whether it is new.
    pub(super) fn join(&mut self, room: usize) -> bool {
        let new = !self.rooms.contains(&room);
        if new {
            self.rooms.push(room);
        }
        new
    }

    /// Removes a room. Returns whether it was there. Without a shared room the presence is removed too, because
    /// updates stop.
    pub(super) fn leave(&mut self, room: usize) -> bool {
        let Some(at) = self.rooms.iter().position(|&other| other == room) else { return false };
        self.rooms.remove(at);
        if self.rooms.is_empty() {
            self.heard = None;
            self.looked_up = false;
            self.profile = None;
            self.profile_source = ProfileSource::Unknown;
        }
        true
    }
}

impl LastPresence {
    /// Converts a status that arrives at `now`. Ages become times.
    #[must_use]
    pub fn new(status: Status, now: Timestamp) -> Self {
        let presence = match status.presence {
            Presence::Other(name) if name.is_empty() => Presence::Other("unknown".into()),
            known => known,
        };
        let last_active = status.last_active_ago.map(|ago| {
            // As exact as it is written: a copy in another process has to be equal.
            let at = now.as_millisecond().saturating_sub_unsigned(ago);
            Timestamp::from_millisecond(at).unwrap_or(Timestamp::MIN)
        });
        let status_msg = status.status_msg.as_deref().map(Clean::new).filter(|text| !text.is_empty());
        Self { presence, status_msg, last_active, currently_active: status.currently_active }
    }

    /// Returns whether both look the same. The time of the last activity does not count.
    #[must_use]
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.presence == other.presence && self.status_msg == other.status_msg
    }

    /// Returns since when the contact is inactive, if known.
    #[must_use]
    pub(crate) fn idle_since(&self) -> Option<Timestamp> {
        self.last_active.filter(|_| !self.currently_active)
    }
}

/// A group that contacts are counted in, in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Group {
    /// Free.
    Online,
    /// Active, but not free.
    Busy,
    /// Idle.
    Unavailable,
    /// A state that this program does not know.
    Other,
    /// Reported as offline.
    Offline,
    /// No presence was received.
    Silent,
}

impl Group {
    /// The number of groups.
    pub(crate) const COUNT: usize = Self::ALL.len();
    /// All groups, in order.
    pub const ALL: [Self; 6] =
        [Self::Online, Self::Busy, Self::Unavailable, Self::Other, Self::Offline, Self::Silent];

    /// Returns the group of a state.
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

    /// Returns the name on screen.
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
