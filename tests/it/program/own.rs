//! Own presence on a real Synapse: rate limits, other sessions and crashes.

use std::{
    fs,
    sync::mpsc::{Receiver, sync_channel},
    thread::{self, JoinHandle},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::support::{desktop::XServer, home::Home};
use crate::support::{
    scene::{BUSY, Scene},
    synapse::{Limits, Setup, Synapse, User, shared},
    terminal::{Key, Signal, Terminal, text},
    wait::LIMIT,
};

fn default_limits() -> Option<&'static Synapse> {
    shared(Setup { limits: Limits::Default, ..Setup::default() })
}

#[track_caller]
fn wait_for(terminal: &Terminal, words: &str) {
    // The screen breaks sentences into lines.
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    terminal.wait_until(words, |screen| joined(&text(screen)).contains(words));
}

/// Another client of Alice's, with an ordinary sync loop.
struct Element {
    user: User,
    synced: Receiver<()>,
    looping: JoinHandle<()>,
}

impl Element {
    /// Returns after its first sync. It goes on until it is closed.
    fn open(alice: &User) -> Self {
        let user = alice.another_session();
        let (tell, synced) = sync_channel(1_000);
        let mut since = next_batch(&user.get("sync?timeout=0").ok());
        let looping = {
            let user = user.clone();
            thread::spawn(move || {
                while tell.send(()).is_ok() {
                    let path = format!("sync?timeout=1000&since={since}");
                    since = next_batch(&user.get(&path).ok());
                }
            })
        };
        Self { user, synced, looping }
    }

    /// Waits for this many more syncs.
    fn syncs(&self, times: usize) {
        self.synced.try_iter().for_each(drop);
        for _ in 0..times {
            self.synced.recv_timeout(LIMIT).expect("Element syncs");
        }
    }

    /// Stops syncing and stays signed in.
    fn close(self) -> User {
        drop(self.synced);
        self.looping.join().unwrap();
        self.user
    }
}

fn next_batch(synced: &Value) -> String {
    synced["next_batch"].as_str().unwrap().to_owned()
}

#[test]
fn a_session_that_holds_busy_is_named_until_it_sets_another_state() {
    // Without limits each of its short polls counts, as the long ones of an ordinary client do.
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let element = Element::open(&scene.alice);
    let terminal = scene.open();
    wait_for(&terminal, "You ● online");
    wait_for(&terminal, "can hold you busy up to an hour after you close it");
    terminal.press("b");
    wait_for(&terminal, "You ■ busy");
    element.syncs(3);
    terminal.press("b");
    wait_for(&terminal, "others see busy as long as");
    wait_for(&terminal, &format!("{} (seen just now)", element.user.device_id));
    wait_for(&terminal, "holds it. It ends when that session sets another state itself");
    assert_eq!(scene.seen()["presence"], BUSY, "the screen tells the truth");
    assert!(!terminal.text().contains("can hold you busy"), "said once");
    let element = element.close();
    element.put_presence("online", None);
    wait_for(&terminal, "You ● online");
    terminal.wait_until("nothing to explain", |screen| !text(screen).contains("busy as long as"));
    assert_eq!(scene.seen()["presence"], "online");
}

#[test]
fn busy_held_since_a_restart_of_the_server_is_explained() {
    let Some(mut synapse) = Synapse::start(Setup { limits: Limits::Default, ..Setup::default() }) else {
        return;
    };
    let scene = Scene::on(&synapse);
    let terminal = scene.open();
    wait_for(&terminal, "You ● online");
    terminal.press("b");
    wait_for(&terminal, "You ■ busy");
    synapse.kill();
    wait_for(&terminal, "connection lost");
    synapse.start_again();
    terminal.press("j");
    wait_for(&terminal, "live");
    terminal.press("b");
    wait_for(&terminal, "was restarted while you were busy, and goes on showing that until");
    assert_eq!(scene.seen()["presence"], BUSY);
}

#[test]
fn timed_busy_survives_kill_9_and_restores_state_and_message() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    wait_for(&terminal, "You ● online");
    terminal.press("m");
    terminal.press("in the garden\r");
    wait_for(&terminal, "● online \"in the garden\"");
    terminal.press("B");
    terminal.wait_for("How long");
    terminal.press("soon\r");
    terminal.wait_for("Type a length like 45m");
    terminal.press(Key::Ctrl('u'));
    terminal.press("2h\r");
    wait_for(&terminal, "You ■ busy until");
    wait_for(&terminal, "(2 h) \"in the garden\"");
    terminal.press("m");
    terminal.press(Key::Ctrl('u'));
    terminal.press("deep work\r");
    wait_for(&terminal, "\"deep work\"");
    terminal.signal(Signal::KILL);

    let terminal = scene.open();
    wait_for(&terminal, "You ■ busy until");
    wait_for(&terminal, "\"deep work\"");
    terminal.signal(Signal::KILL);

    // Pretends that the two hours are over.
    let path = scene.home.state("presence.json");
    let mut memory: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let past = Timestamp::now() - SignedDuration::from_secs(5);
    memory["layers"]["timed"]["at"] = past.to_string().into();
    fs::write(&path, memory.to_string()).unwrap();
    let terminal = scene.open();
    wait_for(&terminal, "You ● online \"in the garden\"");
    let seen = scene.seen();
    assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!("online"), &json!("in the garden")));
    assert!(!terminal.text().contains("busy until"));
}

#[test]
fn timed_busy_ends_by_itself() {
    let Some(synapse) = default_limits() else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    wait_for(&terminal, "You ● online");
    terminal.press("B");
    terminal.press("12s\r");
    wait_for(&terminal, "You ■ busy");
    scene.until_seen_as(BUSY);
    wait_for(&terminal, "You ● online");
    assert_eq!(scene.seen()["presence"], "online");
}

#[test]
#[cfg(target_os = "linux")]
fn an_idle_desktop_sets_unavailable_and_never_ends_busy() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let idle_after = "idle_after = \"6s\"";
    let scene = Scene::on(synapse).configured(idle_after);
    let server = XServer::start(&["MIT-SCREEN-SAVER"]);
    server.set_idle(3_600_000);
    let display = server.display();
    let display = [("DISPLAY", &*display)];
    let terminal = scene.open_with(&display);
    wait_for(&terminal, "You ◐ unavailable");
    wait_for(&terminal, "This machine is idle");
    scene.until_seen_as("unavailable");
    // This key changes no state by itself.
    terminal.press("j");
    wait_for(&terminal, "You ● online");
    terminal.press("b");
    wait_for(&terminal, "You ■ busy");
    // Bob's program is opened after the last key here: once it is idle, this one has been idle for longer.
    let home = Home::of(&synapse.url(), &scene.bob).configured(idle_after);
    let bobs = home.open(&[], &display);
    wait_for(&bobs, "You ◐ unavailable");
    assert_eq!(scene.seen()["presence"], BUSY);
    assert!(terminal.text().contains("You ■ busy"), "{}", terminal.text());
}

#[test]
fn a_call_in_another_session_makes_busy_until_it_is_left() {
    let Some(synapse) = default_limits() else { return };
    let scene = Scene::on(synapse);
    let invited = json!({"preset": "trusted_private_chat", "invite": [scene.bob.id]});
    let room = scene.alice.post("createRoom", &invited).ok()["room_id"].as_str().unwrap().to_owned();
    scene.bob.join(&room);
    let terminal = scene.open();
    wait_for(&terminal, "You ● online");
    let phone = scene.alice.another_session();
    join_call(&phone, &room);
    wait_for(&terminal, "You ■ busy \"in a call\"");
    wait_for(&terminal, "You are in a call in another session");
    scene.until_seen_as(BUSY);
    leave_call(&phone, &room);
    wait_for(&terminal, "You ● online");
    let seen = scene.seen();
    assert_eq!((&seen["presence"], seen.get("status_msg")), (&json!("online"), None));

    join_call(&scene.bob, &room);
    terminal.wait_until("Bob's mark", |screen| {
        text(screen).lines().any(|line| line.contains(&scene.bob.localpart) && line.contains("in a call"))
    });
    leave_call(&scene.bob, &room);
    terminal.wait_until_gone("in a call");
}

pub fn join_call(user: &User, room: &str) {
    let content = json!({
        "application": "m.call", "call_id": "", "scope": "m.room", "device_id": user.device_id,
        "expires": 14_400_000, "focus_active": {"type": "livekit", "focus_selection": "oldest_membership"},
        "foci_preferred": [],
    });
    user.put(&call_path(user, room), &content).ok();
}

pub fn leave_call(user: &User, room: &str) {
    user.put(&call_path(user, room), &json!({})).ok();
}

fn call_path(user: &User, room: &str) -> String {
    format!("rooms/{room}/state/org.matrix.msc3401.call.member/_{}_{}_m.call", user.id, user.device_id)
}

#[test]
fn a_dashboard_that_only_watches_leaves_a_second_client_online() {
    // Without limits every poll counts for presence.
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("watch_only = true");
    let element = Element::open(&scene.alice);
    scene.until_seen_as("online");
    let terminal = scene.open();
    wait_for(&terminal, "Watching only");
    terminal.press("b");
    let mut since = next_batch(&scene.bob.sync_once());
    for round in 0..10 {
        // Each change ends a poll of the dashboard.
        scene.bob.put_presence("online", Some(&format!("round {round}")));
        wait_for(&terminal, &format!("round {round}"));
        element.syncs(1);
        let synced = scene.bob.get(&format!("sync?timeout=0&since={since}")).ok();
        since = next_batch(&synced);
        let events = synced["presence"]["events"].as_array().cloned().unwrap_or_default();
        let alice = events.iter().find(|event| event["sender"] == *scene.alice.id);
        assert!(alice.is_none_or(|event| event["content"]["presence"] == "online"), "{alice:?}");
    }
    assert_eq!(scene.seen()["presence"], "online");
    scene.bob.put_presence("unavailable", Some("still followed"));
    wait_for(&terminal, "still followed");
    drop(element);
}

#[test]
fn quitting_can_keep_busy_and_says_for_how_long() {
    let Some(synapse) = default_limits() else { return };
    let scene = Scene::on(synapse).configured("on_quit = \"keep\"\nstart = \"busy\"");
    let mut terminal = scene.open();
    wait_for(&terminal, "You ■ busy");
    terminal.press("q");
    terminal.wait_for_exit();
    terminal.wait_for("whosin: others still see you as busy, until");
    assert_eq!(scene.seen()["presence"], BUSY);
}
