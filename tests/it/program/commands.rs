//! The keys of the palette, of the help and of the footer in a terminal.

use crate::support::{
    home::Home,
    terminal::{Key, Terminal},
};

fn demo() -> Terminal {
    let terminal = Home::new().open(&["--demo"], &[]);
    terminal.resize(24, 80);
    terminal.wait_for("live");
    terminal
}

#[test]
fn a_command_runs_by_its_name() {
    let mut terminal = demo();
    terminal.wait_for("/ find");
    terminal.press(":");
    terminal.wait_for("Commands");
    terminal.press("sort");
    terminal.press(Key::Enter);
    terminal.wait_for("by name");
    terminal.press(":");
    terminal.press("becomes nothing");
    terminal.wait_for("No command has this name.");
    terminal.press(Key::Escape);
    terminal.wait_until_gone("Command:");
    terminal.press(":");
    terminal.wait_for("Command:");
    terminal.press("quit");
    terminal.press(Key::Enter);
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

#[test]
fn the_help_is_searched_and_closed() {
    let terminal = demo();
    terminal.press("?");
    terminal.wait_for("Your state");
    terminal.press("/");
    terminal.wait_for("Find in the help:");
    terminal.press("hidden");
    terminal.wait_for("by hide, or ignored");
    terminal.wait_until_gone("busy; again");
    terminal.press(Key::Enter);
    terminal.press(Key::Escape);
    terminal.wait_for("busy; again");
    terminal.press(Key::Escape);
    terminal.wait_for("FREE");
}

#[test]
fn the_footer_changes_with_a_selection() {
    let terminal = demo();
    terminal.wait_for("/ find  Enter details");
    terminal.press("j");
    terminal.wait_for("Esc select none");
    terminal.press(Key::Escape);
    terminal.wait_until_gone("Esc select none");
}
