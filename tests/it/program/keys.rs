//! How many keys the most frequent tasks take, in the demo with its thirty contacts.

use whosin::demo::{Demo, Options};

use crate::support::{
    guest::{BOB, small_cast},
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

/// A dashboard beside a demo homeserver whose people the test moves.
async fn with_bob() -> (Demo, Terminal) {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let terminal = Home::at(&demo).await.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.wait_for("FREE 1");
    (demo, terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_you_wait_for_is_selected_or_dismissed_with_one_key() {
    let (demo, terminal) = with_bob().await;
    for (key, is_selected) in [("f", true), ("d", false)] {
        demo.set(BOB, "unavailable", None);
        terminal.wait_for("AWAY 1");
        terminal.press("j");
        selected(&terminal, "Bob");
        terminal.press("n");
        terminal.wait_for("You will be told once when Bob is free.");
        terminal.press(Key::Escape);
        terminal.wait_until("nobody is selected", |screen| !text(screen).contains('▌'));
        demo.set(BOB, "online", Some("back"));
        terminal.wait_for("▲ Bob is free since");
        terminal.press(key);
        terminal.wait_until_gone("▲");
        assert_eq!(terminal.text().contains('▌'), is_selected, "{key}:\n{}", terminal.text());
        terminal.press(Key::Escape);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_typed_without_the_filter_and_keys_held_down_change_nothing_for_others() {
    let (demo, terminal) = with_bob().await;
    let publishes = || {
        let is_publish = |method: &str, path: &str| method == "PUT" && path.contains("/presence/");
        demo.requests().iter().filter(|it| is_publish(&it.method, &it.path)).count()
    };
    let before = publishes();
    for name in ["sofia", "bob", "otto", "ui"] {
        for letter in name.bytes() {
            terminal.send(&[letter]);
        }
        terminal.wait_for(&format!("Filter: {name}"));
        terminal.press(Key::Escape);
        terminal.wait_until_gone("Filter:");
    }
    for held in *b"iouz" {
        for _ in 0..30 {
            terminal.send(&[held]);
        }
        terminal.press(Key::Escape);
    }
    assert_eq!(publishes(), before);
    // A key that is meant follows all of them.
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    assert_eq!(publishes(), before + 1);
}

#[test]
fn the_order_the_log_and_the_colors_have_a_key_each() {
    let terminal = demo();
    terminal.press("s");
    terminal.wait_until("the list by name", |screen| !text(screen).contains("● FREE"));
    terminal.press("sss");
    terminal.wait_for("● FREE");
    terminal.press("l");
    terminal.wait_for("What happened");
    terminal.press("T");
    terminal.wait_for("Colors:");
}
