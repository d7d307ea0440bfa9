//! Generated casts of any size, to try whosin with many contacts.

use std::time::Duration;

use super::{Cast, Change, Contact, NewState, Presence, Room};

const GIVEN: [&str; 16] = [
    "Amara", "Bjarne", "Chiara", "Dario", "Elif", "Fatou", "Goran", "Hana", "Ines", "Joao", "Keiko", "Luca",
    "Mirela", "Noor", "Oksana", "Pedro",
];
const FAMILY: [&str; 13] = [
    "Abebe",
    "Brandt",
    "Castro",
    "Dvorak",
    "Eriksen",
    "Fofana",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kovacs",
    "Lindqvist",
    "Moreau",
];
const MESSAGES: [&str; 7] = [
    "at my desk",
    "reviewing",
    "on a call until three",
    "writing things down",
    "out for lunch",
    "reading the logs",
    "pairing, ping me anyway",
];

pub fn gather(contacts: usize) -> Cast {
    let id = "!crowd:demo.localhost".to_owned();
    let room = Room { id, name: Some("Everybody".to_owned()), ..Room::default() };
    Cast { rooms: vec![room], contacts: (0..contacts).map(contact).collect(), script: Vec::new() }
}

fn contact(number: usize) -> Contact {
    let presence = match number % 4 {
        0 => Presence::Online,
        1 => Presence::UnstableBusy,
        2 => Presence::Unavailable,
        _ => Presence::Offline,
    };
    let state = (presence != Presence::Offline).then(|| NewState {
        presence,
        status_msg: Some(MESSAGES[number % MESSAGES.len()].to_owned()),
        last_active_ago: Some(Duration::from_secs(number as u64 % 3600)),
        currently_active: None,
    });
    let start = Change {
        user_id: format!("@contact{number}:demo.localhost"),
        displayname: Some(format!("{} {number}", name(number))),
        state,
        ..Change::default()
    };
    Contact { joined_rooms: Vec::new(), is_direct: false, is_ignored: false, tz: None, start }
}

/// Generates the members of a public room. Most are silent, and nobody has a message.
pub fn fill(room_id: &str, people: usize) -> impl Iterator<Item = Contact> {
    (0..people).map(|number| stranger(number, room_id.to_owned()))
}

fn stranger(number: usize, room_id: String) -> Contact {
    let presence = match number % 24 {
        0 | 5 | 10 | 15 => Some(Presence::Online),
        8 | 20 => Some(Presence::Unavailable),
        13 => Some(Presence::UnstableBusy),
        _ => None,
    };
    let last_active_ago = Some(Duration::from_secs(30 + number as u64));
    let new_state =
        |presence| NewState { presence, status_msg: None, last_active_ago, currently_active: None };
    let start = Change {
        user_id: format!("@{}{number}:harbour.example", GIVEN[number % GIVEN.len()].to_lowercase()),
        displayname: Some(name(number)),
        state: presence.map(new_state),
        ..Change::default()
    };
    Contact { joined_rooms: vec![room_id], is_direct: false, is_ignored: false, tz: None, start }
}

/// Generates a name. The first 208 names differ.
fn name(number: usize) -> String {
    format!("{} {}", GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()])
}
