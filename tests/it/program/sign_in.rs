//! Signing in with the real program, on the demo homeserver.

use std::process::Stdio;

use matrix_sdk::reqwest;
use serde_json::{Value, json};
use whosin::demo::{Demo, Options, SignIn, USER};

use crate::support::{
    guest::small_cast,
    home::Home,
    terminal::{Key, Terminal, text},
};

/// A demo homeserver without rate limits that signs people in by OAuth 2.0.
async fn with_oauth() -> Demo {
    Demo::start(Options { sign_in: SignIn::OAuth, ..plain() }).await.unwrap()
}

fn plain() -> Options {
    Options { cast: small_cast(), put_limit: None, ..Options::default() }
}

/// The address and the code on the screen.
fn shown(terminal: &Terminal) -> (String, String) {
    let screen = text(&terminal.wait_for("and type this code:"));
    let first_word = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let after = |start: &str| {
        let mut lines = screen.lines().skip_while(|line| !line.starts_with(start));
        let found = lines.nth(1).map(first_word);
        found.unwrap_or_else(|| panic!("{screen}"))
    };
    let address = screen.lines().map(first_word).find(|word| word.starts_with("http://"));
    (address.unwrap_or_else(|| panic!("{screen}")), after("and type this code:"))
}

/// Presses a button on the page of an address.
async fn decide(address: &str, code: &str, decision: &str) {
    let page = reqwest::get(format!("{address}?code={code}")).await.unwrap();
    let page = String::from_utf8(page.bytes().await.unwrap().to_vec()).unwrap();
    assert!(page.contains("Yes, that is me") && page.contains(code), "{page}");
    let form = format!("code={code}&decision={decision}");
    let answer = reqwest::Client::new().post(address).body(form).send().await.unwrap();
    assert!(answer.status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_signs_in_by_a_code_and_a_button_on_its_own_page() {
    let mut terminal = Home::new().open(&["--demo=oauth"], &[]);
    let (address, code) = shown(&terminal);
    decide(&address, &code, "no").await;
    terminal.wait_for("You refused the sign-in in the browser");
    terminal.press(Key::Enter);
    let (address, next) = shown(&terminal);
    assert_ne!(code, next);
    decide(&address, &next, "yes").await;
    terminal.wait_for("live");
    terminal.press("q");
    assert!(terminal.wait_for_exit().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn login_lists_what_the_server_offers_and_asks_for_no_password() {
    let demo = with_oauth().await;
    let home = Home::new();
    let mut terminal = home.open(&["login"], &[]);
    terminal.wait_for("Your user ID (@you:example.org) or homeserver:");
    terminal.press(format!("{}\r", demo.url()).as_str());
    let screen = text(&terminal.wait_for("Number [1]:"));
    assert!(screen.contains("1  Code for a browser on any machine"), "{screen}");
    assert!(screen.contains("2  Browser on this machine"), "{screen}");
    assert!(!screen.contains("Password"), "{screen}");
    terminal.press("7\r2\r");
    terminal.wait_for("Open this address in a browser to sign in:");
    terminal.press("s\r");
    let screen = text(&terminal.wait_for("The code is good for 20 minutes."));
    let code = screen.lines().skip_while(|line| !line.starts_with("and type this code:")).nth(2).unwrap();
    decide(&format!("{}/link", demo.url()), code.trim(), "yes").await;
    terminal.wait_for(&format!("Signed in as {USER}."));
    assert!(terminal.wait_for_exit().success());

    let mut again = home.open(&["login"], &[]);
    again.wait_for("Replace that session? [y/N]:");
    again.press("n\r");
    again.wait_for("stays");
    assert_eq!(again.wait_for_exit().code(), Some(1));
    let password = home.run(&["login", demo.url(), "--password-stdin", "--replace"]);
    assert!(password.stderr.contains("does not offer this way to sign in: Password"), "{password:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn login_without_an_argument_signs_in_again_with_the_same_device() {
    let demo = with_oauth().await;
    let home = Home::at(&Demo::start(plain()).await.unwrap()).await;
    let ended = json!({
        "homeserver": format!("{}/", demo.url()), "user_id": USER, "device_id": "ABCDEFGHIJ", "kind": "oauth",
        "client_id": "demo_client", "access_token": "ended", "refresh_token": "ended",
    });
    let home = home.with_session(&ended.to_string());
    let terminal = home.open(&["login", "--device"], &[]);
    let screen = text(&terminal.wait_for("The code is good for 20 minutes."));
    let code = screen.lines().skip_while(|line| !line.starts_with("and type this code:")).nth(2).unwrap();
    decide(&format!("{}/link", demo.url()), code.trim(), "yes").await;
    terminal.wait_for(&format!("Signed in as {USER}."));
    let saved: Value = serde_json::from_slice(&std::fs::read(home.state("session.json")).unwrap()).unwrap();
    assert_eq!((&saved["device_id"], &saved["user_id"]), (&json!("ABCDEFGHIJ"), &json!(USER)));
}

#[test]
fn login_without_an_argument_and_a_person_is_a_mistake_of_the_command_line() {
    let ended = Home::new().run(&["login"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("whosin login @you:example.org"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_out_elsewhere_everything_that_was_chosen_is_still_there_afterwards() {
    let demo = Demo::start(plain()).await.unwrap();
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.press("m");
    terminal.press("in the garden\r");
    terminal.press("b");
    terminal.wait_for("You ■ busy  \"in the garden\"");
    terminal.press("ss");
    terminal.wait_for("by activity");
    terminal.press("/bo\r");
    terminal.wait_for("\"bo\" 1 found");
    let device =
        |file| serde_json::from_slice::<Value>(&std::fs::read(file).unwrap()).unwrap()["device_id"].clone();
    let before = device(home.state("session.json"));
    demo.expire_tokens();
    terminal.wait_for("The server has ended this session");
    terminal.wait_for("▌ Password");
    terminal.press("demo\r");
    terminal.wait_for("You ■ busy  \"in the garden\"");
    terminal.wait_for("\"bo\" 1 found");
    terminal.wait_for("by activity");
    assert_eq!(device(home.state("session.json")), before, "the device goes on");
    terminal.press("q");
    assert!(terminal.wait_for_exit().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_asks_before_it_ends_the_session_that_a_pasted_token_is_from() {
    use std::io::Write;

    let demo = Demo::start(plain()).await.unwrap();
    let own = Home::at(&demo).await;
    let saved: Value = serde_json::from_slice(&std::fs::read(own.state("session.json")).unwrap()).unwrap();
    let home = Home::new();
    let mut login =
        home.command(&["login", demo.url(), "--token-stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(saved["access_token"].as_str().unwrap().as_bytes()).unwrap();
    let login = login.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&login.stderr).contains("the session of the program"), "{login:?}");

    let unasked = home.run(&["logout"]);
    assert_eq!(unasked.code, 1, "{unasked:?}");
    assert!(unasked.stderr.contains("whosin logout --forget"), "{unasked:?}");
    let mut asked = home.open(&["logout"], &[]);
    asked.wait_for("End that session? [y/N]:");
    asked.press("n\r");
    assert_eq!(asked.wait_for_exit().code(), Some(1));
    let token = std::fs::read_to_string(home.state("session.json")).unwrap();
    assert_eq!(home.run(&["logout", "--forget"]).code, 0);
    assert!(!home.state("session.json").exists());
    assert_eq!(own.run(&["list"]).code, 0, "the program that the token is from goes on");

    let home = home.with_session(&token);
    let mut asked = home.open(&["logout"], &[]);
    asked.wait_for("End that session? [y/N]:");
    asked.press("y\r");
    assert!(asked.wait_for_exit().success());
    let ended = own.run(&["list"]);
    assert!(ended.code != 0 && ended.stderr.contains("whosin login"), "it has ended with it: {ended:?}");
}
