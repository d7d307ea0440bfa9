//! What rooms are called, how they are found, and what is in a space.

use matrix_sdk::ruma::{OwnedRoomId, RoomId};
use whosin::model::{event::RoomChange, rooms::Rooms};

fn id(name: &str) -> OwnedRoomId {
    RoomId::parse(format!("!{name}:example.org")).unwrap()
}

fn named(name: &str) -> RoomChange {
    RoomChange::Named(Some(name.into()))
}

fn at(address: &str) -> RoomChange {
    RoomChange::Aliased(Some(address.into()))
}

fn lists(room: &str) -> RoomChange {
    RoomChange::Child { room_id: id(room), listed: true }
}

fn lists_no_longer(room: &str) -> RoomChange {
    RoomChange::Child { room_id: id(room), listed: false }
}

fn space_of(children: &[&str]) -> Vec<RoomChange> {
    let children = children.iter().map(|room| lists(room));
    std::iter::once(RoomChange::Space).chain(children).collect()
}

fn rooms(changes: Vec<(&str, Vec<RoomChange>)>) -> Rooms {
    let mut rooms = Rooms::default();
    rooms.change(changes.into_iter().map(|(room, changes)| (id(room), changes)).collect());
    rooms
}

/// What a room is called among some others.
pub fn called(rooms: &Rooms, room: &str, others: &[&str]) -> String {
    rooms.name_of(rooms.index_of(&id(room)).unwrap(), others.iter().copied(), others.len()).into_owned()
}

/// The rooms within one, by ID.
pub fn within(rooms: &Rooms, room: &str) -> Vec<String> {
    let mut found: Vec<_> = rooms
        .within(rooms.index_of(&id(room)).unwrap())
        .into_iter()
        .map(|room| rooms.id_of(room).as_str().trim_start_matches('!').replace(":example.org", ""))
        .collect();
    found.sort();
    found
}

/// The rooms that are meant, by ID.
fn found(rooms: &Rooms, written: &str) -> Vec<OwnedRoomId> {
    rooms.find(written).into_iter().map(|room| rooms.id_of(room).to_owned()).collect()
}

#[test]
fn a_room_keeps_its_index() {
    let mut rooms = Rooms::default();
    let tea = rooms.insert(id("tea"));
    let coffee = rooms.insert(id("coffee"));
    rooms.leave(&id("tea"));
    assert_eq!((rooms.insert(id("tea")), rooms.insert(id("coffee"))), (tea, coffee));
    assert_eq!(rooms.index_of(&id("coffee")), Some(coffee));
    assert_eq!(rooms.id_of(coffee), id("coffee"));
    assert_eq!(rooms.index_of(&id("cocoa")), None);
}

#[test]
fn a_room_is_called_by_its_name_then_its_address_then_its_members() {
    let mut rooms = rooms(vec![("tea", vec![at("#tea:example.org"), named("Tea kitchen")])]);
    assert_eq!(called(&rooms, "tea", &["Bob"]), "Tea kitchen");
    rooms.change(vec![(id("tea"), vec![RoomChange::Named(None)])]);
    assert_eq!(called(&rooms, "tea", &["Bob"]), "#tea:example.org");
    rooms.change(vec![(id("tea"), vec![RoomChange::Aliased(None)])]);
    assert_eq!(called(&rooms, "tea", &["Bob"]), "Bob");
}

#[test]
fn a_room_without_a_name_is_called_after_its_members() {
    let rooms = rooms(vec![("tea", vec![])]);
    let table: [(&[&str], &str); 5] = [
        (&[], "Empty room"),
        (&["Bob"], "Bob"),
        (&["Bob", "Carol"], "Bob and Carol"),
        (&["Bob", "Carol", "Dan"], "Bob, Carol and 1 other"),
        (&["Bob", "Carol", "Dan", "Eve", "Fay"], "Bob, Carol and 3 others"),
    ];
    for (others, name) in table {
        assert_eq!(called(&rooms, "tea", others), name);
    }
}

#[test]
fn names_are_cleaned_and_an_empty_one_does_not_count() {
    let hostile = named("\u{1b}]0;owned\u{7}Tea \u{202e}nehctik\n");
    let rooms = rooms(vec![("tea", vec![hostile]), ("blank", vec![named("\u{200b} \n")])]);
    assert_eq!(called(&rooms, "tea", &[]), "Tea nehctik");
    assert_eq!(called(&rooms, "blank", &[]), "Empty room");
}

#[test]
fn the_name_of_a_left_room_is_forgotten() {
    let mut rooms = rooms(vec![("tea", vec![named("Tea kitchen")]), ("club", space_of(&["tea"]))]);
    rooms.leave(&id("tea"));
    rooms.leave(&id("club"));
    rooms.leave(&id("unheard-of"));
    assert_eq!(called(&rooms, "tea", &["Bob"]), "Bob");
    assert_eq!(within(&rooms, "club"), ["club"]);
}

#[test]
fn a_room_is_found_by_its_name_its_address_or_its_id() {
    let rooms = rooms(vec![
        ("old", vec![named("Grüne Küche")]),
        ("tea", vec![named("Tea kitchen"), at("#tea:example.org")]),
        ("new", vec![named("Grüne Küche")]),
    ]);
    for written in ["Tea kitchen", "TEA KITCHEN", " tea  kitchen ", "#tea:example.org", "!tea:example.org"] {
        assert_eq!(found(&rooms, written), [id("tea")], "{written}");
    }
    assert_eq!(found(&rooms, "GRÜNE küche"), [id("old"), id("new")]);
    for written in ["", "tea", "#coffee:example.org", "!coffee:example.org"] {
        assert!(found(&rooms, written).is_empty(), "{written}");
    }
}

#[test]
fn a_space_holds_its_rooms_and_those_of_the_spaces_in_it() {
    let rooms = rooms(vec![
        ("club", space_of(&["tea", "sports"])),
        ("sports", space_of(&["chess", "club"])),
        // A room that is no space can contain such state as well.
        ("tea", vec![lists("coffee")]),
    ]);
    assert_eq!(within(&rooms, "club"), ["chess", "club", "sports", "tea"]);
    assert_eq!(within(&rooms, "sports"), ["chess", "club", "sports", "tea"]);
    assert_eq!(within(&rooms, "tea"), ["tea"]);
}

#[test]
fn a_room_can_be_taken_out_of_a_space() {
    let mut rooms = rooms(vec![("club", space_of(&["tea", "chess"]))]);
    rooms.change(vec![(id("club"), vec![lists_no_longer("tea"), lists_no_longer("unheard-of")])]);
    assert_eq!(within(&rooms, "club"), ["chess", "club"]);
}
