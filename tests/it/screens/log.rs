//! The log of what happened, and how many were there.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use whosin::{event::Synced, presence::Presence};

use super::{Program, event};

impl Program {
    fn hears(&mut self, name: &str, presence: Presence, message: &str) -> &mut Self {
        self.synced(Synced { presence: vec![event(name, presence, message, 0)], ..Synced::default() })
    }
}

/// A morning with a bit of everything.
fn eventful() -> Program {
    let mut program = Program::live();
    program.after(300).hears("bob", Presence::Busy, "").after(2).hears("bob", Presence::Busy, "in a meeting");
    program.after(600).hears("carol", Presence::Offline, "");
    for _ in 0..3 {
        program.after(10).hears("dave", Presence::Offline, "lunch");
        program.after(10).hears("dave", Presence::Unavailable, "lunch");
    }
    program.hears("grumpy", Presence::Other("brb".into()), "no \u{1b}[31mway\u{202e}");
    program.after(1_200).lost().after(900).greeted(true);
    program.synced(Synced {
        presence: vec![event("ada", Presence::Offline, "", 0), event("wang", Presence::Online, "午休 🍜", 0)],
        ..Synced::default()
    });
    program.after(4_000).hears("silent", Presence::Online, "back");
    program.hears("silent", Presence::Online, "");
    program
}

#[test]
fn l_shows_what_happened_in_a_few_lines_then_in_many_then_not() {
    let mut program = eventful();
    assert_snapshot!("log_small", program.sized(80, 24).press("l").screen());
    assert_snapshot!("log_large", program.press("l").screen());
    assert!(!program.press("l").screen().contains("What happened"));
    assert!(program.press("l").key(KeyCode::Esc).screen().lines().all(|line| line != "What happened"));
}

#[test]
fn the_log_of_another_day_says_which() {
    let mut program = eventful();
    program.after(60_000).hears("bob", Presence::Online, "good morning");
    assert_snapshot!("log_next_day", program.sized(80, 30).press("ll").screen());
}

#[test]
fn a_log_without_entries_says_so() {
    let mut program = Program::live();
    assert!(program.press("l").screen().contains("What happened\nNothing yet."));
}
