//! The log and the overview.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::style::Color;
use whosin::{
    model::{event::Synced, presence::Presence},
    ui::theme::{Charset, Depth, Theme},
};

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
    program.after(1_200).lost().after(900).on_connected(true);
    program.synced(Synced {
        presence: vec![event("ada", Presence::Offline, "", 0), event("wang", Presence::Online, "午休 🍜", 0)],
        ..Synced::default()
    });
    program.after(4_000).hears("silent", Presence::Online, "back");
    program.hears("silent", Presence::Online, "");
    program
}

#[test]
fn l_shows_a_small_log_then_a_large_one_then_none() {
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

#[test]
fn on_a_wide_screen_the_log_stands_beside_the_list_with_the_selected_contacts_hours() {
    let mut program = eventful();
    assert_snapshot!("log_beside", program.sized(120, 40).screen());
    program.select("bob").after(600).hears("bob", Presence::Online, "");
    assert_snapshot!("log_and_hours_beside", program.screen());
    assert!(!program.press("l").screen().contains("│ Bob"), "a large log has all the room");
}

#[test]
fn without_colours_and_in_ascii_the_charts_say_the_same() {
    let mut program = eventful();
    program.sized(120, 24).select("bob");
    let theme = Theme { depth: Depth::None, charset: Charset::Ascii, ..Theme::default() };
    assert_snapshot!("log_ascii", program.screen_with(theme));
    let picture = program.draw(theme);
    assert!(picture.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn charts_have_a_gap_while_the_connection_is_lost() {
    let mut program = eventful();
    program.sized(120, 24).select("bob").after(60).lost().after(7_200);
    let screen = program.screen();
    let strip = screen.lines().find(|line| line.contains("b━")).unwrap();
    assert!(strip.ends_with("ob···b━━━━━━·············"), "{strip}");
}

#[test]
fn only_a_visible_strip_wakes_the_program_for_its_next_cell() {
    let mut program = Program::live();
    let silent = Synced {
        presence: ["bob", "carol", "dave", "ada", "ada2", "wang", "grumpy", "evil"]
            .map(|name| event(name, Presence::Busy, "", 0))
            .into(),
        ..Synced::default()
    };
    program.synced(silent).echo(Presence::Online, "in the garden");
    program.sized(109, 4);
    let without = program.wake();
    program.sized(110, 4);
    let with = program.wake().unwrap();
    assert!(without.is_none_or(|without| without > with), "{without:?}");
    assert_eq!(with.to_string(), "2026-11-24T14:03:00Z");
}
