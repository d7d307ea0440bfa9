//! The mouse and the clipboard, as bytes between the program and its terminal.

use vt100::MouseProtocolMode;

use crate::support::{
    home::Home,
    terminal::{Key, Terminal, text},
};

/// Clicks on a text, as a terminal reports it (SGR).
fn click(terminal: &Terminal, wanted: &str) {
    let screen = text(&terminal.wait_for(wanted));
    let (row, column) = screen
        .lines()
        .zip(1..)
        .find_map(|(line, row)| Some((row, line.find(wanted).map(|at| line[..at].chars().count() + 1)?)))
        .unwrap_or_else(|| panic!("no {wanted} on\n{screen}"));
    terminal.press(format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m").as_str());
}

/// The demo with two contacts whose rows stay where they are, unlike those of the bundled cast.
fn demo(home: &Home) -> Terminal {
    let cast = home.write(
        "cast.jsonl",
        r#"{"room_id":"!a:demo.localhost","name":"Workshop"}
{"user_id":"@greta:demo.localhost","displayname":"Greta Lindqvist","presence":"online"}
{"user_id":"@tomasz:demo.localhost","displayname":"Tomasz","presence":"online"}
"#,
    );
    let terminal = home.open(&["--demo-cast", &cast], &[]);
    terminal.wait_for("live");
    terminal.wait_for("● FREE 2");
    terminal
}

fn selected(terminal: &Terminal, name: &str) {
    terminal.wait_until(&format!("{name} is selected"), |screen| {
        text(screen).lines().any(|line| line.starts_with('▌') && line.contains(name))
    });
}

#[test]
fn clicks_select_a_contact_and_pick_the_own_state() {
    let home = Home::new();
    let terminal = demo(&home);
    click(&terminal, "Greta Lindqvist");
    selected(&terminal, "Greta Lindqvist");
    click(&terminal, "You ●");
    terminal.wait_for("Your state");
    click(&terminal, "busy              ");
    terminal.wait_for("You ■ busy");
    terminal.wait_until_gone("Your state");
}

#[test]
fn the_mouse_is_captured_released_and_restored() {
    let home = Home::new();
    let mut terminal = home.open(&["--demo"], &[]);
    let mode = |screen: &vt100::Screen| screen.mouse_protocol_mode();
    terminal.wait_until("it is taken", |screen| mode(screen) != MouseProtocolMode::None);
    terminal.wait_for("live");
    terminal.press("M");
    terminal.wait_until("it is let go", |screen| mode(screen) == MouseProtocolMode::None);
    terminal.wait_for("mouse let go; M takes it again");
    terminal.press("M");
    terminal.wait_until("it is taken again", |screen| mode(screen) != MouseProtocolMode::None);
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for_exit();
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::None);
}

#[test]
fn the_mouse_is_never_captured_where_that_is_configured() {
    let home = Home::new().configured("mouse = false");
    let terminal = home.open(&["--demo"], &[]);
    terminal.wait_for("live");
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::None);
    assert!(!terminal.text().contains("mouse"));
}

#[test]
fn a_user_id_reaches_the_clipboard_of_the_terminal() {
    let home = Home::new();
    let terminal = demo(&home);
    click(&terminal, "Greta Lindqvist");
    terminal.press("y");
    terminal.wait_for("Copied @greta:demo.localhost.");
    // In Base64, as OSC 52 has it.
    assert_eq!(terminal.clipboard(), "QGdyZXRhOmRlbW8ubG9jYWxob3N0");
    terminal.press("w");
    terminal.wait_for("No browser here. Copied the address: https://matrix.to/#/@greta");
}
