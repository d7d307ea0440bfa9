//! The content of a `/sync` response.

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

use crate::model::{presence::PresenceEvent, profile::ProfileUpdate, text::Clean};

/// The content of a `/sync` response. The fields are in the order in which they are applied.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Synced {
    /// Whether it is the first response, which names everybody who is not offline.
    pub initial: bool,
    /// The position of the stream after the response, if no members are missing then.
    pub position: Option<String>,
    /// Joins, renames and leaves by room, oldest first.
    pub members: Vec<(OwnedRoomId, Vec<MemberChange>)>,
    /// Rooms that we have left.
    pub rooms_left: Vec<OwnedRoomId>,
    /// Presence of contacts and of the own account.
    pub presence: Vec<PresenceEvent>,
    /// Changes of profiles, where the server sends them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ProfileUpdate>,
    /// Call memberships by room, oldest first.
    pub calls: Vec<(OwnedRoomId, Vec<CallEvent>)>,
    /// Names, addresses and types of rooms, oldest first.
    pub rooms: Vec<(OwnedRoomId, Vec<RoomChange>)>,
    /// The ignored users, if the list changed (`m.ignored_user_list`).
    pub ignored: Option<Vec<OwnedUserId>>,
    /// Direct-chat partners with their rooms, if the list changed (`m.direct`).
    pub direct: Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>>,
}

impl Synced {
    /// Returns the part that concerns the own presence: the account's own events, and calls that it may be in.
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
            profiles: own_profile(&self.profiles, user_id),
            calls: self.calls.clone(),
            ..Self::default()
        }
    }
}

/// Returns the part of changes of profiles that concerns a user.
pub(super) fn own_profile(profiles: &[ProfileUpdate], user_id: &UserId) -> Vec<ProfileUpdate> {
    profiles.iter().filter(|update| update.user_id == *user_id).cloned().collect()
}

/// A member of a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The user.
    pub user_id: OwnedUserId,
    /// The display name in the room.
    pub displayname: Option<Clean>,
}

/// An `m.room.member` event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberChange {
    /// The member.
    pub member: Member,
    /// Whether the membership is `join`.
    pub joined: bool,
}

/// A change of a room's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomChange {
    /// The name (`m.room.name`). `None`: removed.
    Named(Option<Clean>),
    /// The main address, such as `#tea:example.org` (`m.room.canonical_alias`).
    Aliased(Option<Clean>),
    /// The room is a space (`m.room.create`).
    Space,
    /// A room was added to this space or removed from it (`m.space.child`).
    Child {
        /// The other room.
        room_id: OwnedRoomId,
        /// Whether it was added.
        listed: bool,
    },
}

/// A call membership event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// Its type and state key. A later event with the same key replaces it.
    pub key: (String, String),
    /// The sender.
    pub sender: OwnedUserId,
    /// The sessions in the call. Empty: the sender has left.
    pub memberships: Vec<CallMembership>,
}

/// A session in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallMembership {
    /// The session, if the event names it.
    pub device_id: Option<String>,
    /// When it expires unless it is renewed.
    pub until: Timestamp,
}
