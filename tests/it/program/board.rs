//! The board in a pseudo-terminal.

use whosin::demo::{Demo, Options};

use crate::support::{guest::small_cast, home::Home, terminal::Key};

#[tokio::test(flavor = "multi_thread")]
async fn a_board_shows_who_is_in_and_no_key_but_ctrl_c_does_anything() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&["board"], &[]);
    terminal.wait_for("● FREE");
    terminal.wait_for("Who's in?");
    terminal.send(b"bouiq?:S\r");
    terminal.resize(30, 90);
    terminal.wait_for("■ BUSY");
    let puts =
        demo.requests().iter().filter(|it| it.method == "PUT" && it.path.contains("/presence/")).count();
    assert_eq!(puts, 0);
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    assert!(!terminal.alternate_screen());
}

#[test]
fn a_board_of_the_demo_needs_no_account() {
    let home = Home::new();
    let mut terminal = home.open(&["board", "--demo"], &[]);
    terminal.wait_for("● FREE");
    terminal.wait_for("Amara Okafor");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

#[test]
fn the_demo_of_the_dashboard_is_told_how_to_be_that_of_the_board() {
    let output = Home::new().run(&["--demo", "board"]);
    assert!(output.stderr.contains("whosin board --demo"), "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_follows_the_configuration_and_says_what_is_wrong_with_it() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    let terminal = home.open(&["board"], &[]);
    terminal.resize(30, 120);
    terminal.wait_for("Bob");
    let home = home.configured("\nhide = [\n");
    terminal.wait_for("config.toml, line 2");
    assert!(terminal.text().contains("Bob"), "{}", terminal.text());
    let _home = home.configured("hide = [\"@bob:*\"]");
    terminal.wait_until_gone("Bob");
    terminal.wait_until_gone("config.toml");
}
