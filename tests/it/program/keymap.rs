//! Configured keys.

use crate::support::{
    home::Home,
    terminal::{Key, Terminal},
};

/// The demo with this configuration.
fn demo(toml: &str) -> Terminal {
    let terminal = Home::new().configured(toml).open(&["--demo"], &[]);
    terminal.resize(40, 100);
    terminal
}

#[test]
fn a_configured_key_replaces_the_default_also_in_the_footer_and_the_help() {
    let terminal = demo("[keys]\nbusy = [\"x\", \"F2\"]\ndown = [\"Ctrl-n\"]\n");
    terminal.wait_for("live");
    terminal.wait_for("x busy  B for a while");
    terminal.press("x");
    terminal.wait_for("You ■ busy");
    terminal.press("b");
    terminal.press("?");
    terminal.wait_for("x F2        busy; again: as before");
    terminal.wait_for("Ctrl-N      next contact");
}

#[test]
fn a_key_bound_twice_is_an_error_that_names_its_line() {
    let mut terminal = demo("start = \"online\"\n[keys]\nbusy = [\"o\"]\n");
    assert_eq!(terminal.wait_for_exit().code(), Some(1));
    let said = terminal.text().replace('\n', "");
    assert!(said.contains("config.toml, line 3: o cannot be both busy and online"), "{said}");
}

#[test]
fn ctrl_c_quits_where_no_key_is_bound_to_quit() {
    let mut terminal = demo("[keys]\nquit = []\n");
    terminal.wait_for("live");
    terminal.press("q");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}
