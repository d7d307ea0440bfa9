//! The real program in a pseudo-terminal, on a real Synapse.

use std::fs;

use serde_json::{Value, json};
use whosin::demo::{Answer, Demo, Options};

use crate::support::{
    guest::{BOB, small_cast},
    home::Home,
    scene::{BUSY, Scene},
    synapse::{Busy, Limits, Setup, Synapse, Tracking, shared},
    terminal::{Key, Signal},
    wait,
};

#[test]
fn a_contact_changes_and_the_screen_follows() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    for (state, message, heading) in [
        ("online", "hello", "● FREE 1"),
        (BUSY, "in a meeting", "■ BUSY 1"),
        ("unavailable", "", "◐ AWAY 1"),
        ("offline", "gone home", "○ OFFLINE 1"),
    ] {
        scene.bob.put_presence(state, Some(message));
        terminal.wait_for(heading);
        terminal.wait_for(message);
    }
    scene.bob.set_displayname("Bob the Builder");
    terminal.wait_for("Bob the Builder");
}

#[test]
fn messages_of_offline_contacts_and_time_zones_are_looked_up() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.bob.put_presence("offline", Some("gone home"));
    scene.bob.put(&format!("profile/{}/m.tz", scene.bob.id), &json!({"m.tz": "Asia/Tokyo"})).ok();
    let terminal = scene.open();
    terminal.wait_for("gone home");
    terminal.press("j\r");
    terminal.wait_for("Local time");
}

#[test]
fn b_makes_others_see_busy_and_the_message_survives() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.wait_for("You ● online");
    terminal.press("m");
    terminal.press("in the garden\r");
    terminal.wait_for("● online  \"in the garden\"");
    terminal.press("b");
    terminal.wait_for("You ■ busy  \"in the garden\"");
    let seen = scene.seen();
    assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!(BUSY), &json!("in the garden")));
    for (key, state, shown) in
        [("b", "online", "● online"), ("u", "unavailable", "◐ unavailable"), ("i", "offline", "○ offline")]
    {
        terminal.press(key);
        terminal.wait_for(&format!("You {shown}  \"in the garden\""));
        let seen = scene.seen();
        assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!(state), &json!("in the garden")));
    }
}

#[test]
fn without_the_flag_others_see_unavailable_and_the_screen_says_so() {
    for busy in [Busy::Off, Busy::Absent] {
        let Some(synapse) = shared(Setup { busy, ..Setup::default() }) else { return };
        let scene = Scene::on(synapse);
        let terminal = scene.open();
        terminal.press("b");
        terminal.wait_for("has no busy, so others see unavailable");
        terminal.wait_for("Others see you as ◐ unavailable");
        assert_eq!(scene.seen()["presence"], "unavailable");
        scene.bob.put_presence("online", None);
        terminal.press("o");
        terminal.wait_for("You ● online");
    }
}

#[test]
fn switched_off_presence_is_shown() {
    for presence in [Tracking::Off, Tracking::Untracked] {
        let Some(synapse) = shared(Setup { presence, ..Setup::default() }) else { return };
        let scene = Scene::on(synapse);
        let terminal = scene.open();
        terminal.wait_for("Presence is switched off at");
        terminal.wait_for("? NOT SHARED 1");
    }
}

#[test]
fn a_restart_of_the_server_is_survived() {
    let Some(mut synapse) = Synapse::start(Setup::default()) else { return };
    let scene = Scene::on(&synapse);
    let terminal = scene.open();
    scene.bob.put_presence("online", Some("before"));
    terminal.wait_for("before");
    synapse.kill();
    terminal.wait_for("connection lost, as of");
    terminal.wait_for("does not accept connections");
    terminal.press("b");
    synapse.start_again();
    terminal.press("j");
    terminal.wait_for("live");
    terminal.wait_for("You ■ busy");
    assert_eq!(scene.seen()["presence"], BUSY);
    scene.bob.put_presence("online", Some("after"));
    terminal.wait_for("after");
}

#[test]
fn two_quick_b_under_the_default_limit_end_in_the_newest_state() {
    let Some(synapse) = shared(Setup { limits: Limits::Default, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.wait_for("You ● online");
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    terminal.press("b");
    terminal.wait_for("limits changes; ● online is sent in");
    assert_eq!(scene.seen()["presence"], BUSY);
    terminal.wait_for("You ● online");
    assert_eq!(scene.seen()["presence"], "online");
}

#[test]
fn busy_is_adopted_by_the_next_start_and_ended_by_quitting() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    terminal.signal(Signal::KILL);
    let mut terminal = scene.open();
    terminal.wait_for("You ■ busy");
    assert_eq!(scene.seen()["presence"], BUSY);
    terminal.press("q");
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    assert_eq!(scene.seen()["presence"], "offline");
}

#[test]
fn every_way_of_quitting_restores_the_terminal_and_sets_offline() {
    let Some(synapse) = shared(Setup::default()) else { return };
    for name in ["q", "Ctrl-C", "SIGTERM", "SIGHUP"] {
        let scene = Scene::on(synapse);
        let mut terminal = scene.open();
        scene.until_seen_as("online");
        assert!(terminal.alternate_screen());
        match name {
            "q" => terminal.press("q"),
            "Ctrl-C" => terminal.press(Key::Ctrl('c')),
            "SIGTERM" => terminal.signal(Signal::TERM),
            _ => terminal.signal(Signal::HUP),
        }
        assert_eq!(terminal.wait_for_exit().code(), Some(0), "after {name}");
        let screen = terminal.screen();
        let mouse = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
        let left = (screen.alternate_screen(), screen.hide_cursor(), mouse, screen.bracketed_paste());
        assert_eq!(left, (false, false, false, false), "after {name}");
        assert_eq!(scene.seen()["presence"], "offline", "after {name}");
    }
}

#[test]
fn a_resize_changes_the_layout_and_a_tiny_terminal_says_so() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.resize(4, 19);
    terminal.wait_for("too small");
    terminal.resize(5, 20);
    terminal.wait_for("whosin");
    terminal.resize(60, 200);
    terminal.wait_for("q quit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_writes_nothing_while_the_server_has_no_news() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let polls = || demo.requests().iter().filter(|it| it.path.ends_with("/sync")).count();
    // Each poll is over at once, without news.
    demo.answer_all("/sync", Answer::nothing());
    let bytes_in_a_poll = || {
        let (bytes, before) = (terminal.bytes_written(), polls());
        wait::until(|| polls() > before, || "the next poll".to_owned());
        terminal.bytes_written() - bytes
    };
    // The last answers to the start may still come in.
    wait::until(|| bytes_in_a_poll() == 0, || terminal.text());
    assert_eq!((0..2).map(|_| bytes_in_a_poll()).sum::<u64>(), 0, "{}", terminal.text());
    demo.set(BOB, "unavailable", Some("news"));
    demo.answer_truly();
    terminal.wait_for("◐ AWAY 1");
    terminal.wait_for("news");
}

#[test]
fn the_sign_in_form_shows_an_error_and_then_signs_in() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = Home::new().open(&[], &[]);
    terminal.wait_for("Sign in to Matrix");
    terminal.press(format!("{}\r", synapse.url()).as_str());
    terminal.wait_for("Password");
    terminal.press(format!("{}\twrong\r", scene.alice.localpart).as_str());
    terminal.wait_for("does not accept this user and password");
    assert!(!terminal.text().contains("wrong"));
    terminal.press(Key::Ctrl('u'));
    terminal.paste(&scene.alice.password);
    terminal.press(Key::Enter);
    terminal.wait_for("live");
    terminal.wait_for(&scene.bob.localpart);
}

#[test]
fn a_session_ended_elsewhere_leads_to_the_sign_in_form() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    scene.alice.post("logout/all", &json!({})).ok();
    terminal.wait_for("The server has ended this session");
    terminal.wait_for("▌ Password");
    terminal.press(format!("{}\r", scene.alice.password).as_str());
    terminal.wait_for("live");
}

#[test]
fn only_the_owner_can_read_the_session_and_logout_removes_it() {
    use std::os::unix::fs::PermissionsExt;

    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let mut terminal = scene.open();
    terminal.press("q");
    terminal.wait_for_exit();
    let directory = scene.home.path().join(".local/state/whosin");
    let file = directory.join("session.json");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
    let devices = || scene.alice.get("devices").ok()["devices"].clone();
    assert!(devices().to_string().contains("\"display_name\":\"whosin on "), "{}", devices());

    assert_eq!(scene.home.run(&["logout"]).code, 0);
    assert!(!file.exists());
    assert!(!devices().to_string().contains("whosin on "), "{}", devices());
}

#[test]
fn no_secret_reaches_the_log_at_any_level() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let mut terminal = scene.open();
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    let token = serde_json::from_str::<Value>(&scene.file(".local/state/whosin/session.json")).unwrap();
    let token = token["access_token"].as_str().unwrap().to_owned();
    scene.alice.post("logout/all", &json!({})).ok();
    terminal.wait_for("The server has ended this session");
    terminal.wait_for("▌ Password");
    terminal.press(format!("{}\r", scene.alice.password).as_str());
    terminal.wait_for("live");
    terminal.press("q");
    terminal.wait_for_exit();
    let log = scene.file("log");
    assert!(log.contains("whosin"), "a log that says nothing proves nothing");
    assert!(!log.contains(&token) && !log.contains(&scene.alice.password), "{log}");
}

#[test]
fn no_color_is_obeyed() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.bob.put_presence("online", None);
    let coloured = |environment: &[(&str, &str)]| {
        let terminal = scene.open_with(environment);
        terminal.wait_for("● FREE 1");
        let screen = terminal.screen();
        (0..24).any(|row| {
            (0..100).any(|column| screen.cell(row, column).unwrap().fgcolor() != vt100::Color::Default)
        })
    };
    assert!(coloured(&[]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn without_a_terminal_the_dashboard_says_that_it_needs_one() {
    let ended = Home::new().run(&[]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("needs a terminal") && ended.stderr.contains("--help"), "{ended:?}");
}
