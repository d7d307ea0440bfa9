//! The snapshot for a subscriber that joins later.

use whosin::{
    model::contacts::{Glob, Hiding},
    ui::list::View,
};

use super::*;

fn ago(name: &str, presence: Presence, message: &str, ago: u64) -> PresenceEvent {
    let status_msg = Some(message.into());
    let content = Status { status_msg, last_active_ago: Some(ago), ..Status::new(presence) };
    PresenceEvent { sender: user(name), content }
}

/// As JSON and back.
fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(told: &T) -> T {
    serde_json::from_str(&serde_json::to_string(told).unwrap()).unwrap()
}

fn hiding() -> Hiding {
    Hiding { large_room: 4, users: vec![Glob::new("@bot*")], ..Hiding::default() }
}

fn known() -> ListedContacts {
    let mut contacts = ListedContacts::showing(hiding(), View::Everyone, &["House"]);
    let child = RoomChange::Child { room_id: room("one"), listed: true };
    contacts.sync(
        Synced {
            initial: true,
            presence: vec![
                ago("ada", Presence::Busy, "in a meeting", 1_000),
                ago("bob", Presence::Other("dnd".into()), "", 90_000),
                ago("cat", Presence::Offline, "on holiday", 9_000_000),
                says("eve", Presence::Online),
            ],
            rooms: vec![
                (room("one"), vec![RoomChange::Named(Some("One".into()))]),
                (room("two"), vec![RoomChange::Aliased(Some("#two:example.org".into()))]),
                (room("house"), vec![RoomChange::Space, RoomChange::Named(Some("House".into())), child]),
            ],
            ignored: Some(vec![user("eve")]),
            direct: Some(vec![(user("bob"), vec![room("dm"), room("left-long-ago")])]),
            ..Synced::default()
        },
        now(),
    );
    let all = |names: &[&str]| names.iter().map(|name| member(name)).collect();
    contacts.set_members(vec![
        (room("one"), all(&["me", "ada", "bob", "bot1"])),
        (room("two"), all(&["me", "ada", "cat", "dan", "eve"])),
        (room("dm"), all(&["me", "bob"])),
        (room("house"), all(&["me"])),
    ]);
    contacts
}

/// Everything that all views show.
fn seen(contacts: &mut ListedContacts) -> Vec<String> {
    let views: Vec<View> = contacts.list.views().collect();
    let mut seen = Vec::new();
    for view in views {
        contacts.show(view);
        seen.push(format!("{}: {:?} {}", contacts.view_name(view), contacts.headings(), contacts.hidden()));
        for row in 0..contacts.len() {
            let (user_id, contact) = contacts.at(row).unwrap();
            let rooms = contacts.rooms_of(user_id);
            seen.push(format!("{user_id} {} {:?} {rooms:?}", contact.name, contact.heard));
        }
    }
    seen
}

#[test]
fn a_snapshot_gives_the_same_contacts_as_the_events() {
    let mut contacts = known();
    let (synced, members) = (through_json(&contacts.synced(now())), through_json(&contacts.members()));
    let mut later = ListedContacts::showing(hiding(), View::Everyone, &["House"]);
    assert_eq!(later.sync(synced, now()), []);
    later.set_members(members);
    let seen_before = seen(&mut contacts);
    assert_eq!(seen_before.iter().filter(|line| line.contains("@ada")).count(), 3, "{seen_before:#?}");
    assert_eq!(seen_before, seen(&mut later));
}

#[test]
fn a_second_snapshot_contains_the_changes_since_the_first() {
    let mut earlier = known();
    let mut contacts = known();
    contacts.sync(presence(vec![says("ada", Presence::Online), says("bob", Presence::Offline)]), now());
    contacts.sync(membership("two", member("dan"), false), now());
    let changes = earlier.sync(contacts.synced(now()), now());
    let mut changes: Vec<_> = changes.into_iter().map(|it| (it.user_id, it.from, it.to)).collect();
    changes.sort();
    assert_eq!(
        changes,
        [
            (user("ada"), Some(Presence::Busy), Presence::Online),
            (user("bob"), Some(Presence::Other("dnd".into())), Presence::Offline),
        ]
    );
    earlier.set_members(contacts.members());
    assert_eq!(seen(&mut earlier), seen(&mut contacts));
}

#[test]
fn a_contact_missing_from_a_first_response_is_offline() {
    let mut contacts = in_a_room(&["ada", "bob"]);
    contacts.sync(presence(vec![says("ada", Presence::Online), says("bob", Presence::Busy)]), now());
    let first = Synced { initial: true, presence: vec![says("bob", Presence::Busy)], ..Synced::default() };
    let changes = contacts.sync(first, now());
    assert_eq!(changes.len(), 1);
    assert_eq!((&changes[0].user_id, &changes[0].to), (&user("ada"), &Presence::Offline));
    assert_eq!(contacts.rows(), ["bob busy", "ada offline"]);
}
