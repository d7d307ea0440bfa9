//! Memberships of contacts, and the account data about them.

use std::collections::HashSet;

use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use super::Contacts;
use crate::model::event::{Member, MemberChange, RoomChange};

impl Contacts {
    /// Applies changes of rooms, ignored users and direct chats. Returns whether the list changes.
    pub(super) fn change_rooms(
        &mut self,
        rooms: Vec<(OwnedRoomId, Vec<RoomChange>)>,
        ignored: Option<Vec<OwnedUserId>>,
        direct: Option<Vec<(OwnedUserId, Vec<OwnedRoomId>)>>,
    ) -> bool {
        let news = !rooms.is_empty() || ignored.is_some() || direct.is_some();
        self.rooms.change(rooms);
        if let Some(ignored) = ignored {
            self.ignored = ignored.into_iter().collect();
        }
        if let Some(direct) = direct {
            self.set_direct(direct);
        }
        news
    }

    /// Applies joins and leaves. Returns whether there were any.
    pub(super) fn change_members(
        &mut self,
        members: Vec<(OwnedRoomId, Vec<MemberChange>)>,
        rooms_left: &[OwnedRoomId],
    ) -> bool {
        let news = !(members.is_empty() && rooms_left.is_empty());
        for (room_id, members) in members {
            let room = self.rooms.insert(room_id);
            for member in members {
                self.change_member(room, member);
            }
        }
        for room_id in rooms_left {
            self.replace_members(room_id, Vec::new());
            self.rooms.leave(room_id);
        }
        news
    }

    pub(super) fn replace_members(&mut self, room_id: &OwnedRoomId, members: Vec<Member>) {
        let room = self.rooms.insert(room_id.clone());
        if *self.size_mut(room) > 0 {
            let staying: HashSet<&UserId> = members.iter().map(|member| &*member.user_id).collect();
            let mut left = 0;
            for (user_id, contact) in &mut self.people {
                left += usize::from(!staying.contains(&**user_id) && contact.leave(room));
            }
            *self.size_mut(room) -= left;
        }
        for member in members {
            self.change_member(room, MemberChange { member, joined: true });
        }
    }

    fn change_member(&mut self, room: usize, MemberChange { member, joined }: MemberChange) {
        let Some((index, contact)) = self.contact_mut(member.user_id) else { return };
        if !joined {
            let left = contact.leave(room);
            *self.size_mut(room) -= usize::from(left);
            return;
        }
        let new = !contact.shares_room();
        let came = contact.join(room);
        if new {
            self.joiners.insert(index);
        }
        *self.size_mut(room) += usize::from(came);
        let (user_id, contact) = self.people.get_index_mut(index).expect("nobody is removed");
        contact.rename(user_id, member.displayname.as_deref());
    }

    /// Returns the number of other members of a room.
    fn size_mut(&mut self, room: usize) -> &mut usize {
        if self.sizes.len() <= room {
            self.sizes.resize(room + 1, 0);
        }
        &mut self.sizes[room]
    }

    fn set_direct(&mut self, direct: Vec<(OwnedUserId, Vec<OwnedRoomId>)>) {
        self.people.values_mut().for_each(|contact| contact.direct_rooms.clear());
        for (user_id, rooms) in direct {
            let rooms = rooms.into_iter().map(|room_id| self.rooms.insert(room_id)).collect();
            if let Some((_, contact)) = self.contact_mut(user_id) {
                contact.direct_rooms = rooms;
            }
        }
    }

    /// Returns the display name of a room.
    #[must_use]
    pub(crate) fn room_name(&self, room: usize) -> String {
        let others = self.by_name.iter().map(|&index| &self.people[index]);
        let others = others.filter(|contact| contact.rooms.contains(&room)).map(|contact| &*contact.name);
        let count = self.sizes.get(room).copied().unwrap_or_default();
        self.rooms.name_of(room, others, count).into_owned()
    }
}
