//! How many keys the most frequent tasks take, in the demo with its thirty contacts.

use crate::support::{
    home::Home,
    terminal::{Key, Terminal, text},
};

fn demo() -> Terminal {
    let terminal = Home::new().open(&["--demo"], &[]);
    terminal.resize(24, 80);
    terminal.wait_for("You ● online");
    terminal.wait_for("FREE");
    terminal
}

fn selected(terminal: &Terminal, name: &str) {
    terminal.wait_until(&format!("{name} is selected"), |screen| {
        text(screen).lines().any(|line| line.starts_with('▌') && line.contains(name))
    });
}

#[test]
fn one_of_thirty_is_found_with_four_keys() {
    let terminal = demo();
    terminal.press("/");
    terminal.wait_for("Filter:");
    terminal.press("am");
    terminal.wait_for("Filter: am");
    terminal.press(Key::Enter);
    selected(&terminal, "Amara Okafor");
}

#[test]
fn busy_for_a_while_with_a_message_takes_two_keys_and_the_text() {
    let terminal = demo();
    terminal.press("B");
    terminal.wait_for("How long");
    terminal.press("45m design review");
    terminal.wait_for("(45 min)  \"design review\"");
    terminal.press(Key::Enter);
    terminal.wait_for("You ■ busy until");
    terminal.wait_for("\"design review\"");
    terminal.wait_for("B extend  b end now");
}

#[test]
fn to_be_told_when_a_selected_contact_is_free_takes_one_key() {
    let terminal = demo();
    terminal.press("j");
    terminal.wait_until("a selection", |screen| text(screen).contains('▌'));
    terminal.press("n");
    terminal.wait_for("You will be told");
}

#[test]
fn the_view_of_a_room_is_at_most_four_keys_away() {
    let terminal = demo();
    terminal.wait_for("[People]");
    // Shift-Tab.
    terminal.press("\u{1b}[Z");
    terminal.wait_for("[Book circle]");
}

#[test]
fn the_first_letter_replaces_the_old_message() {
    let terminal = demo();
    for message in ["first", "second"] {
        terminal.press("m");
        terminal.wait_for("Message:");
        terminal.press(message);
        terminal.wait_for(&format!("Message: {message}"));
        terminal.press(Key::Enter);
        terminal.wait_for(&format!("\"{message}\""));
    }
}
