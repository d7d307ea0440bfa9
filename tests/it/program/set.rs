//! `whosin set` as a process: what it says, and what others see, on every kind of Synapse, beside a dashboard, and on a
//! demo homeserver that fails.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use whosin::demo::{Answer, Demo, Options};

use crate::support::{
    guest::small_cast,
    home::{Ended, Home},
    scene::{BUSY, Scene},
    synapse::{Busy, Limits, Setup, Synapse, Tracking, User, shared},
    terminal::Signal,
};

fn neighbours(synapse: &Synapse) -> (User, User, Home) {
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    (alice, bob, home)
}

/// State and message that others see.
fn seen(bob: &User, alice: &User) -> (Value, Value) {
    let seen = bob.presence_of(&alice.id);
    (seen["presence"].clone(), seen["status_msg"].clone())
}

fn ended(ended: &Ended) -> (i32, &str) {
    (ended.code, &ended.stdout)
}

#[test]
fn set_changes_what_others_see_and_keeps_the_message() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, home) = neighbours(synapse);
    let table: [(&[&str], &str, (&str, Value)); 6] = [
        (&["busy", "-m", "in a meeting"], "busy: in a meeting\n", (BUSY, json!("in a meeting"))),
        (&["away"], "unavailable: in a meeting\n", ("unavailable", json!("in a meeting"))),
        (&["free", "-m", "tea"], "online: tea\n", ("online", json!("tea"))),
        (&["offline"], "offline: tea\n", ("offline", json!("tea"))),
        (&["offline", "--clear-message"], "offline\n", ("offline", Value::Null)),
        (&["busy"], "busy\n", (BUSY, Value::Null)),
    ];
    for (args, line, (presence, message)) in table {
        let set = home.run(&[&["set"], args].concat());
        assert_eq!(ended(&set), (0, line), "{args:?}: {set:?}");
        assert_eq!(seen(&bob, &alice), (json!(presence), message), "{args:?}");
    }
}

#[test]
fn set_without_a_dashboard_says_how_long_the_state_lasts() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (_, _, home) = neighbours(synapse);
    assert!(home.run(&["set", "busy"]).stderr.contains("busy for 1 h at most"));
    assert!(home.run(&["set", "online"]).stderr.contains("online for about 30 s, unless another client"));
    assert_eq!(home.run(&["set", "offline"]).stderr, "");
}

#[test]
fn without_busy_others_see_unavailable_and_the_exit_status_says_so() {
    let Some(synapse) = shared(Setup { busy: Busy::Off, ..Setup::default() }) else { return };
    let (alice, bob, home) = neighbours(synapse);
    let set = home.run(&["set", "busy", "-m", "lunch"]);
    let server = alice.id.split_once(':').unwrap().1;
    assert_eq!(ended(&set), (3, format!("unavailable: lunch ({server} has no busy)\n").as_str()), "{set:?}");
    assert_eq!(seen(&bob, &alice), (json!("unavailable"), json!("lunch")));
}

#[test]
fn without_presence_nothing_can_be_set() {
    for presence in [Tracking::Off, Tracking::Untracked] {
        let Some(synapse) = shared(Setup { presence, ..Setup::default() }) else { return };
        let (_, _, home) = neighbours(synapse);
        let set = home.run(&["set", "online"]);
        assert_eq!(ended(&set), (4, ""), "{set:?}");
        assert!(set.stderr.contains("presence is switched off at"), "{set:?}");
    }
}

#[test]
fn a_second_set_waits_for_the_rate_limit_and_says_so() {
    let Some(synapse) = shared(Setup { limits: Limits::Default, ..Setup::default() }) else { return };
    let (alice, bob, home) = neighbours(synapse);
    assert_eq!(home.run(&["set", "busy", "-m", "one"]).code, 0);
    let set = home.run(&["set", "busy", "-m", "two"]);
    assert_eq!(ended(&set), (0, "busy: two\n"), "{set:?}");
    assert!(set.stderr.contains("limits changes"), "{set:?}");
    assert_eq!(seen(&bob, &alice).1, "two");
}

#[test]
fn set_names_the_session_that_holds_busy() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, home) = neighbours(synapse);
    let phone = alice.another_session();
    phone.put_presence(BUSY, None);
    phone.sync_once();
    let set = home.run(&["set", "online"]);
    assert_eq!(set.code, 3, "{set:?}");
    assert!(set.stdout.starts_with("busy (held by "), "{set:?}");
    assert_eq!(seen(&bob, &alice).0, BUSY);
}

#[test]
fn a_state_with_an_end_is_ended_by_the_next_dashboard() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let set = home.run(&["set", "busy", "--for", "10s", "-m", "lunch", "--no-background"]);
    assert_eq!(ended(&set), (0, "busy: lunch\n"), "{set:?}");
    assert!(set.stderr.contains("The next dashboard ends it"), "{set:?}");
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    scene.until_seen_as("online");
    assert_eq!(scene.seen()["status_msg"], Value::Null);
}

#[test]
fn set_uses_an_open_dashboard() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let set = home.run(&["set", "busy", "-m", "lunch", "--until", "23:59"]);
    assert_eq!((set.code, set.stdout.as_str(), set.stderr.as_str()), (0, "busy: lunch\n", ""));
    terminal.wait_for("You ■ busy until 23:59");
    terminal.wait_for("\"lunch\"");
    assert_eq!(ended(&home.run(&["set", "online", "--clear-message", "--no-wait"])), (0, ""));
    scene.until_seen_as("online");
}

#[test]
fn set_without_waiting_still_reaches_the_server() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, home) = neighbours(synapse);
    assert_eq!(ended(&home.run(&["set", "busy", "--no-wait"])), (0, ""));
    assert_eq!(seen(&bob, &alice).0, BUSY);
}

#[test]
fn invalid_arguments_of_set_are_usage_errors() {
    let home = Home::new();
    for args in [
        ["set", "lunching", "--no-wait"].as_slice(),
        &["set", "other"],
        &["set", "busy", "--for", "soon"],
        &["set", "busy", "--for", "1h", "--until", "15:00"],
        &["set", "busy", "--for", "15:00"],
        &["hold", "busy", "--until", "9"],
        &["set", "busy", "-m", "x", "--clear-message"],
    ] {
        assert_eq!(ended(&home.run(args)), (2, ""), "{args:?}");
    }
    let set = home.run(&["set", "busy"]);
    assert_eq!(ended(&set), (4, ""));
    assert!(set.stderr.contains("whosin login"), "{set:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_fails_where_the_server_cannot_be_reached() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    demo.answer_all("/", Answer::bad_gateway());
    let set = home.run(&["set", "busy"]);
    assert_eq!(ended(&set), (4, ""), "{set:?}");
    assert!(set.stderr.contains("502"), "{set:?}");
    demo.answer_truly();
    demo.expire_tokens();
    let set = home.run(&["set", "busy"]);
    assert_eq!(set.code, 4);
    assert!(set.stderr.contains("whosin login"), "{set:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_beside_a_stopped_dashboard_says_so_and_sets_nothing() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.signal(Signal::STOP);
    let begun = Instant::now();
    let set = home.run(&["set", "busy"]);
    assert_eq!(ended(&set), (4, ""), "{set:?}");
    assert!(set.stderr.contains("does not answer; is it stopped?"), "{set:?}");
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(5), "a dashboard may be slow: {waited:?}");
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    let puts = || demo.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!(puts(), 0);
    terminal.signal(Signal::CONT);
    let set = home.run(&["set", "busy"]);
    assert_eq!((set.code, set.stdout.as_str(), set.stderr.as_str()), (0, "busy\n", ""));
    terminal.wait_for("You ■ busy");
    assert_eq!(puts(), 1);
}
