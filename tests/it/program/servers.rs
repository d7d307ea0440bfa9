//! Commands on each kind of homeserver: what they change for others, and what they say.

use std::time::Duration;

use matrix_sdk::reqwest::Method;
use serde_json::{Value, json};
use whosin::{
    demo::{self, Answer, Demo, Federation, Options, Profiles, Software},
    server::{ErrorKind, Session},
};

use crate::support::{
    guest::{BOB, ROOM, credentials, small_cast},
    home::{Ended, Home},
    http::Http,
    wait,
};

const TUWUNEL: [Software; 2] = [Software::Tuwunel1_5, Software::Tuwunel];

fn options(software: Software) -> Options {
    Options { cast: small_cast(), software, put_limit: None, ..Options::default() }
}

/// A homeserver, and a home that is signed in there.
async fn on(options: Options) -> (Demo, Home) {
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    (demo, home)
}

/// Another session of a user, which talks to the server directly.
struct Other {
    http: Http,
    url: String,
}

impl Other {
    async fn of(demo: &Demo, user_id: &str) -> Self {
        let (http, url) = (Http::default(), format!("{}/_matrix/client/v3", demo.url()));
        let user = json!({"type": "m.id.user", "user": user_id});
        let login = json!({"type": "m.login.password", "password": demo::PASSWORD, "identifier": user});
        let answer = http.ask(Method::POST, &format!("{url}/login"), Some(&login)).await.unwrap().ok();
        Self { http: http.with_token(answer["access_token"].as_str().unwrap()), url }
    }

    /// State and message of the demo's user.
    fn sees(&self) -> (String, String) {
        let url = format!("{}/presence/{}/status", self.url, demo::USER);
        let seen = self.http.ask_and_wait(Method::GET, &url, None).unwrap().body;
        let text = |field: &str| seen[field].as_str().unwrap_or_default().to_owned();
        (text("presence"), text("status_msg"))
    }

    fn sets(&self, presence: &str, status_msg: &str) {
        let url = format!("{}/presence/{}/status", self.url, demo::USER);
        let body = json!({"presence": presence, "status_msg": status_msg});
        self.http.ask_and_wait(Method::PUT, &url, Some(&body)).unwrap().ok();
    }
}

fn seen(presence: &str, status_msg: &str) -> (String, String) {
    (presence.to_owned(), status_msg.to_owned())
}

/// The check of `doctor --json` with this name.
#[track_caller]
fn check(examined: &Ended, name: &str) -> Value {
    let mut checks = examined.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    checks.find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name} in {examined:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_set_and_hold_changes_what_others_see() {
    for software in Software::ALL {
        let (demo, home) = on(options(software)).await;
        let bob = Other::of(&demo, BOB).await;
        let set = home.run(&["set", "busy", "-m", "lunch"]);
        let before = bob.sees();
        assert_eq!(before.1, "lunch", "{software:?}: {set:?}");
        for args in [["list"].as_slice(), &["watch", "--once"], &["doctor"], &["status"], &["list"]] {
            let ended = home.run(args);
            assert_eq!(ended.stderr, "", "{software:?}, {args:?}");
            assert_eq!(bob.sees(), before, "{software:?}, {args:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_others_see_is_named() {
    for software in TUWUNEL {
        let (demo, home) = on(options(software)).await;
        let phone = Other::of(&demo, demo::USER).await;
        for state in ["busy", "online"] {
            phone.sets(state, "");
            let set = home.run(&["set", "unavailable"]);
            assert_eq!(set.code, 3, "{software:?}: {set:?}");
            assert!(set.stdout.contains("DEMO"), "{software:?}, {state}: {set:?}");
        }
        // Even if the server does not list it.
        demo.answer_all("/devices", Answer::bad_gateway());
        let set = home.run(&["set", "unavailable"]);
        assert_eq!((set.code, set.stdout.contains("a stronger state")), (3, true), "{software:?}: {set:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_session_that_has_signed_out_can_be_replaced() {
    let (demo, home) = on(options(Software::Tuwunel)).await;
    let (bob, phone) = (Other::of(&demo, BOB).await, Other::of(&demo, demo::USER).await);
    let _ = home.run(&["set", "busy", "-m", "bye"]);
    let _ = home.run(&["logout"]);
    phone.sets("online", "");
    assert_eq!(bob.sees(), seen("online", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_changes_no_presence() {
    for software in Software::ALL {
        let fields = Options { profiles: Profiles::Fields, ..options(software) };
        let (demo, home) = on(fields).await;
        let bob = Other::of(&demo, BOB).await;
        for state in ["busy", "unavailable", "offline"] {
            let _ = home.run(&["set", state, "-m", "lunch"]);
            let before = bob.sees();
            let written = home.run(&["set", "--status", "🏃 running"]);
            assert_eq!(bob.sees(), before, "{software:?}: {written:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_sets_the_session_online_for_good_says_so() {
    let fields = Options { profiles: Profiles::Fields, ..options(Software::Tuwunel) };
    let (demo, home) = on(fields).await;
    let _ = home.run(&["set", "busy"]);
    demo.answer_all("PUT /_matrix/client/v3/presence/", Answer::bad_gateway());
    let written = home.run(&["set", "--status", "🏃 running"]);
    assert_eq!((written.code, written.stdout.as_str()), (0, "🏃 running\n"), "{written:?}");
    let warning = "others may see you as online: demo.localhost did not accept your previous state";
    assert!(written.stderr.contains(warning), "{written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_that_only_watches_keeps_what_the_session_sets_meanwhile() {
    for software in TUWUNEL {
        let (demo, home) = on(options(software)).await;
        let bob = Other::of(&demo, BOB).await;
        let terminal = home.open(&["--watch-only"], &[]);
        terminal.wait_for("live");
        let set = home.run(&["set", "busy"]);
        assert_eq!(set.code, 0, "{set:?}");
        let polls = || demo.requests().iter().filter(|it| it.path.ends_with("/sync")).count();
        let before = polls();
        wait::until(|| polls() >= before + 3, || format!("{} polls", polls()));
        assert_eq!(bob.sees().0, "busy", "{software:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_sets_nothing_spreads_no_state_of_another() {
    for software in TUWUNEL {
        let (demo, home) = on(options(software)).await;
        let (bob, phone) = (Other::of(&demo, BOB).await, Other::of(&demo, demo::USER).await);
        phone.sets("busy", "on the phone");
        for args in [["list"].as_slice(), &["doctor"]] {
            assert_eq!(home.run(args).code, 0);
        }
        assert_eq!(bob.sees().0, "busy", "{software:?}");
        phone.sets("unavailable", "");
        assert_eq!(bob.sees().0, "unavailable", "{software:?}: nothing else holds busy");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_cleared_although_a_dashboard_of_another_session_has_seen_it() {
    // On palpo every client removes messages, so the dashboard takes no removal for the person's.
    let clears = |software: &Software| !matches!(software, Software::Tuwunel1_5 | Software::Palpo);
    for software in Software::ALL.into_iter().filter(clears) {
        let (demo, laptop) = on(options(software)).await;
        let (bob, desktop) = (Other::of(&demo, BOB).await, Home::at(&demo).await);
        let (_here, there) = (laptop.open(&[], &[]), desktop.open(&[], &[]));
        there.wait_for("live");
        let sets = |home: &Home, args: &[&str]| assert_eq!(home.run(args).code, 0, "{software:?}, {args:?}");
        sets(&laptop, &["set", "online", "-m", "in the garden"]);
        there.wait_for("in the garden");
        sets(&desktop, &["set", "online"]);
        sets(&laptop, &["set", "online", "-m", ""]);
        let cleared = || bob.sees() == seen("online", "");
        wait::until(cleared, || format!("{software:?}: {:?}\n{}", bob.sees(), there.text()));
        there.wait_until_gone("in the garden");
        let _ = desktop.run(&["set", "unavailable"]);
        sets(&desktop, &["set", "online"]);
        assert_eq!(bob.sees(), seen("online", ""), "{software:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_copies_no_message_of_another_session() {
    for args in [["doctor"].as_slice(), &["set", "unavailable"], &["logout"]] {
        let (demo, home) = on(options(Software::Tuwunel)).await;
        let (bob, phone) = (Other::of(&demo, BOB).await, Other::of(&demo, demo::USER).await);
        phone.sets("online", "in the garden");
        let ended = home.run(args);
        assert_eq!(bob.sees(), seen("online", "in the garden"), "{ended:?}");
        phone.sets("online", "");
        assert_eq!(bob.sees(), seen("online", ""), "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_survives_a_sync_that_writes_the_old_one_back() {
    for software in [Software::OldTuwunel, Software::Continuwuity] {
        for before in ["old", ""] {
            let ping = Duration::from_millis(700);
            let (demo, home) = on(Options { ping, ..options(software) }).await;
            let (bob, phone) = (Other::of(&demo, BOB).await, Other::of(&demo, demo::USER).await);
            phone.sets("online", before);
            let set = home.run(&["set", "unavailable", "-m", "new"]);
            assert_eq!((set.code, set.stdout.as_str()), (0, "unavailable: new\n"), "{software:?}: {set:?}");
            assert_eq!(bob.sees(), seen("unavailable", "new"), "{software:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_is_said_as_what_it_is() {
    for software in Software::ALL {
        let demo = Demo::start(options(software)).await.unwrap();
        for (user, password) in [
            ("@yuo:demo.localhost", demo::PASSWORD),
            ("@you:elsewhere.example", demo::PASSWORD),
            (demo::USER, "wrong"),
        ] {
            let home = Home::new();
            let args = ["login", "--homeserver", demo.url(), "--user", user, "--password-stdin"];
            let refused = home.run_with_input(&args, password);
            assert_eq!(refused.code, 1, "{software:?}: {refused:?}");
            let why = &refused.stderr;
            assert!(!why.contains("does not accept passwords"), "{software:?}, {user}: {why}");
            let expected = match (software, user) {
                (Software::Continuwuity, demo::USER) => "does not accept this user and password",
                (Software::Continuwuity, _) => "has no such user",
                (
                    Software::OldTuwunel | Software::Tuwunel1_5 | Software::Tuwunel,
                    "@you:elsewhere.example",
                ) => "refuses: User ID does not belong to this homeserver",
                _ => "does not accept this user and password",
            };
            assert!(why.contains(expected), "{software:?}, {user}: {why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_passwords_says_so() {
    let demo = Demo::start(options(Software::Synapse)).await.unwrap();
    demo.answer_all("/login", Answer::new(400, r#"{"errcode": "M_UNKNOWN", "error": "Bad login type."}"#));
    let typed = credentials(demo.url(), "you", "x");
    let error = Session::sign_in(&typed).await.err().unwrap();
    assert!(error.to_string().contains("Bad login type."), "it does not say what it offers: {error}");
    demo.answer_truly();
    demo.answer_next("/login", Answer::new(400, r#"{"errcode": "M_UNKNOWN", "error": "Bad login type."}"#));
    demo.answer_next("/login", Answer::new(200, r#"{"flows": [{"type": "m.login.sso"}]}"#));
    assert_eq!(Session::sign_in(&typed).await.err().unwrap().kind, ErrorKind::NoPasswords);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_presence_is_no_missing_user_and_no_missing_room() {
    for software in Software::ALL {
        let (_demo, home) = on(Options { presence: false, ..options(software) }).await;
        for args in [["status", BOB].as_slice(), &["status"], &["is", BOB, "online"], &["list"]] {
            let told = home.run(args);
            assert_eq!(told.code, 4, "{software:?}, {args:?}: {told:?}");
            assert!(told.stderr.contains("switched off"), "{software:?}, {args:?}: {told:?}");
            assert!(!told.stderr.contains("no room"), "{software:?}, {args:?}: {told:?}");
        }
        let set = home.run(&["set", "online"]);
        assert_eq!(set.code, 4, "{software:?}: {set:?}");
        assert!(set.stderr.contains("presence is switched off at"), "{software:?}: {set:?}");
        let presence = check(&home.run(&["doctor", "--json"]), "presence");
        assert!(presence["says"].as_str().unwrap().contains("switched off"), "{software:?}: {presence}");
        let advice = presence["advice"].as_str().unwrap();
        let yaml = advice.contains("presence: {enabled: true} in homeserver.yaml");
        assert_eq!(yaml, software == Software::Synapse, "{software:?}: {advice}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn states_from_before_presence_was_switched_off_are_not_shown() {
    for software in [Software::OldTuwunel, Software::Tuwunel, Software::Continuwuity, Software::Palpo] {
        let (demo, home) = on(options(software)).await;
        let list = home.run(&["list"]);
        assert!(list.stdout.contains("online"), "{software:?}: {list:?}");
        let off = json!({"errcode": "M_FORBIDDEN", "error": "Presence is disabled on this server"});
        demo.answer_all("/presence/", Answer::new(403, off.to_string()));
        let list = home.run(&["list"]);
        assert!(!list.stdout.contains("online"), "{software:?}: {list:?}");
        assert!(list.stderr.contains("presence is switched off"), "{software:?}: {list:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_without_a_room_is_not_sent_to_the_administrator() {
    for software in Software::ALL {
        let (demo, home) = on(options(software)).await;
        demo.leave(demo::USER, ROOM);
        let set = home.run(&["set", "online"]);
        let status = home.run(&["status"]);
        let examined = home.run(&["doctor", "--json"]);
        for told in [&set, &status, &examined] {
            let words = format!("{}{}", told.stdout, told.stderr);
            assert!(!words.contains("switched off"), "{software:?}: {words}");
        }
        let advice = check(&examined, "contacts")["advice"].as_str().unwrap().to_owned();
        assert!(advice.contains("Join a room"), "{software:?}: {advice}");
        let hides = matches!(
            software,
            Software::OldTuwunel | Software::Tuwunel1_5 | Software::Tuwunel | Software::Continuwuity
        );
        let alone = format!("{}{}", set.stdout, set.stderr).contains("share no room with anybody yet");
        assert_eq!(alone, hides, "{software:?}: {set:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_to_set_is_not_taken_for_switched_off_presence() {
    for (status, errcode, error) in [
        (403, "M_FORBIDDEN", "Your account is restricted"),
        (403, "M_USER_SUSPENDED", "Your account is suspended"),
        (403, "M_GUEST_ACCESS_FORBIDDEN", "Guest access not allowed"),
    ] {
        let (demo, home) = on(options(Software::Synapse)).await;
        let body = json!({"errcode": errcode, "error": error}).to_string();
        demo.answer_all("PUT /_matrix/client/v3/presence/", Answer::new(status, body));
        let set = home.run(&["set", "busy"]);
        assert_eq!(set.code, 4, "{set:?}");
        assert!(set.stderr.contains(error) && !set.stderr.contains("switched off"), "{set:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_others_do_not_see_says_nothing_about_how_long_they_do() {
    for software in [Software::Continuwuity, Software::Dendrite] {
        let (_demo, home) = on(options(software)).await;
        let set = home.run(&["set", "busy"]);
        assert_eq!((set.code, set.stderr.as_str()), (3, ""), "{software:?}: {set:?}");
    }
    let (_demo, home) = on(options(Software::Tuwunel)).await;
    let set = home.run(&["set", "busy"]);
    assert!(set.stderr.contains("if another session of yours is active, for 5 min"), "{set:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_busy_first() {
    for software in Software::ALL {
        for (config, after) in [("", "offline"), ("on_quit = \"keep\"\n", "online")] {
            let (demo, home) = on(options(software)).await;
            let home = home.configured(config);
            let bob = Other::of(&demo, BOB).await;
            let set = home.run(&["set", "busy", "-m", "lunch"]);
            let is_busy = bob.sees().0.contains("busy");
            let out = home.run(&["logout"]);
            assert_eq!((out.code, out.stderr.as_str()), (0, ""), "{software:?}: {out:?}");
            if is_busy {
                // No other session could clear it there.
                let message = if software == Software::Tuwunel { "" } else { "lunch" };
                assert_eq!(bob.sees(), seen(after, message), "{software:?}: {set:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_leaves_no_blank_where_a_message_cannot_be_cleared() {
    let (demo, home) = on(options(Software::Tuwunel1_5)).await;
    let bob = Other::of(&demo, BOB).await;
    assert_eq!(home.run(&["set", "online"]).code, 0);
    let examined = home.run(&["doctor", "--json"]);
    assert_eq!(examined.code, 0, "{examined:?}");
    assert_eq!(bob.sees(), seen("online", ""));
    assert!(check(&examined, "presence")["says"].as_str().unwrap().contains("cannot clear a message"));
    assert_eq!(home.run(&["set", "online", "-m", "tea"]).code, 0);
    let examined = home.run(&["doctor", "--json"]);
    assert_eq!(examined.code, 0, "{examined:?}");
    assert_eq!(bob.sees(), seen("online", "tea"));
    let cleared = home.run(&["set", "online", "--clear-message"]);
    assert_eq!(cleared.code, 3, "{cleared:?}");
    assert!(cleared.stdout.contains("cannot clear a message"), "{cleared:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kind_of_a_server_without_federation_is_known() {
    let closed = [Software::Synapse, Software::OldTuwunel, Software::Tuwunel1_5, Software::Tuwunel];
    for software in [closed.as_slice(), &[Software::Continuwuity]].concat() {
        let (_demo, home) = on(Options { federation: Federation::Off, ..options(software) }).await;
        let (name, version) = software.version();
        let named = check(&home.run(&["doctor", "--json"]), "software");
        assert_eq!(named["says"], format!("{name} {version}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_synapses_version_path_is_not_taken_for_synapse() {
    let closed = Options { federation: Federation::Off, ..options(Software::Tuwunel) };
    let (demo, home) = on(closed).await;
    demo.answer_all("/versions", Answer::new(200, r#"{"versions":["v1.15"]}"#));
    let named = check(&home.run(&["doctor", "--json"]), "software");
    assert_eq!(named["says"], "tuwunel 1.9.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_just_after_signing_in_knows_what_a_single_look_up_knows() {
    for (args, offline) in [
        (["list"].as_slice(), "\toffline\t"),
        (&["list", "--json"], "\"offline\""),
        (&["watch", "--once"], "\toffline\t"),
        (&["watch", "--once", "--json"], "\"offline\""),
    ] {
        let (demo, home) = on(options(Software::Synapse)).await;
        for (name, message) in [("@bob:demo.localhost", Some("hello")), ("@eve:demo.localhost", None)] {
            demo.join(name, ROOM);
            demo.set(name, "offline", message);
        }
        let status = home.run(&["status", BOB]);
        assert!(status.stdout.contains("offline") && status.stdout.contains("hello"), "{status:?}");
        let listed = home.run(args);
        assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{args:?}: {listed:?}");
        assert!(listed.stdout.contains("hello") && !listed.stdout.contains("silent"), "{args:?}: {listed:?}");
        assert_eq!(listed.stdout.matches(offline).count(), 2, "{args:?}: {listed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_not_loaded_is_said_and_the_rest_is_listed() {
    let (demo, home) = on(options(Software::Synapse)).await;
    demo.join("@eve:demo.localhost", "!tea:demo.localhost");
    demo.join(demo::USER, "!tea:demo.localhost");
    demo.answer_all("tea:demo.localhost/joined_members", Answer::new(504, ""));
    for args in [["list"].as_slice(), &["watch", "--once"]] {
        let listed = home.run(args);
        assert_eq!(listed.code, 0, "{listed:?}");
        assert!(listed.stderr.contains("1 room is not loaded"), "{listed:?}");
        assert!(listed.stdout.contains("@bob:") && !listed.stdout.contains("@eve:"), "{listed:?}");
    }
    let watched = home.run(&["watch", "--once", "--json"]);
    let first: Value = serde_json::from_str(watched.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["type"], &first["rooms_not_loaded"]), (&json!("connected"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_an_answer_about_offline_contacts_says_so() {
    let (demo, home) = on(options(Software::Synapse)).await;
    demo.join("@eve:demo.localhost", ROOM);
    demo.answer_all("/presence/@eve", Answer::late(Duration::from_mins(5)));
    let listed = home.run(&["list"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    assert!(listed.stderr.contains("1 offline contact was not looked up"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_it_means_that_nothing_was_heard_of_anybody() {
    for (silent, bob, says) in [
        (6, false, "6 share a room with you; nothing was heard of any of them"),
        (2, false, "2 share a room with you; nothing was heard of any of them"),
        (5, true, "6 share a room with you; nothing was heard of 5"),
        (0, true, "1 shares a room with you"),
    ] {
        let (demo, home) = on(options(Software::Tuwunel)).await;
        if !bob {
            demo.leave(BOB, ROOM);
        }
        for number in 1..=silent {
            demo.join(&format!("@silent{number}:demo.localhost"), ROOM);
        }
        assert_eq!(home.run(&["set", "online", "-m", "here"]).code, 0);
        let examined = home.run(&["doctor", "--json"]);
        let contacts = check(&examined, "contacts");
        assert_eq!((&contacts["ok"], &contacts["says"]), (&json!(bob), &json!(says)), "{contacts}");
        let advice = contacts["advice"].as_str().unwrap_or_default();
        assert_eq!(advice.contains("their servers share none"), !bob, "{contacts}");
    }
}
