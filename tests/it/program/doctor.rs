//! `whosin doctor` as a process. It finds what is wrong and changes nothing.

use serde_json::{Value, json};
use whosin::demo::{Answer, Demo, Options};

use crate::program::daemon::Daemon;
use crate::support::{
    guest::small_cast,
    home::{Ended, Home},
    scene::BUSY,
    synapse::{Busy, Limits, Setup, Synapse, Tracking, User, shared},
};

fn neighbours(synapse: &Synapse) -> (User, User, Home) {
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    (alice, bob, home)
}

/// The check with this name.
#[track_caller]
fn check(ended: &Ended, name: &str) -> Value {
    let mut checks = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    checks.find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name} in {ended:?}"))
}

/// The names of the failed checks.
fn wrong(ended: &Ended) -> Vec<String> {
    let checks = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    checks.filter(|check| check["ok"] == false).map(|check| check["check"].as_str().unwrap().into()).collect()
}

/// State and message that others see.
fn seen(bob: &User, alice: &User) -> (Value, Value) {
    let seen = bob.presence_of(&alice.id);
    (seen["presence"].clone(), seen["status_msg"].clone())
}

#[test]
fn doctor_finds_nothing_wrong_with_busy_on_synapse_and_restores_the_presence() {
    for (limits, message) in [(Limits::Lifted, Some("gone home")), (Limits::Default, None)] {
        let Some(synapse) = shared(Setup { limits, ..Setup::default() }) else { return };
        let (alice, bob, home) = neighbours(synapse);
        alice.put_presence("offline", message);
        let before = seen(&bob, &alice);
        let examined = home.run(&["doctor", "--json"]);
        assert_eq!((examined.code, wrong(&examined)), (0, vec![]), "{examined:?}");
        assert!(check(&examined, "echo")["says"].as_str().unwrap().ends_with(" ms"), "{examined:?}");
        // How many of the ten seconds are left depends on how fast this machine is.
        let limited = check(&examined, "limit")["says"].as_str().unwrap().contains("accepts one change in ");
        assert_eq!(limited, limits == Limits::Default, "{examined:?}");
        assert_eq!(seen(&bob, &alice), before);
    }
}

#[test]
fn doctor_says_what_to_ask_the_administrator_without_busy_or_presence() {
    let setups = [
        (Setup { busy: Busy::Off, ..Setup::default() }, vec!["busy"]),
        (Setup { presence: Tracking::Off, ..Setup::default() }, vec!["presence"]),
        (Setup { presence: Tracking::Untracked, ..Setup::default() }, vec!["presence"]),
    ];
    for (setup, expected) in setups {
        let Some(synapse) = shared(setup) else { return };
        let (_, _, home) = neighbours(synapse);
        let examined = home.run(&["doctor", "--json"]);
        assert_eq!(
            (examined.code, wrong(&examined)),
            (1, expected.iter().map(ToString::to_string).collect())
        );
        assert!(check(&examined, expected[0])["advice"].is_string());
    }
}

#[test]
fn doctor_beside_a_dashboard_knows_that_presence_is_switched_off() {
    let Some(synapse) = shared(Setup { presence: Tracking::Off, ..Setup::default() }) else { return };
    let (_, _, home) = neighbours(synapse);
    let terminal = home.open(&[], &[]);
    terminal.wait_for("Nobody sees your presence");
    let told = home.run(&["doctor"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.stdout.contains("presence is switched off at"), "{told:?}");
    assert!(told.stdout.contains("1 shares a room with you") && !told.stdout.contains("nothing was heard"));
}

#[test]
fn doctor_leaves_busy_to_the_session_that_holds_it() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, _) = neighbours(synapse);
    let phone = alice.another_session();
    phone.put_presence(BUSY, Some("in a meeting"));
    let examined = Home::of(&synapse.url(), &alice).run(&["doctor", "--json"]);
    assert_eq!(examined.code, 0, "{examined:?}");
    assert_eq!(seen(&bob, &alice), (json!(BUSY), json!("in a meeting")));
    assert!(check(&examined, "sessions")["says"].as_str().unwrap().contains("hold busy"));
    phone.put_presence("online", None);
    assert_eq!(seen(&bob, &alice).0, "online", "the session of the doctor does not hold it");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_an_unreachable_server_and_nothing_else() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    demo.answer_all("/versions", Answer::bad_gateway());
    let examined = home.run(&["doctor"]);
    assert_eq!(examined.code, 1);
    assert!(examined.stdout.contains("✗  server ") && examined.stdout.contains("502"), "{examined:?}");
    assert_eq!(examined.stdout.lines().count(), 4, "what is on this machine comes first: {examined:?}");
    let ascii = home.command(&["doctor"]).env("LANG", "C").output().unwrap();
    assert!(String::from_utf8_lossy(&ascii.stdout).contains("\nno server "), "{ascii:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_cannot_be_listed_are_not_taken_for_none() {
    let demo =
        Demo::start(Options { cast: small_cast(), put_limit: None, ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    demo.answer_all("/devices", Answer::bad_gateway());
    let examined = home.run(&["doctor", "--json"]);
    assert_eq!(examined.code, 1, "{examined:?}");
    let sessions = check(&examined, "sessions");
    assert_eq!(sessions["says"], "cannot list your other sessions");
    assert!(sessions["advice"].as_str().unwrap().contains("502"), "{sessions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_examines_the_terminal() {
    let demo =
        Demo::start(Options { cast: small_cast(), put_limit: None, ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&["doctor"], &[("NO_COLOR", "1")]);
    terminal.wait_for("none, because NO_COLOR is set");
    terminal.wait_for("✓  characters  UTF-8");
    terminal.wait_for("✓  software    Synapse");
    terminal.wait_for("✓  contacts    1 shares a room with you");
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
}

#[test]
fn doctor_without_a_session_names_the_login_command() {
    let examined = Home::new().run(&["doctor"]);
    assert_eq!(examined.code, 1);
    assert!(examined.stderr.contains("whosin login"), "{examined:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_which_process_keeps_the_presence_and_what_it_cannot_see() {
    let demo =
        Demo::start(Options { cast: small_cast(), put_limit: None, ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await.configured("on_change = [\"true\"]");
    let says = |examined: &Ended, name: &str| check(examined, name)["says"].as_str().unwrap().to_owned();
    let alone = home.run(&["doctor", "--json"]);
    assert!(says(&alone, "engine").starts_with("no whosin is running"), "{alone:?}");
    assert!(says(&alone, "secrets").contains("session.json"), "{alone:?}");

    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    let beside = home.run(&["doctor", "--json"]);
    let engine = says(&beside, "engine");
    assert!(engine.starts_with("whosin daemon, process ") && engine.contains("started just now"), "{engine}");
    assert!(engine.contains("is busy in calls") && engine.contains("runs on_change"), "{engine}");
    let sees = says(&beside, "sees");
    assert!(sees.contains("a desktop") && sees.contains("D-Bus") && sees.contains("notifications"), "{sees}");
    assert!(daemon.end().success());

    let with_desktop = home.with("DISPLAY", ":99").with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let terminal = with_desktop.open(&[], &[]);
    terminal.wait_for("You ● online");
    let beside = with_desktop.run(&["doctor", "--json"]);
    assert!(says(&beside, "engine").starts_with("a dashboard, process "), "{beside:?}");
    let says: Vec<_> = beside.stdout.lines().filter(|line| line.contains("\"sees\"")).collect();
    assert!(!says.concat().contains("a desktop,"), "{says:?}");
}
