//! `whosin status` and `whosin is` as processes, on every kind of Synapse and on the demo homeserver.

use serde_json::{Value, json};
use whosin::demo::{Answer, Cast, Demo, Options};

use crate::support::{
    guest::{BOB, small_cast},
    home::{Ended, Home},
    scene::BUSY,
    synapse::{Busy, Limits, Setup, Synapse, Tracking, User, shared},
};

/// Alice, who runs the command, her home, and Bob, who shares a room with her.
fn neighbours(synapse: &Synapse) -> (User, User, Home) {
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    (alice, bob, home)
}

fn objects(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn status_prints_state_and_message_of_a_user_on_our_server() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (_, bob, home) = neighbours(synapse);
    bob.put_presence(BUSY, Some("in a \u{1b}[38;2;218;56;47mmeeting"));
    for typed in [&bob.localpart, &bob.id] {
        let told = home.run(&["status", typed]);
        assert_eq!((told.code, told.stderr.as_str()), (0, ""));
        assert_eq!(told.stdout, format!("{}\tbusy\tnow\tin a meeting\n", bob.id));
    }
}

#[test]
fn status_in_json_has_the_fields_of_the_specification_and_one_object_per_line() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, home) = neighbours(synapse);
    alice.put_presence("unavailable", None);
    bob.put_presence("online", Some("tea"));
    let told = home.run(&["status", "--json", &bob.id, &alice.id]);
    let [first, second] = objects(&told).try_into().unwrap();
    let expected = [&json!(1), &json!("now"), &json!(bob.id), &json!("online"), &json!("tea"), &json!(true)];
    let fields = ["v", "type", "user_id", "presence", "status_msg", "currently_active"];
    assert_eq!(fields.map(|field| &first[field]), expected);
    assert!(first["last_active_ago"].as_u64() < Some(60_000), "{first}");
    assert_eq!((&second["user_id"], &second["presence"]), (&json!(alice.id), &json!("unavailable")));
    assert_eq!(second["status_msg"], Value::Null);
}

#[test]
fn status_without_a_user_prints_our_own_presence_unchanged() {
    let Some(synapse) = shared(Setup { limits: Limits::Default, ..Setup::default() }) else { return };
    let (alice, bob, home) = neighbours(synapse);
    alice.put_presence("offline", Some("gone home"));
    let told = home.run(&["status"]);
    assert_eq!(told.stdout, format!("{}\toffline\t\tgone home\n", alice.id));
    assert_eq!(bob.presence_of(&alice.id)["presence"], "offline");
}

#[test]
fn a_user_without_a_shared_room_is_an_error_and_the_others_are_printed() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (_, bob, home) = neighbours(synapse);
    bob.put_presence("online", None);
    let stranger = synapse.user("stranger");
    let told = home.run(&["status", &stranger.localpart, &bob.localpart]);
    assert_eq!(told.code, 4);
    assert!(told.stdout.starts_with(&bob.id) && told.stdout.lines().count() == 1, "{told:?}");
    assert!(told.stderr.contains(&stranger.id) && told.stderr.contains("share no room"), "{told:?}");
}

#[test]
fn is_answers_by_its_exit_status_only() {
    for busy in [Busy::On, Busy::Off] {
        let Some(synapse) = shared(Setup { busy, ..Setup::default() }) else { return };
        let (_, bob, home) = neighbours(synapse);
        bob.put_presence("unavailable", None);
        for (state, code) in [("unavailable", 0), ("away", 0), ("busy", 1), ("free", 1)] {
            let answer = home.run(&["is", &bob.localpart, state]);
            assert_eq!(
                (answer.code, answer.stdout.as_str(), answer.stderr.as_str()),
                (code, "", ""),
                "{state}"
            );
        }
        bob.put_presence("online", None);
        assert_eq!(home.run(&["is", &bob.localpart, "free"]).code, 0);
        assert_eq!(home.run(&["is", &bob.localpart, "lunching"]).code, 2);
    }
}

#[test]
fn status_fails_where_presence_is_switched_off() {
    for presence in [Tracking::Off, Tracking::Untracked] {
        let Some(synapse) = shared(Setup { presence, ..Setup::default() }) else { return };
        let (_, bob, home) = neighbours(synapse);
        bob.put_presence("online", None);
        let told = home.run(&["status", &bob.localpart]);
        assert_eq!((told.code, told.stdout.as_str()), (4, ""));
        assert!(told.stderr.contains("switched off"), "{told:?}");
        assert_eq!(home.run(&["is", &bob.localpart, "offline"]).code, 4);
    }
}

#[test]
fn a_user_without_any_presence_is_offline() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, home) = neighbours(synapse);
    alice.put_presence("online", None);
    assert_eq!(home.run(&["status", &bob.localpart]).stdout, format!("{}\toffline\t\t\n", bob.id));
    assert_eq!(home.run(&["is", &bob.localpart, "offline"]).code, 0);
}

#[test]
fn is_without_a_session_is_an_error_and_not_a_no() {
    for command in [["is", "bob", "online"].as_slice(), &["status", "bob"]] {
        let answer = Home::new().run(command);
        assert_eq!(answer.code, 4);
        assert!(answer.stderr.contains("whosin login"), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_server_is_named_on_standard_error() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    assert_eq!(home.run(&["is", "bob", "online"]).code, 0);
    demo.answer_all("/presence/", Answer::bad_gateway());
    let told = home.run(&["status", BOB]);
    assert_eq!((told.code, told.stdout.as_str()), (4, ""));
    assert!(told.stderr.contains("502"), "{told:?}");
    demo.answer_truly();

    demo.expire_tokens();
    let told = home.run(&["status", BOB]);
    assert_eq!(told.code, 4);
    assert!(told.stderr.contains("whosin login"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_status_hides_no_failure_of_the_server() {
    let lines = [
        json!({"room_id": "!room:demo.localhost", "name": "Room"}),
        json!({"user_id": BOB, "displayname": "Bob", "presence": "online", "status": {"emoji": "🌴", "text": "away"}}),
    ];
    let cast = Cast::parse(&lines.map(|line| line.to_string()).join("\n")).unwrap();
    let demo = Demo::start(Options { cast, ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    let told = home.run(&["status", BOB]);
    assert!(told.code == 0 && told.stdout.contains("🌴 away"), "{told:?}");
    demo.answer_all("/presence/", Answer::bad_gateway());
    let told = home.run(&["status", BOB]);
    assert_eq!((told.code, told.stdout.as_str()), (4, ""));
    assert!(told.stderr.contains("502"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_sends_no_unneeded_request() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    let before = demo.requests().len();
    let _ = home.run(&["status", BOB]);
    let asked: Vec<String> = demo.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for part in ["/presence/", "/profile/"] {
        assert!(asked.iter().any(|path| path.contains(part)), "{asked:?}");
    }
}

#[test]
fn status_in_a_terminal_has_columns_and_colors() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (_, bob, home) = neighbours(synapse);
    bob.put_presence(BUSY, Some("in a meeting"));
    let plain = home.run(&["status", &bob.id]).stdout;
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let line = format!("{}  ■ busy  now  in a meeting", bob.id);
    let glyph = u16::try_from(bob.id.len() + 2).unwrap();
    for (environment, colour) in
        [(vec![], vt100::Color::Rgb(218, 56, 47)), (vec![("NO_COLOR", "1")], vt100::Color::Default)]
    {
        let terminal = home.open(&["status", &bob.id], &environment);
        terminal.wait_for(&line);
        assert_eq!(terminal.screen().cell(0, glyph).unwrap().fgcolor(), colour);
    }
    let forced = home
        .command(&["status", &bob.id])
        .envs([("CLICOLOR_FORCE", "1"), ("TERM", "xterm")])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&forced.stdout).contains("\u{1b}[38;2;218;56;47m"), "{forced:?}");
}
