//! The fuzz targets: one for each parser of bytes that others choose. None may panic, and what it shows is clean.

use std::collections::HashSet;

use jiff::{Timestamp, tz::TimeZone};
use whosin::{
    cli::{
        config,
        watch::{Bar, Format},
    },
    demo::Cast,
    engine::protocol::{self, Reply, Request},
    model::{
        self, Model, Saved,
        contacts::{Contacts, Hiding},
        deadline,
        event::{Account, Event, Update},
        own::SavedPresence,
        preferences::Preferences,
        profile::NewStatus,
        record::Record,
        settings::Settings,
        text,
    },
    server::{SyncResponse, parsers::PARSERS},
    store::{files::UnreadContacts, session_store::StoredSession, state_file},
    ui::terminal::Decoder,
};

/// A parser of text, and the checks of what it reads.
type Target = fn(&str);

/// A parser of what whosin itself writes, with its checks. Returns whether it was read.
type OwnTarget = fn(&str) -> bool;

/// The targets of what whosin itself writes.
const OWN: [(&str, OwnTarget); 6] = [
    ("request", |line| protocol::read::<Request>(&of_today(line)).is_ok()),
    ("reply", |line| protocol::read::<Reply>(&of_today(line)).is_ok()),
    ("session_file", |json| state_file::read::<StoredSession>(json.as_bytes()).is_ok()),
    ("presence_file", |json| state_file::read::<SavedPresence>(json.as_bytes()).is_ok()),
    ("cache_file", cache_file),
    ("preferences_file", |json| state_file::read::<Preferences>(json.as_bytes()).is_ok()),
];

/// All other targets.
const OTHERS: [(&str, Target); 6] = [
    ("sync", sync),
    ("config", |toml| _ = config::parse(toml).map_err(|error| error.to_string())),
    ("template", template),
    ("deadline", deadline),
    ("cast", |recording| _ = Cast::parse(recording)),
    ("text", text),
];

/// The target of bytes that need not be text: what a terminal sends.
const INPUT: &str = "terminal_input";

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    let others = own().chain(OTHERS.iter().map(|(name, _)| *name)).chain([INPUT]);
    PARSERS.iter().map(|(name, _)| *name).chain(others)
}

/// The names of the targets of what whosin itself writes.
pub fn own() -> impl Iterator<Item = &'static str> {
    OWN.iter().map(|(name, _)| *name)
}

/// Returns whether the target of what whosin itself writes reads this. `None`: the target is another one.
pub fn reads(name: &str, text: &str) -> Option<bool> {
    OWN.iter().find(|(it, _)| *it == name).map(|(_, reads)| reads(text))
}

/// Returns an example with the release and the protocol version of today. Nothing else would be read.
fn of_today(example: &str) -> String {
    let release = format!("\"{}\"", model::cache::RELEASE);
    example.replace("\"RELEASE\"", &release).replace("\"VERSION\"", &protocol::VERSION.to_string())
}

/// Runs the target of this name.
///
/// # Panics
///
/// If the parser panics, or shows something that is not clean.
pub fn run(name: &str, data: &[u8]) {
    if name == INPUT {
        return terminal_input(data);
    }
    let text = String::from_utf8_lossy(data);
    if let Some((_, parser)) = PARSERS.iter().find(|(it, _)| *it == name) {
        for shown in parser(&text) {
            assert_clean(&shown);
        }
    } else if reads(name, &text).is_none() {
        let (_, target) = OTHERS.iter().find(|(it, _)| *it == name).expect("a target of this name");
        target(&text);
    }
}

/// Checks that a shown text has nothing in it that a terminal obeys.
fn assert_clean(shown: &str) {
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(obeyed), "{shown:?}");
}

fn account() -> Account {
    Account {
        user_id: "@me:example.org".try_into().expect("a user ID"),
        device_id: "HERE".to_owned(),
        homeserver: "https://example.org/".to_owned(),
        in_the_clear: false,
    }
}

/// Applies a response to a model, and lets time pass.
fn follow(model: &mut Model, response: SyncResponse, now: Timestamp) {
    let rooms: Vec<_> = response.joined.iter().map(|(room_id, _)| (room_id.clone(), Vec::new())).collect();
    let members = Update::Members { rooms, missing: 0, failed: 0, position: Some(response.next_batch) };
    for update in [Update::Synced(response.synced), members] {
        let _ = model.update(Event::Update(update), now);
    }
    let wake = model.wake(now).unwrap_or(now);
    let _ = model.update(Event::Clock, wake.max(now));
    assert!(model.contacts().is_sound());
}

/// What an earlier process kept: a file that is well-formed can be damaged.
fn cache_file(json: &str) -> bool {
    let now = Timestamp::UNIX_EPOCH;
    let Ok((cache, rest)) = state_file::read_first_line(of_today(json).into_bytes()) else { return false };
    let mut model = Model::new(account(), Settings::default(), Saved::default());
    let contacts = model.resume(cache).then(|| UnreadContacts::from(rest).read()).flatten();
    let is_read = contacts.is_some();
    if let Some(contacts) = contacts {
        model.resume_contacts(contacts);
    }
    for (user_id, contact) in model.contacts().people() {
        assert_clean(&contact.name);
        assert_clean(&Record::of_contact(user_id, contact, now).to_string());
        model.contacts().rooms_of(user_id).iter().for_each(|(_, room)| assert_clean(room));
    }
    let left = r#"{"next_batch":"s2","rooms":{"leave":{"!a:x":{},"!room:x":{}}},
        "presence":{"events":[{"sender":"@bob:x","content":{"presence":"busy"}}]}}"#;
    if let Some(response) = SyncResponse::parse(left, false) {
        follow(&mut model, response, now);
    }
    is_read
}

fn sync(body: &str) {
    let mut model = Model::new(account(), Settings::default(), Saved::default());
    for initial in [true, false, false] {
        if let Some(response) = SyncResponse::parse(body, initial) {
            follow(&mut model, response, Timestamp::UNIX_EPOCH);
        }
    }
    for initial in [true, false] {
        let Some(response) = SyncResponse::parse(body, initial) else { return };
        let me = "@me:example.org".try_into().expect("a user ID");
        let mut contacts = Contacts::new(me, Hiding::default());
        let now = Timestamp::UNIX_EPOCH;
        let mut synced = response.synced;
        let profiles = std::mem::take(&mut synced.profiles);
        let changes = contacts.sync(synced, now);
        for change in contacts.change_profiles(profiles, &HashSet::default(), now) {
            assert_clean(&change.to.map(|status| status.to_string()).unwrap_or_default());
        }
        for (user_id, contact) in contacts.people() {
            assert!(!contact.name.is_empty());
            assert_clean(&contact.name);
            assert_clean(&contact.message(now).unwrap_or_default());
            assert_clean(&Record::of_contact(user_id, contact, now).to_string());
            contacts.rooms_of(user_id).iter().for_each(|(_, room)| assert_clean(room));
        }
        changes.iter().filter_map(|change| change.status_msg.as_deref()).for_each(assert_clean);
        // Another process of whosin gets the same contacts.
        let json = serde_json::to_string(&contacts).expect("contacts are JSON");
        let replica: Contacts = serde_json::from_str(&json).expect("it is read again");
        assert_eq!(serde_json::to_string(&replica).expect("it is JSON"), json);
    }
}

fn terminal_input(bytes: &[u8]) {
    for size in [1, 3, bytes.len().max(1)] {
        let mut decoder = Decoder::default();
        let read = bytes.chunks(size).map(|bytes| decoder.decode(bytes).len()).sum::<usize>();
        let events = read + decoder.expire().len();
        assert!(events <= bytes.len(), "{events} events of {} bytes", bytes.len());
        assert!(!decoder.is_waiting());
    }
}

fn template(typed: &str) {
    let _ = Format::parse(typed, Some(Bar::Any)).map_err(|error| error.to_string());
    let obeyed = ['"', '#', '$', '%', '&', '<', '>', '\\', '^', '`', '|'];
    assert!(!Bar::Any.write(typed).contains(obeyed), "{typed:?}");
    let json = format!("\"{}\"", Bar::I3bar.write(&text::clean(typed)));
    assert!(serde_json::from_str::<String>(&json).is_ok(), "{json}");
}

fn deadline(typed: &str) {
    let now = Timestamp::UNIX_EPOCH;
    if let Ok(deadline) = deadline::parse(typed, now, &TimeZone::UTC) {
        assert!(deadline.at > now, "{typed:?} is {}", deadline.at);
    }
    if let Ok((_, message)) = deadline::split_message(typed, now, &TimeZone::UTC) {
        assert!(typed.trim().ends_with(message), "{typed:?}: {message:?}");
    }
}

fn text(text: &str) {
    if let Ok(status) = NewStatus::parse(text) {
        assert_clean(&status.shown().expect("it shows something").to_string());
        assert!(status.emoji.len() <= 32 && status.text.len() <= 256, "{status:?}");
    }
    let clean = text::clean(text);
    assert_clean(&clean);
    assert_eq!(text::clean(&clean), clean, "cleaning is done once");
    assert_clean(&text::id(text));
    assert_clean(&text::line(text));
    for columns in [0, 1, 7] {
        assert!(text::width(&text::cut(&clean, columns)) <= columns, "{clean:?}");
        let _ = text::wrap(&clean, columns);
    }
    let lines = text::lines(text);
    assert_eq!(text::lines(&lines), lines, "the gate is passed once");
    let _ = text::look(&clean);
}
