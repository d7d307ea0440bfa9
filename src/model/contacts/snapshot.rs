//! All that is known, as a server could tell it at once: what somebody who comes later begins with.

use std::collections::HashSet;

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use super::{Contact, Contacts, Group, Heard};
use crate::model::{
    event::{Member, Synced},
    presence::{Presence, PresenceEvent, Status},
};

impl Contacts {
    /// All rooms with their members, as [`Contacts::set_members`] takes them.
    #[must_use]
    pub fn members(&self) -> Vec<(OwnedRoomId, Vec<Member>)> {
        let mut rooms: Vec<_> = self.rooms.ids().map(|room_id| (room_id.to_owned(), Vec::new())).collect();
        for (user_id, contact) in &self.people {
            for &room in &contact.rooms {
                let displayname = Some(contact.name.to_string());
                rooms[room].1.push(Member { user_id: user_id.clone(), displayname });
            }
        }
        rooms
    }

    /// The rest, as the answer to a first `/sync`, with ages as of now.
    #[must_use]
    pub fn synced(&self, now: Timestamp) -> Synced {
        let heard = |(user_id, contact): (&OwnedUserId, &Contact)| {
            let content = contact.heard.as_ref()?.status(now);
            Some(PresenceEvent { sender: user_id.clone(), content })
        };
        Synced {
            initial: true,
            presence: self.people.iter().filter_map(heard).collect(),
            rooms: self.rooms.changes(),
            ignored: Some(self.ignored.iter().cloned().collect()),
            direct: Some(self.direct()),
            ..Synced::default()
        }
    }

    /// What is to be made of those whom an initial response does not name although something was heard of them before:
    /// it names everybody who is not offline.
    pub(super) fn gone(&self, named: &[PresenceEvent]) -> Vec<PresenceEvent> {
        let named: HashSet<&UserId> = named.iter().map(|event| &*event.sender).collect();
        let there = |contact: &Contact| contact.group() < Group::Offline;
        let gone = self.people.iter().filter(|(user_id, it)| there(it) && !named.contains(&***user_id));
        let offline = |user_id: &OwnedUserId| PresenceEvent {
            sender: user_id.clone(),
            content: Status::new(Presence::Offline),
        };
        gone.map(|(user_id, _)| offline(user_id)).collect()
    }

    fn direct(&self) -> Vec<(OwnedUserId, Vec<OwnedRoomId>)> {
        let partners = self.people.iter().filter(|(_, contact)| !contact.direct_rooms.is_empty());
        let partners = partners.map(|(user_id, contact)| {
            let rooms = contact.direct_rooms.iter().map(|room| self.rooms.id_of(*room).to_owned());
            (user_id.clone(), rooms.collect())
        });
        partners.collect()
    }
}

impl Heard {
    /// What a server would say of it now.
    fn status(&self, now: Timestamp) -> Status {
        let ago = |since| u64::try_from(now.duration_since(since).as_millis()).unwrap_or_default();
        Status {
            presence: self.presence.clone(),
            status_msg: self.status_msg.clone(),
            last_active_ago: self.last_active.map(ago),
            currently_active: self.currently_active,
        }
    }
}
