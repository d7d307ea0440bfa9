//! The program with a real keyring: unlocked, locked, without an answer, and absent.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use whosin::demo::{self, Demo, Options};

use crate::support::{
    guest::{sign_in, small_cast},
    home::{Ended, Home},
    keyring::Keyring,
    lines::Lines,
    oauth_server::{DEVICE, OAuthServer, REVOKE, TOKEN, tokens},
    terminal::Signal,
};

const LOCKED: &str = "the keyring is locked: unlock it, or run whosin login --token-store file.";
const NO_ANSWER: &str = "the keyring does not answer";

async fn demo() -> Demo {
    Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap()
}

/// Signs in to a demo homeserver by its password.
fn login(home: &Home, demo: &Demo, more: &[&str]) -> Ended {
    let args = ["login", "--homeserver", demo.url(), "--user", "you", "--password-stdin"];
    with_input(home.command(&[&args, more].concat()), demo::PASSWORD)
}

fn with_input(mut command: Command, text: &str) -> Ended {
    let mut process = command.stdin(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn saved(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(home.state("session.json")).unwrap()).unwrap()
}

/// Commands that need a session and nobody to answer a dialog.
const COMMANDS: [&[&str]; 9] = [
    &["status"],
    &["is", "you", "online"],
    &["list"],
    &["set", "online"],
    &["hold", "busy", "--", "true"],
    &["watch", "--once"],
    &["doctor"],
    &["logout"],
    &["login", "example.org"],
];

#[tokio::test(flavor = "multi_thread")]
async fn an_unlocked_keyring_keeps_the_tokens_and_the_file_has_none() {
    let Some(keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, &keyring.home);
    let signed_in = login(home, &demo, &[]);
    assert_eq!(signed_in.code, 0, "{signed_in:?}");
    let file = saved(home);
    assert_eq!((&file["token_store"], file.get("access_token")), (&json!("keyring"), None));
    assert_eq!(keyring.entries(), 1, "and none of the probe");
    let listed = home.run(&["list"]);
    assert!(listed.code == 0 && listed.stdout.contains("Bob"), "{listed:?}");
    assert_eq!(home.run(&["logout"]).code, 0);
    assert_eq!((keyring.entries(), home.state("session.json").exists()), (0, false));
    assert!(!keyring.was_dialog_asked_for());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_ends_each_command_with_its_own_status_and_loses_nothing() {
    let Some(mut keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, keyring.home.clone());
    assert_eq!(login(&home, &demo, &[]).code, 0);
    let before = saved(&home);
    keyring.lock();
    for args in COMMANDS {
        let ended = home.run(args);
        assert_eq!(ended.code, 5, "{args:?} {ended:?}");
        // The doctor says first what it knows without the keyring.
        let is_silent = ended.stdout.is_empty() || args == ["doctor"];
        assert!(ended.stderr.contains(LOCKED) && is_silent, "{args:?} {ended:?}");
    }
    let again = login(&home, &demo, &["--replace"]);
    assert_eq!(again.code, 5, "{again:?}");
    assert!(!keyring.was_dialog_asked_for(), "nobody is there to answer it");
    assert_eq!((saved(&home), keyring.entries()), (before, 1));
    keyring.unlock();
    assert_eq!(home.run(&["list"]).code, 0, "unlocked, all is as it was");
    keyring.lock();
    let advised = login(&home, &demo, &["--token-store", "file"]);
    assert!(advised.code == 0 && advised.stderr.contains("may live on"), "{advised:?}");
    assert_eq!(home.run(&["list"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_ends_commands_as_well() {
    let Some(keyring) = Keyring::hanging() else { return };
    let demo = demo().await;
    let session = sign_in(&demo).await.unwrap().saved();
    let file = json!({
        "version": 1, "homeserver": session.homeserver, "user_id": session.user_id,
        "device_id": session.device_id, "token_store": "keyring",
    });
    let home = keyring.home.clone().with_session(&file.to_string());
    for args in COMMANDS {
        let ended = home.run(args);
        assert_eq!(ended.code, 5, "{args:?} {ended:?}");
        assert!(ended.stderr.contains(NO_ANSWER), "{args:?} {ended:?}");
    }
    assert_eq!(saved(&home), file);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_keyring_means_the_file_at_sign_in_and_never_later() {
    let Some(mut keyring) = Keyring::absent() else { return };
    let (demo, home) = (demo().await, keyring.home.clone());
    let no_bus = Home::new();
    for home in [&home, &no_bus] {
        let refused = login(home, &demo, &["--token-store", "keyring"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("there is no keyring here"), "{refused:?}");
        assert_eq!(login(home, &demo, &[]).code, 0);
        let file = saved(home);
        assert_eq!(file["token_store"], "file");
        assert!(file["access_token"].is_string());
    }
    keyring.unlock();
    assert_eq!(home.run(&["list"]).code, 0);
    assert_eq!((&saved(&home)["token_store"], keyring.entries()), (&json!("file"), 0), "decided at sign-in");

    let kept = login(&home, &demo, &["--replace"]);
    assert_eq!((kept.code, &saved(&home)["token_store"]), (0, &json!("keyring")), "{kept:?}");
    let before = saved(&home);
    keyring.stop();
    for args in [&["list"][..], &["status"], &["set", "online"]] {
        let ended = home.run(args);
        assert_eq!(ended.code, 4, "{args:?} {ended:?}");
        assert!(ended.stderr.contains("there is no keyring here"), "{args:?} {ended:?}");
    }
    assert_eq!(saved(&home), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyring_is_tried_before_the_person_is_sent_to_a_browser() {
    let Some(keyring) = Keyring::start() else { return };
    keyring.lock();
    let server = OAuthServer::start().await;
    for store in ["auto", "keyring"] {
        let ended = keyring.home.run(&["login", &server.url, "--device", "--token-store", store]);
        assert_eq!(ended.code, 5, "{ended:?}");
        assert!(ended.stderr.contains(LOCKED), "{ended:?}");
    }
    assert_eq!(server.asked(DEVICE).len(), 0);
    server.answer_next(TOKEN, 200, tokens("a"));
    let ended = keyring.home.run(&["login", &server.url, "--device", "--token-store", "file"]);
    assert_eq!((ended.code, &saved(&keyring.home)["token_store"]), (0, &json!("file")), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_waits_for_the_keyring_and_goes_on_when_it_is_unlocked() {
    let Some(mut keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, keyring.home.clone());
    assert_eq!(login(&home, &demo, &[]).code, 0);
    keyring.lock();
    let bar = |args: &[&str]| Lines::of(home.command(&[&["watch"], args].concat()));
    let template = bar(&["--format", "{free} free{lost}"]);
    let json = bar(&["--json"]);
    assert_eq!(template.next(), "0 free (not connected)");
    let lost = json.next();
    assert!(lost.contains(r#""type":"lost""#) && lost.contains("the keyring is locked"), "{lost}");
    assert!(!keyring.was_dialog_asked_for());
    keyring.unlock();
    template.until("contacts", |line| line == "1 free");
    json.until("a contact", |line| line.contains("@bob:demo.localhost"));
    let (code, said) = template.end(Signal::TERM);
    assert_eq!(code, Some(0));
    assert_eq!(said.matches("Waiting for it").count(), 1, "{said}");

    keyring.lock();
    let waiting = bar(&["--format", "{lost}"]);
    assert_eq!(waiting.next(), " (not connected)");
    assert_eq!(waiting.end(Signal::TERM).0, Some(0), "a signal ends the wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_waits_for_the_keyring_as_well() {
    let Some(mut keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, keyring.home.clone());
    assert_eq!(login(&home, &demo, &[]).code, 0);
    keyring.lock();
    let mut daemon = home.command(&["daemon"]).spawn().unwrap();
    let mut said = BufReader::new(daemon.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.next().unwrap().contains("the keyring is locked"));
    assert!(!keyring.was_dialog_asked_for());
    keyring.unlock();
    assert!(said.next().unwrap().contains("connected to demo.localhost"));
    assert_eq!(home.run(&["daemon", "--stop"]).code, 0);
    assert!(daemon.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_may_ask_for_a_dialog_and_says_so() {
    let Some(keyring) = Keyring::start() else { return };
    let demo = demo().await;
    assert_eq!(login(&keyring.home, &demo, &[]).code, 0);
    keyring.lock();
    let terminal = keyring.home.open(&[], &[]);
    terminal.wait_for("waiting for the keyring: look for its dialog");
    assert!(keyring.was_dialog_asked_for());
    assert!(!terminal.text().contains("Sign in to Matrix"), "a lock is no sign-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_and_long_tokens_have_entries_of_their_own() {
    let Some(keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, &keyring.home);
    let token = sign_in(&demo).await.unwrap().saved().tokens.access_token.into_secret();
    for profile in ["a", "b"] {
        let args =
            ["--profile", profile, "login", "--homeserver", demo.url(), "--user", "you", "--token-stdin"];
        let ended = with_input(home.command(&args), &token);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    assert_eq!(keyring.entries(), 2, "although both are one device of one account");
    assert_eq!(home.run(&["--profile", "b", "logout", "--forget"]).code, 0);
    assert_eq!(keyring.entries(), 1);

    let server = OAuthServer::start().await;
    let mut long = tokens("long");
    let refresh_token = "s3cret".repeat(700);
    long["refresh_token"] = json!(refresh_token);
    server.answer_next(TOKEN, 200, long);
    assert_eq!(home.run(&["login", &server.url, "--device"]).code, 0);
    assert_eq!(saved(home)["token_store"], "keyring");
    assert_eq!(home.run(&["logout"]).code, 0);
    assert_eq!(server.asked(REVOKE)[0].field("token"), refresh_token);
    assert_eq!(keyring.entries(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_entry_cannot_be_deleted_is_forgotten_and_the_rest_is_said() {
    let Some(mut keyring) = Keyring::start() else { return };
    let (demo, home) = (demo().await, keyring.home.clone());
    assert_eq!(login(&home, &demo, &[]).code, 0);
    keyring.lock();
    let ended = home.run(&["logout", "--forget"]);
    assert_eq!((ended.code, home.state("session.json").exists()), (0, false), "{ended:?}");
    assert!(ended.stderr.contains("the tokens of the session stay in the keyring"), "{ended:?}");
    keyring.unlock();
    assert_eq!(keyring.entries(), 1);
}
