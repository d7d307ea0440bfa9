//! What needs no server: a large `/sync` response into the list of contacts, and one frame of the screen.

use std::{
    hint::black_box,
    io::{BufWriter, sink},
    time::{Duration, Instant},
};

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, buffer::Buffer, layout::Rect};
use serde::Deserialize;
use serde_json::json;
use whosin::{
    model::{
        Model, Saved,
        contacts::{Contacts, Hiding},
        event::{Account, Event, Greeting, Member, Synced, Update},
        presence::{Presence, PresenceEvent, Status},
        settings::Settings,
    },
    server::SyncResponse,
    ui::{
        list::{List, View},
        screen::{Action, Input, Preferences, Screen},
        theme::Theme,
        view::{self, Ctx},
    },
};

const MANY: usize = 100_000;

fn user(number: usize) -> OwnedUserId {
    UserId::parse(format!("@user{number}:example.org")).unwrap()
}

fn members(count: usize) -> Vec<Member> {
    (0..count).map(|n| Member { user_id: user(n), displayname: Some(format!("User {n}").into()) }).collect()
}

fn state(number: usize) -> &'static str {
    ["online", "org.matrix.msc3026.busy", "unavailable", "offline"][number % 4]
}

fn sync_body() -> Vec<u8> {
    let event = |n: usize| {
        let content = json!({
            "presence": state(n), "last_active_ago": 1_000 * n, "status_msg": format!("message {n}"),
        });
        json!({"type": "m.presence", "sender": format!("@user{n}:example.org"), "content": content})
    };
    let events: Vec<_> = (0..MANY).map(event).collect();
    json!({"next_batch": "s1", "presence": {"events": events}}).to_string().into_bytes()
}

/// The floor: the least that any program that knows what it wants has to do with the same bytes.
#[derive(Deserialize)]
struct TypedSync {
    presence: TypedEvents,
}

#[derive(Deserialize)]
struct TypedEvents {
    events: Vec<TypedEvent>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading them is what is measured")]
struct TypedEvent {
    sender: String,
    content: TypedContent,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading them is what is measured")]
struct TypedContent {
    presence: String,
    last_active_ago: Option<u64>,
    status_msg: Option<String>,
    currently_active: Option<bool>,
}

/// No contacts yet, and their list.
fn no_contacts() -> (Contacts, List) {
    (Contacts::new(user(MANY), Hiding::default()), List::new(View::default(), &[]))
}

/// Contacts that share a room, of whom nothing was heard yet, and their list.
fn silent_contacts() -> (Contacts, List) {
    let (mut contacts, mut list) = no_contacts();
    contacts.set_members(vec![(RoomId::parse("!room:example.org").unwrap(), members(MANY))]);
    list.refresh(&contacts);
    (contacts, list)
}

fn fold(body: &[u8], (mut contacts, mut list): (Contacts, List)) -> (Contacts, List) {
    let body = std::str::from_utf8(body).unwrap();
    contacts.sync(SyncResponse::parse(body, true).unwrap().synced, Timestamp::UNIX_EPOCH);
    list.refresh(&contacts);
    (contacts, list)
}

fn sync(c: &mut Criterion) {
    let body = sync_body();
    let mut group = c.benchmark_group("sync of 100,000 contacts");
    group.sample_size(20).measurement_time(Duration::from_secs(10));
    group.bench_function("floor: typed serde_json", |b| {
        b.iter_with_large_drop(|| {
            serde_json::from_slice::<TypedSync>(black_box(&body)).unwrap().presence.events
        });
    });
    group.bench_function("whosin: into a new list", |b| {
        b.iter_with_large_drop(|| fold(black_box(&body), no_contacts()));
    });
    group.bench_function("whosin: into a full list, in order", |b| {
        b.iter_batched(silent_contacts, |contacts| fold(black_box(&body), contacts), BatchSize::PerIteration);
    });
    group.finish();
}

/// The terminal's columns and rows.
const SIZE: (u16, u16) = (120, 55);
const AREA: Rect = Rect::new(0, 0, SIZE.0, SIZE.1);
/// The pause between two keys: longer than in a word, so that each key acts by itself.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// Model and screen, without a terminal and a server.
struct Dashboard {
    model: Model,
    screen: Screen,
    now: Timestamp,
}

impl Dashboard {
    /// Returns a dashboard with this many contacts, as it is in the middle of a day.
    fn new(count: usize) -> Self {
        let account = Account {
            user_id: user(MANY),
            homeserver: "https://example.org/".into(),
            device_id: "ME".into(),
            in_the_clear: false,
        };
        let model = Model::new(account, Settings::default(), Saved::default());
        let screen = Screen::new(&model, SIZE, TimeZone::UTC, &Preferences::default());
        let mut dashboard = Self { model, screen, now: Timestamp::UNIX_EPOCH };
        dashboard.tell(Update::Connected(Greeting { busy_offered: true, ..Greeting::default() }));
        let room = RoomId::parse("!room:example.org").unwrap();
        dashboard.tell(Update::Members {
            rooms: vec![(room, members(count))],
            missing: 0,
            failed: 0,
            position: None,
        });
        let presence = (0..count).map(|n| says(n, state(n))).collect();
        dashboard.tell(Update::Synced(Synced { initial: true, presence, ..Synced::default() }));
        dashboard
    }

    fn tell(&mut self, update: Update) {
        self.change(Event::Update(update));
        self.follow();
    }

    fn press(&mut self, key: KeyCode) {
        let input = Input::Key(KeyEvent::new(key, KeyModifiers::NONE));
        self.now += PAUSE;
        let actions = self.screen.update(input, &self.model, self.now);
        self.carry_out(actions);
        self.follow();
    }

    fn type_all(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(match key {
                '\u{1b}' => KeyCode::Esc,
                '\t' => KeyCode::Tab,
                c => KeyCode::Char(c),
            });
        }
    }

    fn draw(&self) -> Buffer {
        let mut buffer = Buffer::empty(AREA);
        view::draw(&Ctx::new(&self.model, &self.screen, Theme::default(), self.now), AREA, &mut buffer);
        buffer
    }

    fn change(&mut self, event: Event) {
        drop(self.model.update(event, self.now));
    }

    fn follow(&mut self) {
        let actions = self.screen.refresh(&self.model, self.now);
        self.carry_out(actions);
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            if let Action::Command(command) = action {
                self.change(Event::Command(command));
            }
        }
    }
}

fn says(number: usize, state: &str) -> PresenceEvent {
    let content = Status {
        status_msg: Some(format!("message {number}").into()),
        last_active_ago: Some(60_000 * number as u64),
        ..Status::new(Presence::from_wire(state))
    };
    PresenceEvent { sender: user(number), content }
}

/// One contact changes, and what differs goes to a terminal: what the program does for each change.
fn frame(c: &mut Criterion) {
    let mut group = c.benchmark_group("frame of 50 rows");
    for count in [100, 5_000, MANY] {
        let mut dashboard = Dashboard::new(count);
        let options = TerminalOptions { viewport: Viewport::Fixed(AREA) };
        let backend = CrosstermBackend::new(BufWriter::new(sink()));
        let mut terminal = Terminal::with_options(backend, options).unwrap();
        let mut online = false;
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                online = !online;
                let event = says(0, if online { "online" } else { "unavailable" });
                let synced = Synced { presence: vec![event], ..Synced::default() };
                dashboard.tell(Update::Synced(synced));
                let buffer = dashboard.draw();
                terminal.draw(|frame| frame.buffer_mut().clone_from(&buffer)).unwrap();
            });
        });
    }
    group.finish();
}

/// One key, from its press to the picture of the screen it makes, with everybody in the view of everyone.
fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("a key among 100,000 contacts");
    group.sample_size(20);
    for (name, before, key, after) in [
        ("first letter of a filter", "/", KeyCode::Char('u'), "\u{1b}"),
        ("second letter of a filter", "/u", KeyCode::Char('9'), "\u{1b}"),
        ("next view", "", KeyCode::Tab, "\t\t\t"),
        ("sort by name", "", KeyCode::Char('s'), "sss"),
        ("sort by last activity", "s", KeyCode::Char('s'), "ss"),
        ("sort by room", "ss", KeyCode::Char('s'), "s"),
        ("hide offline people", "", KeyCode::Char('h'), "h"),
        ("next contact", "", KeyCode::Char('j'), ""),
    ] {
        let mut dashboard = Dashboard::new(MANY);
        while dashboard.screen.list().view() != View::Everyone {
            dashboard.press(KeyCode::Tab);
        }
        assert_eq!(dashboard.screen.list().len(), MANY);
        dashboard.type_all(before);
        let shown = (dashboard.screen.list().len(), dashboard.draw());
        dashboard.press(key);
        assert_ne!((dashboard.screen.list().len(), dashboard.draw()), shown, "{name} changes the list");
        dashboard.type_all(after);
        group.bench_function(name, |b| {
            b.iter_custom(|times| {
                let mut sum = Duration::ZERO;
                for _ in 0..times {
                    dashboard.type_all(before);
                    let start = Instant::now();
                    dashboard.press(key);
                    let buffer = dashboard.draw();
                    sum += start.elapsed();
                    black_box(&buffer);
                    dashboard.type_all(after);
                }
                sum
            });
        });
    }
    group.finish();
}

/// What a contact takes in memory, names and IDs included, measured from outside: no time, so no benchmark.
fn memory(_: &mut Criterion) {
    let before = resident();
    let dashboard = Dashboard::new(MANY);
    let each = resident().saturating_sub(before) / MANY;
    let names =
        (0..MANY).map(|n| 2 * format!("User {n}").len() + user(n).as_str().len()).sum::<usize>() / MANY;
    println!("memory: {each} bytes a contact, of which {names} are names and IDs");
    drop(dashboard);
}

/// The bytes of memory that this process has.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default();
    pages * 4_096
}

criterion_group!(benches, memory, sync, frame, keys);
criterion_main!(benches);
