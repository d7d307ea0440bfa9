//! A find that is typed at once selects whom it finds, however it arrives and however early.

use whosin::demo::{Demo, Options};

use crate::support::{
    guest::small_cast,
    home::Home,
    terminal::{Key, Terminal, text},
};

/// The writes in which it arrives.
const SPLITS: [&[&str]; 4] = [&["/bob\r"], &["/", "bob\r"], &["/b", "ob\r"], &["/bob", "\r"]];

async fn home() -> (Demo, Home) {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    (demo, home)
}

fn wait_for_selected(terminal: &Terminal, name: &str) {
    terminal.wait_until(&format!("{name} is selected"), |screen| {
        text(screen).lines().any(|line| line.starts_with('▌') && line.contains(name))
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_find_in_one_write_or_several_selects_the_first_match() {
    let (_demo, home) = home().await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.wait_for("● FREE");
    for pieces in SPLITS.iter().cycle().take(40) {
        for piece in *pieces {
            terminal.send(piece.as_bytes());
        }
        wait_for_selected(&terminal, "Bob");
        terminal.press(Key::Escape);
        terminal.wait_for("[People]");
        terminal.press(Key::Escape);
        terminal.wait_until("nobody is selected", |screen| !text(screen).contains('▌'));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_find_typed_before_the_dashboard_is_there_selects_the_first_match() {
    let (_demo, home) = home().await;
    for pieces in SPLITS {
        let mut terminal = home.open(&[], &[]);
        for piece in pieces {
            // The program need not have begun to read.
            terminal.type_ahead(piece);
        }
        wait_for_selected(&terminal, "Bob");
        terminal.press(Key::Ctrl('c'));
        assert_eq!(terminal.wait_for_exit().code(), Some(0));
    }
}
