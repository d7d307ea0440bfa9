//! The panes beside the list of a wide terminal, and the key of the log.

use crate::support::{home::Home, terminal::Key};

#[test]
fn a_wide_terminal_has_panes_as_soon_as_something_happens() {
    let terminal = Home::new().open(&["--demo"], &[]);
    terminal.resize(40, 120);
    terminal.wait_for("live");
    terminal.wait_for("What happened");
    terminal.press("/okafor");
    terminal.wait_for("1 found");
    terminal.press(Key::Enter);
    terminal.wait_for("@amara:demo.localhost");
    terminal.press("l");
    terminal.wait_until_gone("@amara:demo.localhost");
    terminal.press("l");
    terminal.wait_for("@amara:demo.localhost");
}

#[test]
fn the_focus_is_reported_while_the_dashboard_runs_only() {
    let mut terminal = Home::new().open(&["--demo"], &[]);
    terminal.wait_for("live");
    // The loss of the focus, and its return.
    terminal.press("\u{1b}[O");
    terminal.press("\u{1b}[I");
    terminal.wait_for("live");
    terminal.press("q");
    terminal.wait_for_exit();
}
