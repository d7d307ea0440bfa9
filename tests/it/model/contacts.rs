//! Contacts as a fold of what the server says.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use whosin::model::{
    contacts::{Contacts, Group, Hiding, Section},
    event::{Member, MemberChange, RoomChange, Synced},
    presence::{Presence, PresenceEvent, Status},
};

use super::list::ListedContacts;
use whosin::ui::list::Sort;

mod snapshot;

pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

pub fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}:example.org")).unwrap()
}

pub fn room(name: &str) -> OwnedRoomId {
    RoomId::parse(format!("!{name}:example.org")).unwrap()
}

pub fn member(name: &str) -> Member {
    Member { user_id: user(name), displayname: Some(name.into()) }
}

pub fn named(name: &str, displayname: &str) -> Member {
    Member { user_id: user(name), displayname: Some(displayname.into()) }
}

pub fn says(name: &str, presence: Presence) -> PresenceEvent {
    PresenceEvent { sender: user(name), content: Status::new(presence) }
}

pub fn presence(events: Vec<PresenceEvent>) -> Synced {
    Synced { presence: events, ..Synced::default() }
}

pub fn membership(in_room: &str, member: Member, joined: bool) -> Synced {
    Synced { members: vec![(room(in_room), vec![MemberChange { member, joined }])], ..Synced::default() }
}

pub fn in_a_room(names: &[&str]) -> ListedContacts {
    let mut contacts = ListedContacts::new();
    contacts.set_members(vec![(room("one"), names.iter().map(|name| member(name)).collect())]);
    contacts
}

pub fn count(contacts: &ListedContacts, wanted: Group) -> usize {
    contacts.list.counts().find(|(group, _)| *group == wanted).unwrap().1
}

#[test]
fn a_user_in_two_shared_rooms_is_one_contact_and_we_are_not_listed() {
    let mut contacts = in_a_room(&["ada", "bob", "me"]);
    contacts.set_members(vec![(room("two"), vec![member("bob"), member("me")])]);
    assert_eq!(contacts.rows(), ["ada silent", "bob silent"]);
}

#[test]
fn direct_chats_come_before_the_rest_as_long_as_their_room_is_shared() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.sort_by(Sort::Room);
    let direct = vec![(user("bob"), vec![room("dm")]), (user("ada"), vec![room("left-long-ago")])];
    contacts.sync(Synced { direct: Some(direct), ..Synced::default() }, now());
    assert_eq!(contacts.at(0).unwrap().1.section, Section::Room);
    contacts.set_members(vec![(room("dm"), vec![member("bob")])]);
    assert_eq!(contacts.rows(), ["bob silent", "ada silent"]);
    contacts.sync(membership("dm", member("bob"), false), now());
    assert_eq!(contacts.rows(), ["ada silent", "bob silent"]);
}

#[test]
fn leaving_the_last_shared_room_removes_the_contact_and_its_presence() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.sync(presence(vec![says("bob", Presence::Online)]), now());
    contacts.sync(membership("one", member("bob"), false), now());
    assert_eq!(contacts.rows(), ["ada silent"]);
    assert_eq!(count(&contacts, Group::Online), 0);
    contacts.sync(membership("one", member("bob"), true), now());
    assert_eq!(contacts.rows(), ["ada silent", "bob silent"]);
}

#[test]
fn leaving_a_room_removes_its_members() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.set_members(vec![(room("two"), vec![member("bob")])]);
    contacts.sync(Synced { rooms_left: vec![room("one")], ..Synced::default() }, now());
    assert_eq!(contacts.rows(), ["bob silent"]);
}

#[test]
fn a_direct_chat_is_not_called_by_the_name_of_whoever_is_in_it() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    let direct = Some(vec![(user("bob"), vec![room("dm"), room("group"), room("named")])]);
    let named = vec![(room("named"), vec![RoomChange::Named(Some("Bob and me".into()))])];
    contacts.sync(Synced { direct, rooms: named, ..Synced::default() }, now());
    contacts.set_members(vec![
        (room("dm"), vec![member("me"), member("bob")]),
        (room("group"), vec![member("me"), member("ada"), member("bob")]),
        (room("named"), vec![member("me"), member("bob")]),
    ]);
    let rooms: Vec<String> = contacts.rooms_of(&user("bob")).into_iter().map(|(_, name)| name).collect();
    assert_eq!(rooms, ["ada and bob", "direct chat", "ada and bob", "Bob and me"]);
}

#[test]
fn a_new_list_of_members_replaces_the_old_one() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.set_members(vec![(room("one"), vec![member("bob"), member("cat")])]);
    assert_eq!(contacts.rows(), ["bob silent", "cat silent"]);
}

#[test]
fn presence_that_comes_before_the_membership_is_kept() {
    let mut contacts = ListedContacts::new();
    contacts.sync(presence(vec![says("bob", Presence::Busy)]), now());
    assert!(contacts.is_empty());
    contacts.set_members(vec![(room("one"), vec![member("bob")])]);
    assert_eq!(contacts.rows(), ["bob busy"]);
}

#[test]
fn contacts_with_the_same_name_are_distinguished() {
    let mut contacts = in_a_room(&["ada"]);
    let shares = |contacts: &ListedContacts| -> Vec<bool> {
        (0..contacts.len()).map(|row| contacts.at(row).unwrap().1.shares_name).collect()
    };
    contacts.sync(membership("one", named("ada2", "ada"), true), now());
    assert_eq!(shares(&contacts), [true, true]);
    contacts.sync(membership("one", named("ada2", "Ada II"), true), now());
    assert_eq!(shares(&contacts), [false, false]);
}

#[test]
fn contacts_whose_names_look_the_same_are_distinguished() {
    for (names, expected) in [
        (["Sam", "sam", "Ѕam"], [true; 3]),
        (["Zoe", "Zoë", "Zoe\u{308}"], [true; 3]),
        (["Alice", "Alice\u{200c}", "AIice"], [true; 3]),
        (["Bob\u{3164}", "B\u{2800}ob", "Ｂｏｂ"], [true, false, true]),
        (["Ada", "Eda", "Ida"], [false; 3]),
        // They call themselves like a user ID that is not theirs.
        (["@zoe:example.org", "Two", "@two:x"], [true, false, true]),
    ] {
        let mut contacts = in_a_room(&["one", "two", "three"]);
        for (user, name) in ["one", "two", "three"].into_iter().zip(names) {
            contacts.sync(membership("one", named(user, name), true), now());
        }
        let told_apart = |user_id: &str| {
            let mut rows = (0..contacts.len()).map(|row| contacts.at(row).unwrap());
            rows.any(|(id, contact)| id.localpart() == user_id && contact.shares_name)
        };
        assert_eq!(["one", "two", "three"].map(told_apart), expected, "{names:?}");
    }
}

#[test]
fn a_name_that_shows_nothing_is_none_and_a_long_one_is_cut() {
    let mut contacts = in_a_room(&[]);
    for nothing in
        ["\u{3164}", "\u{2800}\u{2800}", "\u{115f}\u{1160}", "\u{ffa0}", "\u{200c}", "\u{301}", " \n"]
    {
        contacts.sync(membership("one", named("blank", nothing), true), now());
        assert_eq!(contacts.rows(), ["@blank:example.org silent"], "{nothing:?}");
    }
    let long = "x".repeat(60_000);
    contacts.sync(membership("one", named("blank", &long), true), now());
    assert!(contacts.rows()[0].len() < 1_100, "{}", contacts.rows()[0].len());
}

#[test]
fn names_and_states_are_cleaned_and_an_empty_name_is_the_user_id() {
    let mut contacts = in_a_room(&[]);
    contacts.sync(membership("one", named("evil", "\u{1b}[2J\u{202e}Eve\nl"), true), now());
    contacts.sync(membership("one", named("nobody", "\u{200b}\u{7}"), true), now());
    let state = Presence::from_wire(&format!("\u{1b}]0;x\u{7}{}", "d".repeat(300)));
    contacts.sync(presence(vec![says("evil", state)]), now());
    let shown = contacts.rows();
    assert_eq!(shown[0], format!("Eve l {}…", "d".repeat(23)));
    assert_eq!(shown[1], "@nobody:example.org silent");
}

#[test]
fn an_age_becomes_a_point_in_time_when_it_arrives() {
    let mut contacts = in_a_room(&["ada"]);
    for (ago, expected) in [(60_000, now() - SignedDuration::from_secs(60)), (u64::MAX, Timestamp::MIN)] {
        let content = Status { last_active_ago: Some(ago), ..Status::new(Presence::Unavailable) };
        contacts.sync(presence(vec![PresenceEvent { sender: user("ada"), content }]), now());
        let heard = contacts.at(0).unwrap().1.heard.clone().unwrap();
        assert_eq!(heard.last_active, Some(expected));
    }
}

#[test]
fn presence_that_arrives_before_the_members_of_a_room_is_kept() {
    let mut contacts = ListedContacts::new();
    let named = vec![
        (room("one"), vec![RoomChange::Named(Some("One".into()))]),
        (room("two"), vec![RoomChange::Named(Some("Two".into()))]),
    ];
    let presence = vec![says("ada", Presence::Online), says("bob", Presence::Busy)];
    contacts.sync(Synced { initial: true, rooms: named, presence, ..Synced::default() }, now());
    contacts.set_members(vec![(room("one"), vec![member("ada")]), (room("two"), vec![member("bob")])]);
    assert_eq!(contacts.rows(), ["ada online", "bob busy"]);
}

#[test]
fn a_new_state_of_a_known_contact_is_a_change_and_a_first_state_is_not() {
    let mut contacts = in_a_room(&["bob", "carol"]);
    let initial =
        Synced { initial: true, presence: vec![says("bob", Presence::Online)], ..Synced::default() };
    assert_eq!(contacts.sync(initial, now()), []);
    let told = |contacts: &mut ListedContacts, name, presence| -> Vec<(Option<Presence>, Presence)> {
        let synced = Synced { presence: vec![says(name, presence)], ..Synced::default() };
        contacts.sync(synced, now()).into_iter().map(|change| (change.from, change.to)).collect()
    };
    assert_eq!(told(&mut contacts, "bob", Presence::Online), [], "said again");
    assert_eq!(told(&mut contacts, "bob", Presence::Busy), [(Some(Presence::Online), Presence::Busy)]);
    assert_eq!(told(&mut contacts, "carol", Presence::Online), [(None, Presence::Online)]);
    assert_eq!(told(&mut contacts, "stranger", Presence::Online), [], "shares no room");
    let joins = MemberChange { member: named("dora", "Dora"), joined: true };
    let joined = Synced {
        members: vec![(room("one"), vec![joins])],
        presence: vec![says("dora", Presence::Online)],
        ..Synced::default()
    };
    assert_eq!(contacts.sync(joined, now()), []);
    assert_eq!(told(&mut contacts, "dora", Presence::Offline), [(Some(Presence::Online), Presence::Offline)]);
}

/// Bob, of whom nothing was heard.
fn with_bob() -> Contacts {
    let mut contacts = Contacts::new(user("me"), Hiding::default());
    contacts.set_members(vec![(room("one"), vec![member("bob")])]);
    contacts
}

#[test]
fn a_change_that_a_look_up_shows_first_is_still_a_change() {
    for before in [None, Some(Presence::Offline)] {
        let mut contacts = with_bob();
        if let Some(presence_before) = before.clone() {
            contacts.sync(presence(vec![says("bob", presence_before)]), now());
        }
        contacts.learn(&user("bob"), Status::new(Presence::Busy), now());
        let soon = now() + SignedDuration::from_secs(1);
        let changes = contacts.sync(presence(vec![says("bob", Presence::Busy)]), soon);
        assert_eq!(changes.len(), 1, "{before:?}");
        assert_eq!((&changes[0].from, &changes[0].to), (&before, &Presence::Busy));
        let changes = contacts.sync(presence(vec![says("bob", Presence::Busy)]), soon);
        assert_eq!(changes, [], "once");
    }
}

#[test]
fn a_state_that_a_look_up_has_shown_long_before_is_no_change() {
    let mut contacts = with_bob();
    contacts.learn(&user("bob"), Status::new(Presence::Busy), now());
    let later = now() + SignedDuration::from_secs(60);
    assert_eq!(contacts.sync(presence(vec![says("bob", Presence::Busy)]), later), []);
}
