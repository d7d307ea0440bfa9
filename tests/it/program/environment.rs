//! Environment variables that describe the terminal.

use vt100::{Color, Screen};

use crate::support::{
    home::Home,
    terminal::{Terminal, text},
};

fn demo(toml: &str, environment: &[(&str, &str)]) -> Screen {
    let home = Home::new().configured(toml);
    let terminal: Terminal = home.open(&["--demo"], environment);
    terminal.wait_for("Amara Okafor");
    terminal.wait_for("live")
}

/// All colours on a screen.
fn colours(screen: &Screen) -> Vec<Color> {
    let (rows, columns) = screen.size();
    let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let cells = places.filter_map(|(row, column)| screen.cell(row, column));
    let mut colours: Vec<_> =
        cells.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).filter(|it| *it != Color::Default).collect();
    colours.dedup();
    colours
}

#[test]
fn a_terminal_without_colours_gets_none() {
    for environment in [("NO_COLOR", "1"), ("TERM", "vt220"), ("TERM", "vt100")] {
        let screen = demo("theme = \"dark\"", &[environment]);
        assert_eq!(colours(&screen), [], "{environment:?}");
        assert!(text(&screen).contains("● Amara Okafor"), "{environment:?}");
    }
}

#[test]
fn a_terminal_gets_the_colours_that_it_has() {
    let is_fixed = |colour: &Color| matches!(colour, Color::Idx(16..));
    let is_any = |colour: &Color| matches!(colour, Color::Rgb(..));
    let dark = "theme = \"dark\"";
    assert!(colours(&demo(dark, &[])).iter().all(is_any));
    assert!(colours(&demo(dark, &[("COLORTERM", "")])).iter().all(is_fixed));
    let sixteen = colours(&demo(dark, &[("COLORTERM", ""), ("TERM", "xterm")]));
    assert!(sixteen.contains(&Color::Idx(10)), "light green: {sixteen:?}");
    assert!(!sixteen.iter().any(|it| is_fixed(it) || is_any(it)), "{sixteen:?}");
    let own = colours(&demo("", &[]));
    assert!(own.contains(&Color::Idx(2)) && !own.iter().any(is_any), "the terminal's own: {own:?}");
}

#[test]
fn a_locale_without_unicode_gets_ascii() {
    let screen = text(&demo("", &[("LANG", "C")]));
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("Others see you as * online"), "{screen}");
    assert!(screen.contains("* Amara Okafor"), "{screen}");
    let screen = text(&demo("", &[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")]));
    assert!(screen.contains("● Amara Okafor"), "{screen}");
}

#[test]
fn combining_letters_leave_nothing_behind_on_screen() {
    let home = Home::new();
    let terminal = home.open(&["--demo"], &[]);
    terminal.resize(50, 100);
    terminal.wait_for("प्रिया शर्मा");
    terminal.press("?");
    let screen = text(&terminal.wait_for("Ctrl-Z"));
    let left: String = screen.chars().filter(|c| matches!(c, '\u{900}'..='\u{97f}')).collect();
    assert_eq!(left, "");
}
