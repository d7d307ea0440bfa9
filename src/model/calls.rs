//! Who is in a call, from the rooms' call membership events.

use std::collections::HashMap;

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};

use serde::{Deserialize, Serialize};

use crate::model::event::{CallEvent, CallMembership};

/// The call memberships of all rooms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Participants by room. Those who leave a call are removed.
    rooms: HashMap<OwnedRoomId, Vec<Participant>>,
    /// When each user's last membership expires.
    until: HashMap<OwnedUserId, Timestamp>,
}

/// The sender of a call event. The state key proves nothing: anybody with the power level may write under any key
/// that starts with an underscore.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Participant {
    /// The event's type and state key.
    key: (String, String),
    user_id: OwnedUserId,
    memberships: Vec<CallMembership>,
}

impl Calls {
    /// Applies the call events of a room, oldest first.
    pub fn on_events(&mut self, room_id: OwnedRoomId, events: Vec<CallEvent>) {
        let room = self.rooms.entry(room_id).or_default();
        for CallEvent { key, sender, memberships } in events {
            room.retain(|participant| participant.key != key);
            if !memberships.is_empty() {
                room.push(Participant { key, user_id: sender, memberships });
            }
        }
        self.count();
    }

    /// Removes a room that we have left.
    pub fn leave_room(&mut self, room_id: &RoomId) {
        if self.rooms.remove(room_id).is_some() {
            self.count();
        }
    }

    /// Removes a member who left a room. The event that ends their call may never come.
    pub fn member_left(&mut self, room_id: &RoomId, user_id: &UserId) {
        if let Some(room) = self.rooms.get_mut(room_id) {
            room.retain(|participant| participant.user_id != *user_id);
            self.count();
        }
    }

    /// Returns whether a user is in a call in a room that we share.
    #[must_use]
    pub fn is_in_call(&self, user_id: &UserId, now: Timestamp) -> bool {
        self.until.get(user_id).is_some_and(|until| *until > now)
    }

    /// Returns when a user's call in another session than `session` expires. `None`: there is none.
    #[must_use]
    pub fn elsewhere(&self, user_id: &UserId, session: &str, now: Timestamp) -> Option<Timestamp> {
        let participants = self.rooms.values().flatten();
        let mine = participants.filter(|participant| participant.user_id == *user_id);
        let sessions = mine.flat_map(|participant| &participant.memberships);
        let other = sessions.filter(|it| it.device_id.as_deref() != Some(session));
        other.map(|it| it.until).filter(|until| *until > now).max()
    }

    /// Returns when the next membership expires.
    #[must_use]
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.values().copied().filter(|until| *until > now).min()
    }

    fn count(&mut self) {
        self.until.clear();
        for participant in self.rooms.values().flatten() {
            let until = participant.memberships.iter().map(|it| it.until).max();
            let known = self.until.entry(participant.user_id.clone()).or_insert(Timestamp::MIN);
            *known = (*known).max(until.unwrap_or(Timestamp::MIN));
        }
    }
}
