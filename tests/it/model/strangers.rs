//! People of whom a homeserver speaks although no room is shared with them.

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use whosin::model::{
    contacts::{Contacts, Hiding},
    event::{Member, Synced},
    presence::{Presence, PresenceEvent, Status},
};

fn user(number: usize) -> OwnedUserId {
    UserId::parse(format!("@user{number}:example.org")).unwrap()
}

#[test]
fn only_so_many_strangers_are_remembered_and_every_contact_is() {
    let mut contacts = Contacts::new(UserId::parse("@me:example.org").unwrap(), Hiding::default());
    for hundred in 0..10 {
        let event = |number| PresenceEvent { sender: user(number), content: Status::new(Presence::Online) };
        let presence = (hundred * 20_000..(hundred + 1) * 20_000).map(event).collect();
        contacts.sync(Synced { presence, ..Synced::default() }, Timestamp::UNIX_EPOCH);
    }
    let room = RoomId::parse("!room:example.org").unwrap();
    let members = [0, 149_999, 150_000, 199_999].map(|n| Member { user_id: user(n), displayname: None });
    contacts.set_members(vec![(room, members.to_vec())]);
    let heard = |number| contacts.get(&user(number)).unwrap().heard.is_some();
    assert_eq!([0, 149_999, 150_000, 199_999].map(heard), [true, true, false, false]);

    let event = PresenceEvent { sender: user(199_999), content: Status::new(Presence::Busy) };
    contacts.sync(Synced { presence: vec![event], ..Synced::default() }, Timestamp::UNIX_EPOCH);
    assert!(contacts.get(&user(199_999)).unwrap().heard.is_some());
}
