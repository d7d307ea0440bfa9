//! Which contacts a view lists, in which order, and what a filter finds.

use std::{collections::BTreeSet, ops::Deref};

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use proptest::prelude::*;
use whosin::{
    model::{
        contacts::{Contact, Contacts, Glob, Group, Hiding, Section},
        event::{Member, MemberChange, RoomChange, Synced},
        presence::{Change, Presence, PresenceEvent, Status},
        profile::{FieldChange, ProfileCall, UserStatus},
    },
    ui::list::{Heading, List, Sort, View},
};

use super::contacts::{count, in_a_room, member, membership, named, now, presence, room, says, user};

/// Contacts, and a list that follows each change of them.
pub struct ListedContacts {
    pub contacts: Contacts,
    pub list: List,
    /// The rooms with a view of their own.
    rooms: Vec<String>,
    filter: String,
}

impl ListedContacts {
    pub fn new() -> Self {
        Self::showing(Hiding::default(), View::default(), &[])
    }

    pub fn showing(hiding: Hiding, view: View, rooms: &[&str]) -> Self {
        let rooms: Vec<String> = rooms.iter().map(|room| (*room).to_owned()).collect();
        let contacts = Contacts::new(user("me"), hiding);
        Self { contacts, list: List::new(view, &rooms), rooms, filter: String::new() }
    }

    pub fn sync(&mut self, synced: Synced, now: Timestamp) -> Vec<Change> {
        let changes = self.contacts.sync(synced, now);
        self.list.refresh(&self.contacts);
        changes
    }

    /// Applies what a look-up of a profile has found.
    pub fn learn(&mut self, name: &str, fields: Vec<FieldChange>) {
        self.contacts.learn_profile(&user(name), fields.into_iter().collect(), now());
        self.list.refresh(&self.contacts);
    }

    pub fn set_members(&mut self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) {
        self.contacts.set_members(rooms);
        self.list.refresh(&self.contacts);
    }

    pub fn pin(&mut self, pins: &BTreeSet<OwnedUserId>) {
        self.contacts.pin(pins);
        self.list.refresh(&self.contacts);
    }

    pub fn show(&mut self, view: View) {
        self.list.show(view, &self.contacts);
    }

    pub fn sort_by(&mut self, sort: Sort) {
        self.list.sort_by(sort, &self.contacts);
    }

    pub fn toggle(&mut self, groups: &[Group]) {
        self.list.toggle(groups, &self.contacts);
    }

    pub fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.list.filter(text, &self.contacts);
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn headings(&self) -> Vec<(Heading, usize)> {
        self.list.headings(&self.contacts)
    }

    pub fn view_name(&self, view: View) -> String {
        self.list.view_name(view, &self.contacts)
    }

    pub fn at(&self, row: usize) -> Option<(&UserId, &Contact)> {
        self.list.at(row, &self.contacts)
    }

    pub fn row_of(&self, user_id: &UserId) -> Option<usize> {
        self.list.row_of(user_id, &self.contacts)
    }

    /// The list as a person reads it.
    #[track_caller]
    pub fn rows(&self) -> Vec<String> {
        self.is_as_a_fresh_list();
        rows(&self.list, &self.contacts)
    }

    #[track_caller]
    fn names(&self) -> Vec<&str> {
        self.is_as_a_fresh_list();
        (0..self.len()).map(|row| &*self.at(row).unwrap().1.name).collect()
    }

    /// A list that has followed every change shows the same as one that begins now.
    #[track_caller]
    fn is_as_a_fresh_list(&self) {
        let mut fresh = List::new(self.list.view(), &self.rooms);
        fresh.refresh(&self.contacts);
        let away: Vec<Group> = Group::ALL.into_iter().filter(|group| !self.list.lists(*group)).collect();
        fresh.toggle(&away, &self.contacts);
        fresh.sort_by(self.list.sort(), &self.contacts);
        fresh.filter(&self.filter, &self.contacts);
        assert_eq!(rows(&self.list, &self.contacts), rows(&fresh, &self.contacts));
        assert_eq!(counts(&self.list), counts(&fresh));
        assert_eq!(self.headings(), fresh.headings(&self.contacts));
        for row in 0..self.len() {
            assert_eq!(self.row_of(self.at(row).unwrap().0), Some(row));
        }
    }
}

impl Deref for ListedContacts {
    type Target = Contacts;

    fn deref(&self) -> &Contacts {
        &self.contacts
    }
}

fn rows(list: &List, contacts: &Contacts) -> Vec<String> {
    let rows = (0..list.len()).map(|row| list.at(row, contacts).unwrap());
    rows.map(|(_, contact)| {
        let state = contact.heard.as_ref().map_or("silent", |heard| heard.presence.label());
        format!("{} {state}", contact.name)
    })
    .collect()
}

fn counts(list: &List) -> Vec<(Group, usize)> {
    list.counts().collect()
}

/// Ada and Bob in a small room, Bob in a direct chat, Cat and Dan in a large one of four, we included.
fn in_many_rooms(hiding: Hiding, rooms: &[&str]) -> ListedContacts {
    let mut contacts = ListedContacts::showing(hiding, View::People, rooms);
    let named = |of: &str, name: &str| (room(of), vec![RoomChange::Named(Some(name.into()))]);
    let child = |of: &str| RoomChange::Child { room_id: room(of), listed: true };
    let rooms = vec![
        named("small", "Small talk"),
        named("large", "Large hall"),
        (room("space"), vec![RoomChange::Named(Some("House".into())), RoomChange::Space, child("small")]),
    ];
    let direct = Some(vec![(user("bob"), vec![room("dm")])]);
    contacts.sync(Synced { initial: true, rooms, direct, ..Synced::default() }, now());
    let all = |names: &[&str]| names.iter().map(|name| member(name)).collect();
    contacts.set_members(vec![
        (room("small"), all(&["me", "ada", "bob"])),
        (room("dm"), all(&["me", "bob"])),
        (room("large"), all(&["me", "ada", "cat", "dan"])),
        (room("space"), all(&["me"])),
    ]);
    contacts
}

#[test]
fn free_people_come_first_and_offline_and_silent_ones_stand_together() {
    let mut contacts = in_a_room(&["ann", "bea", "cat", "dan", "eve", "fay"]);
    let dnd = Presence::Other("dnd".into());
    for (name, state) in [
        ("ann", Presence::Offline),
        ("cat", dnd),
        ("dan", Presence::Unavailable),
        ("eve", Presence::Busy),
        ("fay", Presence::Online),
    ] {
        contacts.sync(presence(vec![says(name, state)]), now());
    }
    let order = ["fay online", "eve busy", "dan unavailable", "cat dnd", "ann offline", "bea silent"];
    assert_eq!(contacts.rows(), order);
    assert_eq!(count(&contacts, Group::Busy), 1);
    assert_eq!(count(&contacts, Group::Silent), 1);
}

#[test]
fn the_filter_finds_names_and_user_ids_whatever_their_case() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.sync(membership("one", named("x1", "Ünal Adamou"), true), now());
    contacts.filter("ADA");
    assert_eq!(contacts.rows(), ["ada silent", "Ünal Adamou silent"]);
    contacts.filter("ünal");
    assert_eq!(contacts.rows(), ["Ünal Adamou silent"]);
    contacts.filter("@bob:");
    assert_eq!((contacts.rows(), contacts.total()), (vec!["bob silent".to_owned()], 3));
    assert_eq!(contacts.row_of(&user("bob")), Some(0));
    assert_eq!(contacts.row_of(&user("ada")), None);
    contacts.filter("");
    assert_eq!(contacts.len(), 3);
}

#[test]
fn the_filter_finds_accented_names_whatever_of_their_accents_is_typed() {
    let mut contacts = in_a_room(&[]);
    let people = ["Nguyễn", "Jose\u{301}", "Łódź", "Ødegård", "박준호", "Алёна"];
    for (at, name) in people.into_iter().enumerate() {
        contacts.sync(membership("one", named(&format!("u{at}"), name), true), now());
    }
    for (typed, found) in [
        ("nguyen", "Nguyễn"),
        ("nguyễn", "Nguyễn"),
        ("jose", "Jose\u{301}"),
        ("josé", "Jose\u{301}"),
        ("lodz", "Łódź"),
        ("odegard", "Ødegård"),
        ("바", "박준호"),
        ("алена", "Алёна"),
    ] {
        contacts.filter(typed);
        assert_eq!(contacts.names(), [found], "{typed}");
    }
}

#[test]
fn each_state_has_a_heading_that_counts_and_favourites_come_first_below_it() {
    let mut contacts = in_a_room(&["ann", "bea", "cat", "dan", "eve", "fay", "gus"]);
    let other = |word: &str| Presence::Other(word.into());
    for (name, state) in [
        ("ann", Presence::Online),
        ("bea", Presence::Online),
        ("cat", other("lunch")),
        ("dan", other("dnd")),
        ("eve", other("lunch")),
        ("fay", Presence::Offline),
    ] {
        contacts.sync(presence(vec![says(name, state)]), now());
    }
    contacts.pin(&BTreeSet::from([user("bea"), user("eve"), user("gus")]));
    assert_eq!(contacts.names(), ["bea", "ann", "dan", "eve", "cat", "gus", "fay"]);
    let headings = |offline| {
        [
            (Heading::State(Group::Online), 2),
            (Heading::Other("dnd".into()), 1),
            (Heading::Other("lunch".into()), 2),
            (Heading::State(Group::Offline), offline),
        ]
    };
    assert_eq!(contacts.headings(), headings(2));
    contacts.toggle(&[Group::Offline]);
    assert_eq!(contacts.headings(), headings(1), "silent contacts stay below the heading");
    contacts.toggle(&[Group::Silent]);
    assert_eq!(contacts.headings(), headings(0), "a heading without rows tells of those who are left out");
    assert_eq!(contacts.names(), ["bea", "ann", "dan", "eve", "cat"]);
}

#[test]
fn contacts_without_presence_who_have_a_status_come_before_the_others_and_calls_first() {
    let mut contacts = in_a_room(&["ann", "bea", "cat", "dan", "eve"]);
    contacts.sync(presence(vec![says("eve", Presence::Online)]), now());
    let status = || FieldChange::UnstableStatus(UserStatus::new("🌴", "On holiday"));
    contacts.learn("dan", vec![status()]);
    contacts.learn("eve", vec![status()]);
    contacts.learn("cat", vec![FieldChange::Call(Some(ProfileCall::default()))]);
    assert_eq!(contacts.names(), ["eve", "cat", "dan", "ann", "bea"]);
    let headings =
        [(Heading::State(Group::Online), 1), (Heading::Status, 2), (Heading::State(Group::Offline), 2)];
    assert_eq!(contacts.headings(), headings);
    assert_eq!(contacts.list.with_status(), 2);
    contacts.sort_by(Sort::Name);
    contacts.sort_by(Sort::State);
    assert_eq!(contacts.names(), ["eve", "cat", "dan", "ann", "bea"], "built anew, it is the same");
    contacts.learn("dan", Vec::new());
    contacts.learn("cat", Vec::new());
    assert_eq!(contacts.names(), ["eve", "ann", "bea", "cat", "dan"]);
}

#[test]
fn a_server_that_sends_a_word_for_each_contact_makes_few_headings() {
    let names: Vec<String> = (0..40).map(|number| format!("u{number:02}")).collect();
    let mut contacts = in_a_room(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        contacts.sync(presence(vec![says(name, Presence::Other((&*format!("at {name}")).into()))]), now());
    }
    let headings = contacts.headings();
    assert_eq!(headings.len(), 7);
    assert_eq!(headings.last(), Some(&(Heading::State(Group::Other), 34)));
}

fn crowd_of_four() -> Hiding {
    Hiding { large_room: 3, ..Hiding::default() }
}

#[test]
fn contacts_of_large_rooms_are_listed_under_everyone_only() {
    let mut contacts = in_many_rooms(crowd_of_four(), &[]);
    contacts.sort_by(Sort::Room);
    assert_eq!(contacts.names(), ["bob", "ada"]);
    let known: usize = contacts.known().map(|(_, count)| count).sum();
    assert_eq!((known, contacts.total()), (2, 4));
    contacts.show(View::Everyone);
    assert_eq!(contacts.names(), ["bob", "ada", "cat", "dan"]);
    let sections = [(Section::Direct, 1), (Section::Room, 1), (Section::Large, 2)];
    assert_eq!(contacts.headings(), sections.map(|(section, rows)| (Heading::Section(section), rows)));
    contacts.show(View::Direct);
    assert_eq!(contacts.names(), ["bob"]);
}

#[test]
fn a_room_is_large_only_while_it_has_so_many_members() {
    let mut contacts = in_many_rooms(crowd_of_four(), &[]);
    contacts.sort_by(Sort::Room);
    contacts.sync(membership("large", member("dan"), false), now());
    assert_eq!(contacts.names(), ["bob", "ada", "cat"]);
    contacts.sync(membership("large", member("eve"), true), now());
    assert_eq!(contacts.names(), ["bob", "ada"]);
    let mut without_limit = in_many_rooms(Hiding { large_room: 0, ..Hiding::default() }, &[]);
    without_limit.sort_by(Sort::Room);
    assert_eq!(without_limit.names(), ["bob", "ada", "cat", "dan"]);
}

#[test]
fn a_change_of_a_contact_in_large_rooms_only_is_marked() {
    let mut contacts = in_many_rooms(crowd_of_four(), &[]);
    let events = vec![says("ada", Presence::Online), says("cat", Presence::Online)];
    let changes = contacts.sync(presence(events), now());
    let strangers: Vec<bool> = changes.iter().map(|change| change.in_large_rooms_only).collect();
    assert_eq!(strangers, [false, true]);
}

#[test]
fn favourites_are_listed_everywhere_and_never_left_out() {
    let hiding = Hiding { users: vec![Glob::new("@d*"), Glob::new("@a*")], ..crowd_of_four() };
    let mut contacts = in_many_rooms(hiding, &[]);
    contacts.sort_by(Sort::Room);
    assert_eq!((contacts.names(), contacts.hidden()), (vec!["bob"], 2));
    contacts.pin(&BTreeSet::from([user("dan"), user("nobody")]));
    assert_eq!((contacts.names(), contacts.hidden()), (vec!["bob", "dan"], 1));
    contacts.show(View::Favourites);
    assert_eq!(contacts.names(), ["dan"]);
    contacts.pin(&BTreeSet::new());
    assert!(contacts.is_empty());
}

#[test]
fn ignored_users_are_left_out_as_long_as_they_are_ignored() {
    let mut contacts = in_many_rooms(Hiding::default(), &[]);
    let ignoring = |names: &[&str]| Synced {
        ignored: Some(names.iter().map(|name| user(name)).collect()),
        ..Synced::default()
    };
    contacts.sync(ignoring(&["bob", "cat"]), now());
    assert_eq!((contacts.names(), contacts.hidden()), (vec!["ada", "dan"], 2));
    assert_eq!(contacts.sync(presence(vec![says("bob", Presence::Online)]), now()), []);
    contacts.sync(ignoring(&[]), now());
    assert_eq!(contacts.names(), ["bob", "ada", "cat", "dan"]);
    let mut all = in_many_rooms(Hiding { ignored: false, ..Hiding::default() }, &[]);
    all.sync(ignoring(&["bob"]), now());
    assert_eq!(all.hidden(), 0);
}

#[test]
fn a_room_or_a_space_of_ones_choice_has_a_view_under_its_name() {
    let mut contacts = in_many_rooms(crowd_of_four(), &["large hall", "HOUSE", "Attic"]);
    let views: Vec<View> = contacts.list.views().collect();
    let called: Vec<String> = views.iter().map(|view| contacts.view_name(*view)).collect();
    assert_eq!(called, ["Favourites", "Direct", "Large hall", "House", "Attic", "People", "Everyone"]);
    for (at, listed) in [(2, vec!["ada", "cat", "dan"]), (3, vec!["ada", "bob"]), (4, vec![])] {
        contacts.show(views[at]);
        contacts.sort_by(Sort::Room);
        assert_eq!(contacts.names(), listed);
        assert_eq!(contacts.list.is_unknown(views[at]), at == 4);
        assert_eq!(contacts.headings(), [], "a chosen room has no parts");
    }
}

#[test]
fn a_list_that_is_arranged_while_it_is_behind_has_every_change() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.contacts.sync(membership("one", named("cat", "cat"), true), now());
    contacts.sort_by(Sort::Name);
    assert_eq!(contacts.names(), ["ada", "bob", "cat"]);
    contacts.contacts.sync(presence(vec![says("cat", Presence::Online)]), now());
    contacts.sort_by(Sort::State);
    assert_eq!(contacts.names(), ["cat", "ada", "bob"]);
}

#[test]
fn hidden_states_are_still_counted() {
    let mut contacts = in_a_room(&["ada", "bob", "cat"]);
    contacts.sync(presence(vec![says("ada", Presence::Online), says("bob", Presence::Offline)]), now());
    let absent = [Group::Offline, Group::Silent];
    contacts.toggle(&absent);
    assert_eq!(contacts.names(), ["ada"]);
    assert_eq!((count(&contacts, Group::Offline), contacts.list.lists(Group::Offline)), (1, false));
    contacts.toggle(&[Group::Silent]);
    assert_eq!(contacts.names(), ["ada", "cat"]);
    contacts.toggle(&absent);
    assert_eq!(contacts.names(), ["ada"], "one of them is listed, so both go");
    contacts.sync(presence(vec![says("ada", Presence::Offline), says("bob", Presence::Busy)]), now());
    assert_eq!(contacts.names(), ["bob"]);
    contacts.toggle(&absent);
    assert_eq!(contacts.names(), ["bob", "ada", "cat"]);
}

#[test]
fn the_list_is_sorted_by_state_name_last_activity_or_room() {
    let mut contacts = in_a_room(&["ada", "bob", "cat", "dan"]);
    let active = |name: &str, presence, ago| {
        let content = Status { last_active_ago: ago, ..Status::new(presence) };
        PresenceEvent { sender: user(name), content }
    };
    contacts.sync(
        presence(vec![
            active("ada", Presence::Offline, Some(90_000)),
            active("bob", Presence::Online, None),
            active("cat", Presence::Busy, Some(10_000)),
        ]),
        now(),
    );
    let now_active =
        Status { currently_active: true, last_active_ago: Some(1), ..Status::new(Presence::Online) };
    contacts.sync(presence(vec![PresenceEvent { sender: user("dan"), content: now_active }]), now());
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(contacts.names().join(" "));
        contacts.sort_by(contacts.list.sort().next());
    }
    assert_eq!(orders, ["bob dan cat ada", "ada bob cat dan", "dan cat ada bob", "bob dan cat ada"]);
}

#[test]
fn a_filter_finds_by_name_id_message_and_room_the_best_first() {
    let mut contacts = in_many_rooms(Hiding::default(), &[]);
    let joins = [named("x1", "Roberta Hall"), named("hal", "Zoe"), named("x2", "Henry Alison Lee")];
    for joining in joins {
        contacts.sync(membership("small", joining, true), now());
    }
    let busy = Status { status_msg: Some("in the big Hall".into()), ..Status::new(Presence::Busy) };
    contacts.sync(presence(vec![PresenceEvent { sender: user("bob"), content: busy }]), now());
    contacts.filter("hal");
    assert_eq!(
        contacts.names(),
        ["Roberta Hall", "Zoe", "bob", "ada", "cat", "dan"],
        "by name, by ID, by message, and those in the Large hall; no scattered letters"
    );
    assert_eq!(contacts.headings(), [], "the best come first, whoever they are");
    contacts.filter("hal zo");
    assert_eq!(contacts.names(), ["Zoe"], "each word is found somewhere");
    contacts.filter("halx");
    assert!(contacts.is_empty());
    contacts.filter("  ");
    assert_eq!(contacts.len(), 7);
}

#[test]
fn beginnings_of_words_come_before_parts_and_scattered_letters_only_alone() {
    let mut contacts = in_a_room(&[]);
    for (at, name) in ["Joan Anders", "Susanna", "Andrea", "Alexander", "Aron Olsen"].into_iter().enumerate()
    {
        contacts.sync(membership("one", named(&format!("u{at}"), name), true), now());
    }
    let busy = Status { status_msg: Some("lunch and more".into()), ..Status::new(Presence::Busy) };
    contacts.sync(presence(vec![PresenceEvent { sender: user("u1"), content: busy }]), now());
    contacts.filter("an");
    assert_eq!(contacts.names(), ["Andrea", "Joan Anders", "Susanna", "Alexander"], "not Aron");
    contacts.filter("and");
    assert_eq!(contacts.names(), ["Andrea", "Joan Anders", "Susanna", "Alexander"], "her message begins so");
    contacts.filter("aol");
    assert_eq!(contacts.names(), ["Aron Olsen"], "nothing else matches");
    contacts.sync(membership("one", named("u9", "Aolani"), true), now());
    assert_eq!(contacts.names(), ["Aolani"]);
    let says = |message: &str| Status { status_msg: Some(message.into()), ..Status::new(Presence::Busy) };
    contacts.filter("aon");
    assert_eq!(contacts.names(), ["Aron Olsen", "Aolani"]);
    for (message, found) in [("aon", vec!["Susanna"]), ("", vec!["Aron Olsen", "Aolani"])] {
        contacts.sync(presence(vec![PresenceEvent { sender: user("u1"), content: says(message) }]), now());
        assert_eq!(contacts.names(), found);
    }
}

#[test]
fn a_filter_follows_changes_of_contacts() {
    let mut contacts = in_a_room(&["ada", "bob", "cat"]);
    contacts.filter("lunch");
    assert!(contacts.is_empty());
    let says = |name: &str, message: &str| {
        let content = Status { status_msg: Some(message.into()), ..Status::new(Presence::Unavailable) };
        presence(vec![PresenceEvent { sender: user(name), content }])
    };
    contacts.sync(says("cat", "lunch"), now());
    contacts.sync(says("ada", "at lunch"), now());
    assert_eq!(contacts.names(), ["cat", "ada"], "at the start of the message is better");
    assert_eq!(contacts.row_of(&user("ada")), Some(1));
    contacts.sync(says("cat", "back"), now());
    assert_eq!(contacts.names(), ["ada"]);
    contacts.filter("lunchx");
    assert!(contacts.is_empty());
    contacts.filter("lunch");
    assert_eq!(contacts.names(), ["ada"], "less is typed, more is found");
}

#[test]
fn a_server_with_a_port_is_found_however_it_is_typed() {
    let mut contacts = in_a_room(&["ada"]);
    let bob = Member { user_id: UserId::parse("@bob:matrix.org:8448").unwrap(), displayname: None };
    contacts.sync(membership("one", Member { displayname: Some("Bob".into()), ..bob }, true), now());
    let typed = "matrix.org:8448";
    (1..=typed.len()).for_each(|end| contacts.filter(&typed[..end]));
    assert_eq!(contacts.names(), ["Bob"]);
}

#[test]
fn a_filter_follows_the_rooms_that_are_renamed() {
    let mut contacts = in_many_rooms(Hiding::default(), &[]);
    contacts.filter("attic");
    assert!(contacts.is_empty());
    let named = vec![(room("large"), vec![RoomChange::Named(Some("Attic".into()))])];
    contacts.sync(Synced { rooms: named, ..Synced::default() }, now());
    assert_eq!(contacts.names(), ["ada", "cat", "dan"]);
}

#[test]
fn a_list_begins_anew_with_the_contacts_of_another_engine() {
    let mut long_followed = in_a_room(&["ada", "bob", "cat"]);
    for state in [Presence::Online, Presence::Busy, Presence::Unavailable] {
        long_followed.sync(presence(vec![says("cat", state)]), now());
    }
    let begun_just_now = in_a_room(&["dan"]);
    assert!(begun_just_now.revision() < long_followed.revision());
    long_followed.contacts = begun_just_now.contacts;
    long_followed.list.refresh(&long_followed.contacts);
    assert_eq!(long_followed.rows(), ["dan silent"]);
}

/// One event of a server. Presence comes only of users who share a room.
#[derive(Clone, Debug)]
enum Said {
    Presence(usize, Presence),
    Rename(usize, u8),
}

const PEOPLE: [&str; 6] = ["ada", "bob", "cat", "dan", "eve", "fay"];

fn said() -> impl Strategy<Value = Said> {
    let state = prop_oneof![
        Just(Presence::Online),
        Just(Presence::Busy),
        Just(Presence::Unavailable),
        Just(Presence::Other("dnd".into())),
        Just(Presence::Offline),
    ];
    prop_oneof![
        4 => (0..PEOPLE.len(), state).prop_map(|(who, state)| Said::Presence(who, state)),
        1 => (0..PEOPLE.len(), 0..3u8).prop_map(|(who, name)| Said::Rename(who, name)),
    ]
}

fn synced(all: &[Said]) -> Synced {
    let mut synced = Synced::default();
    for said in all {
        match said {
            Said::Presence(who, state) => synced.presence.push(says(PEOPLE[*who], state.clone())),
            Said::Rename(who, name) => {
                let member = named(PEOPLE[*who], &format!("name {name}"));
                synced.members.push((room("one"), vec![MemberChange { member, joined: true }]));
            }
        }
    }
    synced
}

proptest! {
    #[test]
    fn in_every_view_and_order_any_split_of_the_same_events_gives_the_same_list(
        all in prop::collection::vec(said(), 0..40),
        cut in 0..40usize,
        view in 0..4usize,
        sort in 0..4usize,
        filter in prop_oneof![Just(""), Just("a"), Just("name 1"), Just("on")],
    ) {
        let prepared = || {
            let mut contacts = in_a_room(&PEOPLE);
            contacts.pin(&BTreeSet::from([user(PEOPLE[0]), user(PEOPLE[1])]));
            let view = contacts.list.views().nth(view).unwrap();
            contacts.show(view);
            contacts.sort_by([Sort::State, Sort::Name, Sort::Activity, Sort::Room][sort]);
            contacts.toggle(&[Group::Busy]);
            contacts.filter(filter);
            contacts
        };
        let (mut at_once, mut in_parts, cut) = (prepared(), prepared(), cut.min(all.len()));
        at_once.sync(synced(&all), now());
        for part in [&all[..cut], &all[cut..]] {
            for said in part {
                in_parts.sync(synced(std::slice::from_ref(said)), now());
            }
        }
        prop_assert_eq!(at_once.rows(), in_parts.rows());
        prop_assert_eq!(at_once.known().collect::<Vec<_>>(), in_parts.known().collect::<Vec<_>>());
        for row in 0..in_parts.len() {
            let user_id = in_parts.at(row).unwrap().0;
            prop_assert_eq!(in_parts.row_of(user_id), Some(row));
        }
        // Typing a word letter by letter finds the same as the whole word.
        in_parts.filter("");
        filter.char_indices().for_each(|(at, c)| in_parts.filter(&filter[..at + c.len_utf8()]));
        prop_assert_eq!(at_once.rows(), in_parts.rows());
    }

    #[test]
    fn any_split_of_the_same_events_into_syncs_gives_the_same_contacts(
        all in prop::collection::vec(said(), 0..60),
        cuts in prop::collection::vec(0..60usize, 0..8),
    ) {
        let mut at_once = in_a_room(&PEOPLE);
        at_once.sync(synced(&all), now());
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(all.len())).collect();
        cuts.extend([0, all.len()]);
        cuts.sort_unstable();
        let mut in_parts = in_a_room(&PEOPLE);
        for pair in cuts.windows(2) {
            in_parts.sync(synced(&all[pair[0]..pair[1]]), now());
        }
        prop_assert_eq!(at_once.rows(), in_parts.rows());
        prop_assert_eq!(counts(&at_once.list), counts(&in_parts.list));
        for row in 0..in_parts.len() {
            let user_id = in_parts.at(row).unwrap().0;
            prop_assert_eq!(in_parts.row_of(user_id), Some(row));
        }
    }

    #[test]
    fn a_list_that_fell_behind_catches_up(
        all in prop::collection::vec(said(), 0..200),
        every in 1..100usize,
        sort in 0..4usize,
        filter in prop_oneof![Just(""), Just("a"), Just("on")],
    ) {
        let mut contacts = in_a_room(&PEOPLE);
        contacts.sort_by([Sort::State, Sort::Name, Sort::Activity, Sort::Room][sort]);
        contacts.filter(filter);
        for together in all.chunks(every) {
            for said in together {
                contacts.contacts.sync(synced(std::slice::from_ref(said)), now());
            }
            contacts.list.refresh(&contacts.contacts);
            contacts.is_as_a_fresh_list();
        }
    }
}
