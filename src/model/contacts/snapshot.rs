//! The contacts in the form of a first `/sync` response.

use std::collections::HashSet;

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use super::{Contact, Contacts, Group, LastPresence};
use crate::model::{
    event::{Member, Synced},
    presence::{Presence, PresenceEvent, Status},
};

impl Contacts {
    /// Returns all rooms with their members, for [`Contacts::set_members`].
    #[must_use]
    pub fn members(&self) -> Vec<(OwnedRoomId, Vec<Member>)> {
        let mut rooms: Vec<_> = self.rooms.ids().map(|room_id| (room_id.to_owned(), Vec::new())).collect();
        for (user_id, contact) in &self.people {
            for &room in &contact.rooms {
                let displayname = Some(contact.name.clone());
                rooms[room].1.push(Member { user_id: user_id.clone(), displayname });
            }
        }
        rooms
    }

    /// Returns everything else as a first `/sync` response. Ages are relative to `now`.
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

    /// Returns offline events for contacts that an initial response leaves out, although they were reachable. It
    /// names everybody who is not offline.
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

impl LastPresence {
    /// Returns the status that a server would report at `now`.
    pub(in crate::model) fn status(&self, now: Timestamp) -> Status {
        let ago = |since| u64::try_from(now.duration_since(since).as_millis()).unwrap_or_default();
        Status {
            presence: self.presence.clone(),
            status_msg: self.status_msg.clone().map(Into::into),
            last_active_ago: self.last_active.map(ago),
            currently_active: self.currently_active,
        }
    }
}
