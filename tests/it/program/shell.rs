//! A shell in the pseudo-terminal of these tests behaves as it would in a real one.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use crate::support::terminal::{Key, Program, Signal, Terminal};

#[test]
fn what_a_program_writes_stands_on_the_screen() {
    let shell = shell();
    shell.press("echo $((6 * 7)) of $COLUMNS");
    shell.press(Key::Enter);
    shell.wait_for("42 of 100");
    assert!(shell.text().starts_with("> echo"), "{}", shell.text());
    assert!(!shell.alternate_screen());
}

#[test]
fn it_ends_with_its_exit_code_and_its_last_words() {
    let mut shell = shell();
    shell.press("printf 'last\\x20words'; exit 7\r");
    assert_eq!(shell.wait_for_exit().code(), Some(7));
    assert!(shell.text().contains("last words"));
}

#[test]
fn keys_arrive_as_an_xterm_sends_them() {
    let shell = reading_shell("", "cat -vt");
    let keys = [
        (Key::Enter, "^M"),
        (Key::Tab, "^I"),
        (Key::Backspace, "^?"),
        (Key::Delete, "^[[3~"),
        (Key::Insert, "^[[2~"),
        (Key::Up, "^[[A"),
        (Key::Down, "^[[B"),
        (Key::Right, "^[[C"),
        (Key::Left, "^[[D"),
        (Key::Home, "^[[H"),
        (Key::End, "^[[F"),
        (Key::PageUp, "^[[5~"),
        (Key::PageDown, "^[[6~"),
        (Key::Alt('x'), "^[x"),
        (Key::Ctrl('c'), "^C"),
        (Key::Ctrl('z'), "^Z"),
    ];
    for (key, spelled) in keys {
        shell.press(key);
        shell.press(".");
        shell.wait_for(&format!("{spelled}."));
    }
}

#[test]
fn arrows_follow_the_mode_the_program_asked_for() {
    let shell = reading_shell("\\e[?1h", "cat -vt");
    shell.press(Key::Up);
    shell.wait_for("^[OA");
}

#[test]
fn escape_is_a_key_of_its_own() {
    let shell = reading_shell("", "while dd bs=8 count=1 status=none | od -A n -t x1; do :; done");
    shell.press(Key::Escape);
    shell.press("q");
    shell.wait_for(" 71");
    assert!(!shell.text().contains("1b 71"), "one read had both: {}", shell.text());
}

#[test]
fn pasted_text_is_bracketed_only_on_request() {
    let shell = reading_shell("", "cat -vt");
    shell.paste("plain");
    shell.wait_for("ready.plain");

    let shell = reading_shell("\\e[?2004h", "cat -vt");
    shell.paste("text");
    shell.wait_for("ready.^[[200~text^[[201~");
}

#[test]
fn the_alternate_screen_is_entered_and_left() {
    let shell = shell();
    shell.press("printf '\\e[?1049h%s' in''side; read; printf '\\e[?1049l'\r");
    shell.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    shell.wait_for("inside");
    shell.press(Key::Enter);
    shell.wait_until_gone("inside");
    assert!(!shell.alternate_screen());
}

#[test]
fn a_program_learns_of_a_new_size() {
    let shell = shell();
    shell.resize(20, 77);
    shell.press("stty size\r");
    shell.wait_for("20 77");
    assert_eq!(shell.screen().size().1.get(), 77);
}

#[test]
fn the_terminal_answers_where_its_cursor_is() {
    let shell = shell();
    shell.press("IFS='[;' read -p $'\\e[4;9H\\e[6n' -d R -s _ row col; echo \"[$row/$col]\"\r");
    shell.wait_for("[4/9]");
}

#[test]
fn signals_reach_the_program() {
    let mut shell = Terminal::start(&Program::new("cat"), 3, 20);
    shell.signal(Signal::TERM);
    assert_eq!(shell.wait_for_exit().signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn every_byte_that_a_program_writes_is_counted() {
    let shell = reading_shell("", "read -rs -n 1; printf '12345'; read -rs -n 1; printf '67890!'");
    let before = shell.bytes_written();
    shell.press("x");
    shell.wait_for("12345");
    assert_eq!(shell.bytes_written() - before, 5);
    shell.press("x");
    shell.wait_for("67890!");
    assert!(shell.bytes_written() - before >= 11);
}

#[test]
fn two_starts_of_a_program_share_its_home() {
    let bash = Program::new("bash").args(["-c", "cat ~/note; echo kept >~/note"]);
    for _ in 0..2 {
        Terminal::start(&bash, 5, 60).wait_for_exit();
    }
    assert_eq!(std::fs::read_to_string(bash.home().join("note")).unwrap(), "kept\n");
    assert_ne!(bash.home(), Program::new("bash").home());
}

#[test]
#[should_panic(expected = "for: the impossible\n┌────────────────────\n│>")]
fn a_wait_in_vain_fails_with_the_whole_screen() {
    let bash = Program::new("bash").args(["--norc"]).env("PS1", "> ");
    let shell = Terminal::start(&bash, 3, 20);
    shell.wait_for(">");
    shell.wait_within(Duration::from_millis(1), "the impossible", |_| false);
}

/// Bash at its prompt, 12 rows of 100.
fn shell() -> Terminal {
    let bash = Program::new("bash").args(["--norc", "--noprofile"]).env("PS1", "> ").env("HISTFILE", "");
    let shell = Terminal::start(&bash, 12, 100);
    shell.wait_for(">");
    shell
}

/// Bash running `command` on single bytes as they come, after it has asked the terminal for `modes`.
fn reading_shell(modes: &str, command: &str) -> Terminal {
    let shell = shell();
    // printf assembles the word, so that the typed line does not contain it.
    shell.press(format!("clear; stty raw -echo; printf '{modes}ready%s' .; {command}\r").as_str());
    shell.wait_for("ready.");
    shell
}
