//! What one `/sync` response says.

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

use crate::model::presence::PresenceEvent;

/// What one `/sync` response says, in the order in which it is to be taken in.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Synced {
    /// Whether this was the first one, which names everybody who is not offline.
    pub initial: bool,
    /// Joins, renames and leaves, by room, oldest first.
    pub members: Vec<(OwnedRoomId, Vec<MemberChange>)>,
    /// Rooms that we have left.
    pub rooms_left: Vec<OwnedRoomId>,
    /// Presence of contacts and of ourselves.
    pub presence: Vec<PresenceEvent>,
    /// Who has joined or left calls, by room, oldest first.
    pub calls: Vec<(OwnedRoomId, Vec<CallEvent>)>,
    /// What rooms are called and what they are, by room, oldest first.
    pub rooms: Vec<(OwnedRoomId, Vec<RoomChange>)>,
    /// The users whom the person ignores, where the list changed (`m.ignored_user_list`).
    pub ignored: Option<Vec<OwnedUserId>>,
    /// The partners of direct chats with the rooms of those, where the list changed (`m.direct`).
    pub direct: Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>>,
}

impl Synced {
    /// Returns what of it concerns the own presence: our own events, and the calls that we may be in.
    #[must_use]
    pub fn of_own(&self, user_id: &UserId) -> Self {
        let leaves = |(room_id, changes): &(OwnedRoomId, Vec<MemberChange>)| {
            let left: Vec<_> = changes.iter().filter(|change| !change.joined).cloned().collect();
            (!left.is_empty()).then(|| (room_id.clone(), left))
        };
        Self {
            initial: self.initial,
            members: self.members.iter().filter_map(leaves).collect(),
            rooms_left: self.rooms_left.clone(),
            presence: self.presence.iter().filter(|event| event.sender == *user_id).cloned().collect(),
            calls: self.calls.clone(),
            ..Self::default()
        }
    }
}

/// Somebody in a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Who it is.
    pub user_id: OwnedUserId,
    /// The name in that room.
    pub displayname: Option<String>,
}

/// One `m.room.member` event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberChange {
    /// Whose membership it is.
    pub member: Member,
    /// Joined, or anything else.
    pub joined: bool,
}

/// What a state event says about a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomChange {
    /// Its name, not yet cleaned for the screen (`m.room.name`); `None` if it has none any more.
    Named(Option<String>),
    /// Its main address, like `#tea:example.org` (`m.room.canonical_alias`).
    Aliased(Option<String>),
    /// It is a space (`m.room.create`).
    Space,
    /// Another room is in this space, or no longer (`m.space.child`).
    Child {
        /// The other room.
        room_id: OwnedRoomId,
        /// Whether it is in it.
        listed: bool,
    },
}

/// One call membership event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// Its type and state key: what it replaces.
    pub key: (String, String),
    /// Who sent it.
    pub sender: OwnedUserId,
    /// The sessions that are in the call; none if it was left.
    pub memberships: Vec<CallMembership>,
}

/// A session in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallMembership {
    /// Which session, where that is said.
    pub device_id: Option<String>,
    /// Until when it is, unless it says so again.
    pub until: Timestamp,
}
