//! Pictures of the real program for the documents, at several sizes, on dark and on light. `WHOSIN_PICTURES=DIRECTORY`
//! writes them.

use std::{env, fs, path::Path};

use serde_json::json;
use whosin::demo::{Cast, Demo, Options};

use crate::support::{
    home::Home,
    tape::still,
    terminal::{Key, Terminal},
};

const ROOM: &str = "!studio:demo.localhost";

/// Each name is one that every renderer shows right.
const PEOPLE: [(&str, &str, &str); 14] = [
    ("Amara Okafor", "online", "pairing on the import bug, join us"),
    ("Bob Meyer", "busy", "interviewing"),
    ("Chiara Bianchi", "unavailable", ""),
    ("Dave Novak", "online", ""),
    ("Elena Petrova", "online", "prototype is up, have a look"),
    ("Finn Larsen", "busy", "on call · database upgrade"),
    ("Greta Lindqvist", "online", "watering the plants"),
    ("Hana Sato", "busy", "in a design review until 11"),
    ("Ines Duarte", "unavailable", "back after the dentist"),
    ("Jonas Weber", "offline", "on leave until Monday"),
    ("Kwame Mensah", "online", "looking at the slow query"),
    ("Lena Fischer", "online", ""),
    ("Mats Ek", "brb", "rebooting"),
    ("Nora Klein", "unavailable", "lunch"),
];

fn cast() -> Cast {
    let people = PEOPLE.iter().map(|(name, presence, message)| {
        let id = format!("@{}:demo.localhost", name.split(' ').next().unwrap().to_lowercase());
        json!({"user_id": id, "displayname": name, "presence": presence, "status_msg": message})
    });
    let lines = std::iter::once(json!({"room_id": ROOM, "name": "Studio"})).chain(people);
    Cast::parse(&lines.map(|line| line.to_string()).collect::<Vec<_>>().join("\n")).unwrap()
}

/// The dashboard while Alice is busy until a time, and Bob, for whom she waits, has become free.
async fn dashboard(demo: &Demo, (columns, rows): (u16, u16), theme: &str) -> Terminal {
    let home = Home::at(demo).await.configured(&format!("theme = \"{theme}\"\ncache = false\n"));
    let terminal = home.open(&[], &[]);
    terminal.resize(rows, columns);
    terminal.wait_for("You ● online");
    terminal
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_show_a_busy_with_its_end_and_an_alert_at_each_size() {
    for (size, theme) in [
        ((100, 30), "dark"),
        ((100, 30), "light"),
        ((80, 24), "dark"),
        ((120, 40), "dark"),
        ((200, 60), "dark"),
    ] {
        let demo =
            Demo::start(Options { cast: cast(), put_limit: None, ..Options::default() }).await.unwrap();
        let terminal = dashboard(&demo, size, theme).await;
        terminal.press("/");
        terminal.wait_for("Filter: ");
        terminal.press("bob");
        terminal.wait_for("1 found");
        terminal.press(Key::Enter);
        terminal.wait_for("▌ ■ Bob Meyer");
        terminal.press("n");
        terminal.wait_for("You will be told once when Bob Meyer is free.");
        demo.set("@bob:demo.localhost", "online", Some("free for lunch"));
        terminal.wait_for("▲ Bob Meyer is free since");
        // The details, the filter and the selection.
        for _ in 0..3 {
            terminal.press(Key::Escape);
        }
        terminal.wait_for("Greta Lindqvist");
        terminal.press("B");
        terminal.press("2h\r");
        terminal.wait_for("■ busy until");
        let picture = terminal.wait_for("Amara Okafor");
        keep(&format!("whosin-{}x{}-{theme}", size.0, size.1), &still(&picture, theme == "light"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_the_board_shows_each_state() {
    for theme in ["dark", "light"] {
        let demo =
            Demo::start(Options { cast: cast(), put_limit: None, ..Options::default() }).await.unwrap();
        let home = Home::at(&demo).await.configured(&format!("theme = \"{theme}\"\n"));
        let terminal = home.open(&["board", "Studio"], &[]);
        terminal.resize(30, 100);
        let picture = terminal.wait_for("Greta Lindqvist");
        keep(&format!("board-{theme}"), &still(&picture, theme == "light"));
    }
}

fn keep(name: &str, svg: &str) {
    for part in ["<svg", "Amara Okafor", "</svg>"] {
        assert!(svg.contains(part), "{part} in {name}");
    }
    if let Some(directory) = env::var_os("WHOSIN_PICTURES") {
        fs::write(Path::new(&directory).join(format!("{name}.svg")), svg).unwrap();
    }
}
