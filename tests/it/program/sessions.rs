//! Sessions of the program whose tokens expire, on a real Synapse with an OAuth 2.0 server.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{task::spawn_blocking, time::sleep};
use vt100::Screen;
use whosin::{
    server::auth::sign_out,
    store::{
        secrets::{Patience, SystemKeyring},
        session_store::SessionStore,
        state_file::StateFile,
    },
};

use crate::support::{
    home::{Home, WHOSIN},
    sign_in_rig::OAuthRig,
    terminal::{Key, Terminal, text},
    wait::until,
};

async fn signed_in(rig: &OAuthRig) -> Home {
    let home = Home::new();
    rig.sign_in(&home, "alice").await;
    home
}

fn saved(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(home.state("session.json")).unwrap()).unwrap()
}

/// Replaces the access token by one that no server knows.
fn expire(home: &Home) {
    let mut session = saved(home);
    session["access_token"] = json!("expired");
    session.as_object_mut().unwrap().remove("renew_after");
    fs::write(home.state("session.json"), session.to_string()).unwrap();
}

async fn refreshes(rig: &OAuthRig) -> u64 {
    rig.set(json!({})).await["refreshes"].as_u64().unwrap()
}

async fn output(mut command: Command) -> Output {
    spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A dashboard and five commands at a time, while the token expires every four seconds. `is_over` gets the time and
/// the number of renewals.
async fn keep_busy(is_over: impl Fn(Duration, u64) -> bool) {
    let Some(rig) = OAuthRig::start() else { return };
    rig.set(json!({"access_ttl": 4})).await;
    let home = signed_in(&rig).await;
    let begun = Instant::now();
    let dashboard = home.open(&[], &[]);
    dashboard.wait_for("live");
    let (mut commands, mut renewals) = (0_u32, 0);
    while !is_over(begun.elapsed(), renewals) {
        // The dashboard's own requests may be half a minute apart. A new message is a request of its.
        let message = format!("{commands} commands");
        let five: [&[&str]; 5] = [
            &["set", "online", "-m", &message],
            &["status", "--json"],
            &["list"],
            &["is", "alice", "online"],
            &["watch", "--once"],
        ];
        let five = five.map(|args| home.command(args).spawn().unwrap());
        for (index, command) in five.into_iter().enumerate() {
            let output = spawn_blocking(|| command.wait_with_output()).await.unwrap().unwrap();
            commands += 1;
            assert!(output.status.success(), "command {index} of {commands}: {}", stderr(&output));
        }
        renewals = refreshes(&rig).await;
        assert!(dashboard.text().contains("live"), "{}", dashboard.text());
    }
    let seconds = begun.elapsed().as_secs();
    eprintln!("{commands} commands and {renewals} renewals in {seconds} s");
    // A token is renewed a fifth before its end, so none lives for less than 3.2 s: one renewal each, whoever asks.
    assert!(renewals <= seconds / 3 + 2, "{renewals} renewals in {seconds} s");
    quit(dashboard);
    assert_eq!(home.run(&["list"]).code, 0, "the session lives");
}

fn quit(mut dashboard: Terminal) {
    dashboard.press("q");
    assert!(dashboard.wait_for_exit().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_and_five_commands_share_each_renewal() {
    keep_busy(|_, renewals| renewals >= 4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes"]
async fn a_dashboard_and_five_commands_share_each_renewal_for_two_minutes() {
    keep_busy(|elapsed, _| elapsed >= Duration::from_mins(2)).await;
}

/// A command that the system kills when it writes the first byte to a file, or only refuses it where `trap` ignores
/// the signal: between the answer with the new tokens and their save, there is no other write.
fn without_space(home: &Home, trap: &str) -> Command {
    let mut command = home.command_of("sh");
    command.args(["-c", &format!("{trap}ulimit -c 0; ulimit -f 0; exec \"$0\" list"), &WHOSIN]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_answer_and_the_save_the_next_start_goes_on() {
    let Some(rig) = OAuthRig::start() else { return };
    rig.set(json!({"grace": true})).await;
    let home = signed_in(&rig).await;
    expire(&home);
    let before = saved(&home);
    let xfsz = 25;
    let killed = output(without_space(&home, "")).await;
    assert_eq!(killed.status.signal(), Some(xfsz), "{}", stderr(&killed));
    assert_eq!((refreshes(&rig).await, saved(&home)), (1, before), "answered and not saved");
    assert_eq!(home.run(&["list"]).code, 0);
    assert_eq!(refreshes(&rig).await, 2, "the same refresh token again");
    assert_ne!(saved(&home)["access_token"], "expired");
    assert_eq!(home.run(&["logout"]).code, 0);
    let left: Vec<_> =
        fs::read_dir(home.state("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".session")), "{left:?}");
}

/// The moment of each kill is a matter of luck, so this is more than the test before, and takes a minute.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn killed_at_any_moment_the_next_start_goes_on() {
    let Some(rig) = OAuthRig::start() else { return };
    rig.set(json!({"grace": true})).await;
    let home = signed_in(&rig).await;
    let mut unsaved = 0;
    for _ in 0..100 {
        expire(&home);
        let mut command = home.command(&["list"]).spawn().unwrap();
        sleep(Duration::from_millis(fastrand::u64(..150))).await;
        command.kill().unwrap();
        command.wait().unwrap();
        unsaved += u32::from(saved(&home)["access_token"] == "expired");
        let list = home.run(&["list"]);
        assert_eq!(list.code, 0, "{list:?}");
    }
    let renewals = refreshes(&rig).await;
    eprintln!("100 kills, {unsaved} of them before the save, {renewals} renewals");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_the_save_is_said_and_costs_no_session() {
    let Some(rig) = OAuthRig::start() else { return };
    rig.set(json!({"grace": true})).await;
    let home = signed_in(&rig).await;
    expire(&home);
    let before = saved(&home);
    let failed = output(without_space(&home, "trap '' XFSZ; ")).await;
    assert_eq!(failed.status.code(), Some(4), "{}", stderr(&failed));
    assert!(stderr(&failed).contains("session.json cannot be written"), "{}", stderr(&failed));
    assert_eq!((refreshes(&rig).await, saved(&home)), (1, before));
    assert_eq!(home.run(&["list"]).code, 0, "there is space again");
}

/// The store of a home, for what the test does with its session.
fn store(home: &Home) -> SessionStore {
    let keyring = std::sync::Arc::new(SystemKeyring(Patience::Immediate));
    SessionStore::new(StateFile::at(home.state("session.json")), keyring)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_elsewhere_is_in_nobodys_way() {
    let Some(rig) = OAuthRig::start() else { return };
    let home = signed_in(&rig).await;
    let before = saved(&home);
    sign_out(&store(&home).load().unwrap().unwrap()).await.unwrap();
    let status = home.run(&["status"]);
    assert_eq!(status.code, 4, "{status:?}");
    assert!(status.stderr.contains("whosin login"), "{status:?}");
    assert_eq!(saved(&home), before, "kept until somebody has signed in");

    rig.sign_in(&home, "alice").await;
    let after = saved(&home);
    assert_ne!(after["access_token"], before["access_token"]);
    assert_eq!(after["device_id"], before["device_id"], "the same device goes on");
    assert_eq!(home.run(&["list"]).code, 0);

    sign_out(&store(&home).load().unwrap().unwrap()).await.unwrap();
    let logout = home.run(&["logout"]);
    assert_eq!((logout.code, home.state("session.json").exists()), (0, false), "{logout:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_when_the_server_cannot_be_told_unless_it_is_to_be_forgotten() {
    let Some(mut rig) = OAuthRig::start() else { return };
    let home = signed_in(&rig).await;
    rig.stop();
    let logout = home.run(&["logout"]);
    assert_eq!((logout.code, home.state("session.json").exists()), (1, true), "{logout:?}");
    assert!(logout.stderr.contains("whosin logout --forget"), "{logout:?}");
    let forgotten = home.run(&["logout", "--forget"]);
    assert_eq!((forgotten.code, home.state("session.json").exists()), (0, false), "{forgotten:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_session_is_ended_by_the_tokens_that_it_has_now() {
    let Some(rig) = OAuthRig::start() else { return };
    let home = signed_in(&rig).await;
    let refused = home.run(&["login", &rig.homeserver(), "--device"]);
    assert!(refused.code == 1 && refused.stderr.contains("--replace"), "{refused:?}");
    let before = store(&home).load().unwrap().unwrap();
    expire(&home);
    let mut login = home.command(&["login", &rig.homeserver(), "--device", "--replace"]).spawn().unwrap();
    rig.approve_code_of(&mut login, "alice").await;
    assert!(spawn_blocking(move || login.wait()).await.unwrap().unwrap().success());
    let after = store(&home).load().unwrap().unwrap();
    assert_ne!(after.device_id, before.device_id);
    assert_eq!(home.run(&["list"]).code, 0);
    let old = whosin::server::Session::restore(before, None).unwrap();
    assert_eq!(old.check().await.unwrap_err().kind, whosin::server::ErrorKind::SignedOut);
}

/// What others see, by a second session of the same person that changes nothing.
fn seen(home: &Home) -> String {
    let status = home.run(&["status"]);
    format!("{}{}", status.stdout, status.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_while_the_token_is_renewed_ends_all_the_same() {
    let Some(rig) = OAuthRig::start() else { return };
    let observer = signed_in(&rig).await;
    rig.set(json!({"access_ttl": 2})).await;
    let home = signed_in(&rig).await;
    let dashboard = home.open(&[], &[]);
    dashboard.wait_for("live");
    // The first renewals after it fail, and the busy ends meanwhile.
    let set = home.run(&["set", "busy", "--for", "5s"]);
    assert_eq!(set.code, 0, "{set:?}");
    until(|| seen(&observer).contains("busy"), || seen(&observer));
    rig.set(json!({"fail_token": 3})).await;
    until(|| seen(&observer).contains("online"), || format!("{}\n{}", seen(&observer), dashboard.text()));

    // The farewell renews as well: the long poll is still open with a token that has expired.
    let expired = saved(&home)["renew_after"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    until(|| jiff::Timestamp::now() > expired + Duration::from_secs(2), || "expired".to_owned());
    quit(dashboard);
    until(|| seen(&observer).contains("offline"), || seen(&observer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_expires_in_the_form_is_replaced_without_a_key() {
    let Some(rig) = OAuthRig::start() else { return };
    let home = Home::new();
    rig.set(json!({"device_ttl": 2})).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("Sign in to Matrix");
    terminal.paste(&rig.homeserver());
    terminal.press(Key::Enter);
    terminal.wait_for("Code for a browser on any machine");
    terminal.press(Key::Enter);
    let first = code_and_picture(&terminal.wait_for("and type this code:"));
    let other = |screen: &Screen| {
        let shown = code_and_picture(screen);
        !shown.0.is_empty() && shown.0 != first.0 && shown.1 != first.1
    };
    let shown = terminal.wait_until("another code and picture", other);
    rig.set(json!({"device_ttl": 1200})).await;
    assert!(!text(&shown).contains(&first.0), "{}", text(&shown));
    terminal.press(Key::Escape);
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for_exit();
}

/// The code on the screen, and the lines with the QR code.
fn code_and_picture(screen: &Screen) -> (String, String) {
    let screen = text(screen);
    let mut after = screen.lines().skip_while(|line| !line.starts_with("and type this code:"));
    let code = after.nth(1).and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    let picture: Vec<_> = screen.lines().filter(|line| line.contains(['▀', '▄', '█'])).collect();
    (code.to_owned(), picture.join("\n"))
}
