//! User statuses (MSC4426) on a real Synapse, in each of its configurations.

use serde_json::{Value, json};

use crate::support::{
    home::Home,
    scene::{BUSY, Scene},
    synapse::{Profiles, Setup, Synapse, Tracking, User, shared},
    terminal::{Key, text},
    wait,
};

const STATUS: &str = "org.matrix.msc4426.status";
const CALL: &str = "org.matrix.msc4426.call";

fn set(user: &User, field: &str, value: &Value) {
    user.put(&format!("profile/{}/{field}", user.id), &json!({ field: value })).ok();
}

fn pushed() -> Setup {
    Setup { profiles: Profiles::Pushed, ..Setup::default() }
}

#[test]
fn a_status_is_on_screen_at_once_where_the_server_sends_it() {
    let Some(synapse) = shared(pushed()) else { return };
    let scene = Scene::on(synapse);
    set(&scene.bob, STATUS, &json!({"emoji": "🌴", "text": "from before"}));
    let terminal = scene.open();
    terminal.wait_for("🌴 from before");
    set(&scene.bob, STATUS, &json!({"emoji": "💬", "text": "In a meeting"}));
    terminal.wait_for("💬 In a meeting");
    set(&scene.bob, CALL, &json!({}));
    terminal.wait_for("in a call · 💬 In a meeting");
    set(&scene.bob, CALL, &Value::Null);
    set(&scene.bob, STATUS, &Value::Null);
    terminal.wait_until_gone("meeting");
    terminal.wait_until_gone("in a call");
}

#[test]
fn a_status_is_looked_up_where_presence_is_off() {
    let Some(synapse) = shared(Setup { presence: Tracking::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    set(&scene.bob, STATUS, &json!({"emoji": "🏃", "text": "AFK"}));
    let terminal = scene.home.open(&[], &[]);
    terminal.wait_for("🏃 AFK");
}

#[test]
fn a_status_is_looked_up_beside_presence_where_the_server_does_not_send_it() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.bob.put_presence(BUSY, Some("the message of the presence"));
    set(&scene.bob, STATUS, &json!({"emoji": "🏃", "text": "AFK"}));
    let terminal = scene.open();
    let row = |screen: &vt100::Screen| {
        let text = text(screen);
        let row = text.lines().find(|line| line.contains(&scene.bob.localpart)).unwrap_or_default();
        row.contains('■') && row.contains("🏃 AFK")
    };
    terminal.wait_until("the status beside the state", row);
    terminal.press("j");
    terminal.press(Key::Enter);
    // The details have both.
    terminal.wait_for("🏃 AFK (as of ");
    terminal.wait_for("the message of the presence");
    let listed = scene.home.run(&["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    assert!(listed.stdout.contains("busy") && listed.stdout.contains("🏃 AFK"), "{listed:?}");
}

#[test]
fn a_contact_of_another_server_is_looked_up_there_whatever_our_own_sends() {
    let Some(mut theirs) = Synapse::start_federating(Setup::default()) else { return };
    for ours in [pushed(), without_presence()] {
        let Some(synapse) = Synapse::start_federating(ours) else { return };
        let (alice, bob) = (synapse.user("alice"), theirs.user("bob"));
        let room = alice.create_room("Street");
        bob.join_at(&alice, &room);
        set(&bob, STATUS, &json!({"emoji": "🌴", "text": "far away"}));
        let home = Home::of(&synapse.url(), &alice);
        let terminal = home.open(&[], &[]);
        terminal.wait_for("🌴 far away");
        let asked = home.run(&["status", &bob.id, "--json"]);
        assert!(asked.stdout.contains("far away"), "{asked:?}");
    }
    // A server that is gone costs nothing but its own contacts.
    let Some(synapse) = Synapse::start_federating(without_presence()) else { return };
    let (alice, bob, carol) = (synapse.user("alice"), theirs.user("bob"), synapse.user("carol"));
    let room = alice.create_room("Street");
    bob.join_at(&alice, &room);
    carol.join(&room);
    theirs.kill();
    set(&carol, STATUS, &json!({"emoji": "🏃", "text": "here"}));
    let terminal = Home::of(&synapse.url(), &alice).open(&[], &[]);
    terminal.wait_for("🏃 here");
    terminal.wait_for(&bob.localpart);
}

#[test]
fn list_knows_something_where_presence_is_off_if_a_listed_contact_has_a_status() {
    let Some(synapse) = shared(without_presence()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    for command in [&["list"][..], &["list", "--json"], &["watch", "--once"]] {
        assert_eq!(home.run(command).code, 4, "{command:?}");
    }
    set(&bob, STATUS, &json!({"emoji": "🌴", "text": "On holiday"}));
    std::fs::remove_file(home.path().join(".local/state/whosin/cache.json")).unwrap();
    for (command, code) in [
        (&["list"][..], 0),
        (&["list", "--json"], 0),
        (&["watch", "--once"], 0),
        // Nobody knows who is online.
        (&["list", "--state", "online"], 4),
    ] {
        let told = home.run(command);
        assert_eq!(told.code, code, "{command:?}: {told:?}");
        assert!(told.stderr.contains("switched off"), "{told:?}");
        assert_eq!(told.stdout.contains("On holiday"), code == 0, "{told:?}");
    }
}

#[test]
fn the_status_of_a_contact_is_in_the_json_of_list_and_watch() {
    let Some(synapse) = shared(pushed()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    set(&bob, STATUS, &json!({"emoji": "🌴", "text": "On holiday"}));
    set(&bob, CALL, &json!({"call_joined_ts": 1_770_140_640_000_i64}));
    for command in [&["list", "--json"][..], &["watch", "--json", "--once"]] {
        let ended = home.run(command);
        let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let told: Vec<Value> = lines.filter(|line| line["user_id"] == *bob.id).collect();
        assert_eq!(told.len(), 1, "{ended:?}");
        assert_eq!(told[0]["status"], json!({"emoji": "🌴", "text": "On holiday"}), "{command:?}");
        assert_eq!(told[0]["in_call"], false, "the call began long ago");
    }
}

fn of(user: &User, field: &str) -> Option<Value> {
    let profile = user.get(&format!("profile/{}", user.id)).ok();
    profile.get(field).filter(|value| !value.is_null()).cloned()
}

fn without_presence() -> Setup {
    Setup { presence: Tracking::Off, ..Setup::default() }
}

#[test]
fn set_sets_a_status_where_presence_is_off_and_says_once_that_it_is_public() {
    let Some(synapse) = shared(without_presence()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    let first = home.run(&["set", "--status", "🌴 On holiday"]);
    assert_eq!((first.code, first.stdout.as_str()), (0, "🌴 On holiday\n"), "{first:?}");
    assert!(first.stderr.contains("a user status is public"), "{first:?}");
    assert_eq!(of(&alice, STATUS), Some(json!({"emoji": "🌴", "text": "On holiday"})));
    let second = home.run(&["set", "--status", "In a meeting"]);
    assert_eq!((second.code, second.stderr.as_str()), (0, ""), "{second:?}");
    assert_eq!(of(&alice, STATUS), Some(json!({"emoji": "💬", "text": "In a meeting"})));
    let seen = Home::of(&synapse.url(), &bob).run(&["status", &alice.localpart]);
    assert_eq!(seen.stdout, format!("{}\tsilent\t\t💬 In a meeting\n", alice.id), "{seen:?}");
    let cleared = home.run(&["set", "--clear-status"]);
    assert_eq!((cleared.code, cleared.stdout.as_str()), (0, "no status\n"), "{cleared:?}");
    assert_eq!(of(&alice, STATUS), None);
    let wrong = home.run(&["set", "--status", "🌴"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[test]
fn a_status_with_an_end_is_cleared_in_the_background_unless_it_has_changed() {
    let Some(synapse) = shared(without_presence()) else { return };
    for changed in [false, true] {
        let alice = synapse.user("alice");
        let home = Home::of(&synapse.url(), &alice);
        let set = home.run(&["set", "--status", "🌴 On holiday", "--for", "3s"]);
        assert_eq!(set.code, 0, "{set:?}");
        assert!(set.stderr.contains("whosin clears the status at"), "{set:?}");
        if changed {
            self::set(&alice, STATUS, &json!({"emoji": "🏃", "text": "AFK"}));
        }
        let saved =
            || std::fs::read_to_string(home.path().join(".local/state/whosin/presence.json")).unwrap();
        wait::until(|| !saved().contains("On holiday"), || format!("the end: {}", saved()));
        let left = changed.then(|| json!({"emoji": "🏃", "text": "AFK"}));
        assert_eq!(of(&alice, STATUS), left);
    }
}

#[test]
fn the_prompt_sets_a_status_and_busy_becomes_one_where_presence_is_off() {
    let Some(synapse) = shared(without_presence()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.home.open(&[], &[]);
    terminal.wait_for("Nobody sees your presence. Your status: none");
    terminal.wait_for(&scene.bob.localpart);
    terminal.press("m");
    terminal.wait_for("A user status is public");
    terminal.press("🌴 On holiday until friday");
    terminal.wait_for("ends ");
    terminal.press(Key::Enter);
    terminal.wait_for("Your status: 🌴 On holiday until friday (ends ");
    wait::until(|| of(&scene.alice, STATUS).is_some(), || "the status is set".to_owned());
    terminal.press("b");
    terminal.wait_for("Set the public status 🔴 Busy instead");
    terminal.press("y");
    terminal.wait_for("Your status: 🔴 Busy");
    let busy = Some(json!({"emoji": "🔴", "text": "Busy"}));
    wait::until(|| of(&scene.alice, STATUS) == busy, || format!("busy: {:?}", of(&scene.alice, STATUS)));
    terminal.press("o");
    terminal.wait_for("Your status: 🌴 On holiday until friday (ends ");
    let before = Some(json!({"emoji": "🌴", "text": "On holiday until friday"}));
    wait::until(|| of(&scene.alice, STATUS) == before, || format!("{:?}", of(&scene.alice, STATUS)));
    terminal.press("q");
    // The answer is remembered.
    let set = scene.home.run(&["set", "busy", "--no-background"]);
    let line = "busy (as your public status: presence is switched off at localhost)\n";
    assert_eq!((set.code, set.stdout.as_str()), (0, line), "{set:?}");
    assert_eq!(of(&scene.alice, STATUS), busy);
}
