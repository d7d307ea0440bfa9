//! The footer of each moment, the help and the palette of commands.

use crossterm::event::{KeyEvent, KeyModifiers};
use whosin::ui::{keymap::Topic, screen::Action};

use super::*;

/// The last two lines of the screen.
fn footer(program: &Program) -> String {
    let screen = program.screen();
    let lines: Vec<&str> = screen.lines().collect();
    lines[lines.len() - 2..].join("\n")
}

#[test]
fn the_footer_names_the_keys_of_the_moment() {
    let mut footers = Vec::new();
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut program = Program::live();
        program.sized(columns, rows);
        for (moment, keys) in [
            ("the list", ""),
            ("a selection", "j"),
            ("details", "\r"),
            ("a filter", "\u{1b}\u{1b}/ad\r"),
            ("the help", "?"),
            ("a search in the help", "/fav"),
            ("the picker", "\u{1b}\u{1b}S"),
            ("the palette", "\u{1b}:fav"),
        ] {
            for c in keys.chars() {
                match c {
                    '\r' => program.key(KeyCode::Enter),
                    '\u{1b}' => program.key(KeyCode::Esc),
                    c => program.key(KeyCode::Char(c)),
                };
            }
            footers.push(format!("{columns}×{rows}, {moment}\n{}\n", footer(&program)));
        }
    }
    assert_snapshot!("footers", footers.join("\n"));
}

#[test]
fn the_footer_names_each_important_key_at_some_moment() {
    let mut program = Program::live();
    let list = footer(program.sized(80, 24));
    for hint in ["b busy", "B for a while", "/ find", "Enter details", "n tell me", "p favourite", "Tab view"]
    {
        assert!(list.contains(hint), "{hint}: {list}");
    }
}

#[test]
fn who_only_watches_has_no_keys_for_the_own_state() {
    let mut program = Program::configured("watch_only = true");
    assert!(!program.sized(80, 24).screen().contains("b busy"), "{}", program.screen());
}

#[test]
fn the_help_is_grouped_and_explains_every_sign() {
    let mut program = Program::live();
    assert_snapshot!("help_120", program.sized(120, 40).press("?").screen());
    assert_snapshot!("help_80", program.sized(80, 24).screen());
    assert_snapshot!("help_60", program.sized(60, 15).screen());
    let screen = program.sized(200, 60).screen();
    for topic in Topic::ALL {
        assert!(screen.contains(topic.label()), "{screen}");
    }
    for sign in ["★", "n", "▲", "◆", "hidden", "left out", "38 min", "15:02", "━"] {
        assert!(screen.contains(sign), "{sign}: {screen}");
    }
}

#[test]
fn the_help_is_searched_with_a_slash() {
    let mut program = Program::live();
    program.sized(80, 24).press("?/FAV");
    let screen = program.screen();
    assert!(screen.contains("a favourite, or no longer") && !screen.contains("next view"), "{screen}");
    program.press("zz");
    assert!(program.screen().contains("Nothing in the help matches."), "{}", program.screen());
    program.key(KeyCode::Backspace).key(KeyCode::Backspace).key(KeyCode::Enter);
    assert!(program.screen().contains("a favourite, or no longer"), "{}", program.screen());
    program.key(KeyCode::Esc);
    assert!(program.screen().contains("this help"), "all of the help again: {}", program.screen());
    program.key(KeyCode::Esc);
    assert!(program.screen().contains("FREE"), "{}", program.screen());
}

#[test]
fn the_palette_runs_what_has_a_name() {
    let mut program = Program::live();
    program.sized(80, 24).select("bob").press(":");
    assert_snapshot!("palette", program.screen());
    program.press("fav");
    assert_snapshot!("palette_found", program.screen());
    program.key(KeyCode::Enter);
    assert!(program.screen().contains("Bob is now a favourite."), "{}", program.screen());
    program.press(":busy").key(KeyCode::Enter);
    assert_eq!(*program.model().own().report().wanted, Presence::Busy);
    program.press(":").key(KeyCode::Down).key(KeyCode::Down).key(KeyCode::Up).key(KeyCode::Enter);
    assert!(program.screen().contains("Busy"), "the second is busy-for: {}", program.screen());
    program.key(KeyCode::Esc).press(":nonsense");
    assert!(program.screen().contains("No command has this name."), "{}", program.screen());
    program.key(KeyCode::Enter).key(KeyCode::Esc);
    assert!(!program.screen().contains("Commands"), "{}", program.screen());
    program.press(":quit").key(KeyCode::Enter);
    assert_eq!(program.actions.last(), Some(&Action::Quit));
}

#[test]
fn the_palette_stands_on_each_size() {
    for (columns, rows) in [(60, 15), (120, 40)] {
        let mut program = Program::live();
        assert_snapshot!(format!("palette_{columns}"), program.sized(columns, rows).press(":").screen());
    }
}

#[test]
fn every_binding_is_in_the_palette_under_its_name() {
    for binding in KEYMAP.iter().filter(|binding| binding.name != "commands") {
        let mut program = Program::live();
        program.sized(80, 24).press(":").press(binding.name);
        let first = program.screen().lines().find(|line| line.contains("▌ ")).unwrap_or_default().to_owned();
        assert!(first.contains(binding.name), "{}: {}", binding.name, program.screen());
    }
}

#[test]
fn ctrl_c_quits_from_the_palette_and_from_the_search() {
    for keys in [":bu", "?/bu"] {
        let mut program = Program::live();
        program.press(keys);
        program.input(Input::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert_eq!(program.actions.last(), Some(&Action::Quit));
    }
}
