//! Input that nobody has typed changes nothing that others see.

use whosin::demo::{Demo, Options};

use crate::support::{guest::small_cast, home::Home, terminal::Key, wait};

/// Answers to questions and reports, each with the key of a state or of the end in it.
const UNTYPED: [&str; 9] = [
    "\x1b]11;rgb:b0b0/b0b0/b0b0\x1b\\",
    "\x1b]52;c;b2lidXE=\x07",
    "\x1b[?62;22c",
    "\x1b[12;40R",
    "\x1bP>|b(379) q\x1b\\",
    "\x1b_Gi=31;b o i u q\x1b\\",
    "\x1b[I\x1b[O",
    "\x1b[201~",
    "\x1b[?2026;2$y",
];

async fn demo() -> Demo {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    Demo::start(options).await.unwrap()
}

fn publishes(demo: &Demo) -> usize {
    demo.requests().iter().filter(|it| it.method == "PUT" && it.path.contains("/presence/")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_terminal_says_by_itself_is_no_key_however_it_is_split() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let before = publishes(&demo);
    for untyped in UNTYPED {
        for split in 0..untyped.len() {
            let (start, end) = untyped.as_bytes().split_at(split);
            terminal.send(start);
            terminal.send(end);
        }
    }
    // A real key follows all of them.
    terminal.press("?");
    terminal.wait_for("busy; again:");
    terminal.press("?");
    terminal.wait_for("You ● online");
    assert_eq!(publishes(&demo), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_text_presses_no_key_even_if_its_end_never_comes() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let before = publishes(&demo);
    terminal.send(b"\x1b[200~b\r\x1b[Aq\x1b[201~");
    terminal.press("m");
    terminal.wait_for("Message:");
    terminal.send(b"\x1b[200~bo");
    terminal.send(b"u\rqi");
    // The end is waited for, and then given up.
    terminal.wait_for("Message: bou qi");
    terminal.press(Key::Escape);
    terminal.wait_until_gone("Message:");
    assert_eq!(publishes(&demo), before);
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

/// Names and sentences that arrive at once, as from a paste without brackets or a key that is held down.
const BURSTS: [&str; 14] = [
    "sofia",
    "bob",
    "otto",
    "ui",
    "leo",
    "Bob\r",
    "Sofia\r",
    "maria\r",
    "quentin",
    "zoe",
    "bbbbbbbb",
    "oooooooo",
    "b\r",
    "see you at one o'clock\rbye\r",
];

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_arrive_at_once_are_a_search_and_set_nothing() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let before = publishes(&demo);
    for burst in BURSTS {
        terminal.send(burst.as_bytes());
        // The pause of somebody who wonders what happened.
        terminal.press("o");
        terminal.press(Key::Escape);
        terminal.press(Key::Escape);
        terminal.press(Key::Escape);
    }
    terminal.send(b"sofia");
    terminal.wait_for("Filter: sofia");
    terminal.wait_for("These letters are a search, so nothing is set.");
    terminal.press(Key::Escape);
    terminal.wait_until_gone("Filter:");
    assert_eq!(publishes(&demo), before);
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    terminal.wait_for("z undoes it: back to ● online.");
    terminal.press("z");
    terminal.wait_for("You ● online");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn q_closes_the_layer_on_top_and_quits_from_the_list_alone() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.press("?");
    terminal.wait_for("busy; again:");
    terminal.press("q");
    terminal.wait_until_gone("busy; again:");
    terminal.press("S");
    terminal.wait_for("Your state");
    terminal.press("q");
    terminal.wait_until_gone("Your state");
    terminal.press("j\r");
    terminal.wait_for("Last active");
    terminal.press("q");
    terminal.wait_until_gone("Last active");
    terminal.press("q");
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_password_gives_the_echo_back() {
    let demo = demo().await;
    let home = Home::new();
    let script = format!("whosin login --homeserver {} --user {}; read line", demo.url(), whosin::demo::USER);
    for key in ['c', '\\'] {
        let terminal = home.open_shell(&script);
        terminal.wait_for("Password:");
        wait::until(|| !terminal.edits_lines(), || terminal.text());
        terminal.press("secret");
        terminal.press(Key::Ctrl(key));
        wait::until(|| terminal.edits_lines(), || terminal.text());
        assert!(!terminal.text().contains("secret"));
    }
}

#[test]
fn a_dumb_terminal_gets_lines_without_escape_sequences() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let demo = runtime.block_on(Demo::start(Options::default())).unwrap();
    let home = runtime.block_on(Home::at(&demo));
    let mut terminal = home.open(&[], &[("TERM", "dumb")]);
    terminal.wait_for("TERM is dumb, so this prints changes like whosin watch");
    terminal.wait_for("Amara Okafor");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    assert!(!terminal.written().contains('\x1b'), "{:?}", terminal.written());
    let mut terminal = home.open(&["--demo"], &[("TERM", "dumb")]);
    terminal.wait_for("the demo needs a terminal that can draw, but TERM is dumb");
    assert_ne!(terminal.wait_for_exit().code(), Some(0));
}
