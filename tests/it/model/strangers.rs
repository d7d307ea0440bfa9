//! People of whom a homeserver speaks although no room is shared with them.

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use whosin::model::{
    contacts::{Contacts, Hiding},
    event::{Member, MemberChange, Synced},
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

#[test]
fn those_who_come_and_go_for_ever_take_no_more_room_and_move_nobody() {
    let mut contacts = Contacts::new(UserId::parse("@me:example.org").unwrap(), Hiding::default());
    let room = RoomId::parse("!room:example.org").unwrap();
    let staying = 7;
    let changes = |joined, numbers: std::ops::Range<usize>| {
        let change = |number| {
            let member = Member { user_id: user(number), displayname: None };
            MemberChange { member, joined }
        };
        let members =
            vec![(room.clone(), numbers.filter(|it| !joined || *it != staying).map(change).collect())];
        Synced { members, ..Synced::default() }
    };
    contacts.sync(changes(true, 0..staying), Timestamp::UNIX_EPOCH);
    contacts.set_members(vec![(room.clone(), vec![Member { user_id: user(staying), displayname: None }])]);
    let place = contacts.index_of(&user(staying));
    for round in 0..16 {
        let passing = (round * 25_000 + 100)..((round + 1) * 25_000 + 100);
        contacts.sync(changes(true, passing.clone()), Timestamp::UNIX_EPOCH);
        assert_eq!(contacts.total(), 25_001, "each of them is a contact while they are here");
        contacts.sync(changes(false, passing), Timestamp::UNIX_EPOCH);
        assert_eq!((contacts.total(), contacts.index_of(&user(staying))), (1, place));
    }
    assert!(contacts.people().len() <= 200_000, "{}", contacts.people().len());
}
