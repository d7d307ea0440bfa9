//! The Synapse of these tests behaves as the other tests assume.

use serde_json::json;

use crate::support::synapse::{Busy, Limits, Setup, Synapse, Timers, Tracking, User, shared};

const BUSY: &str = "org.matrix.msc3026.busy";

#[test]
fn somebody_in_the_same_room_sees_a_presence_and_its_message() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = neighbours(synapse);

    alice.put_presence("online", Some("reading"));
    let seen = bob.presence_of(&alice.id);
    assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!("online"), &json!("reading")));

    alice.put_presence(BUSY, None);
    let seen = bob.presence_of(&alice.id);
    assert_eq!((&seen["presence"], seen.get("status_msg")), (&json!(BUSY), None));
}

#[test]
fn busy_is_refused_where_it_is_switched_off_or_unheard_of() {
    for busy in [Busy::Off, Busy::Absent] {
        let Some(synapse) = shared(Setup { busy, ..Setup::default() }) else { return };
        let alice = synapse.user("alice");
        let path = format!("presence/{}/status", alice.id);
        let answer = alice.put(&path, &json!({"presence": BUSY}));
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("Invalid presence state")));
    }
}

#[test]
fn a_server_without_presence_takes_any_and_shows_none() {
    for presence in [Tracking::Off, Tracking::Untracked] {
        let Some(synapse) = shared(Setup { presence, ..Setup::default() }) else { return };
        let (alice, bob) = neighbours(synapse);
        alice.put_presence("online", None);
        assert_eq!(bob.presence_of(&alice.id), json!({"presence": "offline"}));
    }
}

#[test]
fn the_default_limit_lets_one_presence_through() {
    let Some(synapse) = shared(Setup { limits: Limits::Default, ..Setup::default() }) else { return };
    let alice = synapse.user("alice");
    alice.put_presence("online", None);
    let path = format!("presence/{}/status", alice.id);
    let answer = alice.put(&path, &json!({"presence": "unavailable"}));
    assert_eq!(answer.status, 429);
    assert!(answer.body["retry_after_ms"].as_u64() > Some(0), "{}", answer.body);
}

#[test]
fn synapse_accepts_short_timers() {
    for timers in [Timers::SoonOffline, Timers::SoonIdle] {
        let Some(synapse) = shared(Setup { timers, ..Setup::default() }) else { return };
        let alice = synapse.user("alice");
        alice.put_presence("online", None);
        assert_eq!(alice.presence_of(&alice.id)["presence"], "online");
    }
}

#[test]
fn a_killed_server_comes_back_at_its_address_with_its_users() {
    let Some(mut synapse) = Synapse::start(Setup::default()) else { return };
    let (alice, bob) = neighbours(&synapse);
    alice.put_presence("unavailable", Some("back soon"));
    let address = synapse.url();

    synapse.kill();
    assert!(std::net::TcpStream::connect(address.trim_start_matches("http://")).is_err());
    synapse.start_again();

    assert_eq!(synapse.url(), address);
    assert_eq!(bob.presence_of(&alice.id)["status_msg"], "back soon");
}

#[test]
fn people_sign_in_twice_rename_themselves_and_leave() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = neighbours(synapse);
    let phone = alice.another_session();
    assert_eq!(phone.id, alice.id);
    assert_ne!((&phone.device_id, &phone.token), (&alice.device_id, &alice.token));
    phone.set_displayname("Alice");
    assert_eq!(bob.get(&format!("profile/{}", alice.id)).ok()["displayname"], "Alice");

    let room = bob.create_room("Two of us");
    bob.invite(&alice, &room);
    alice.join(&room);
    bob.mark_direct(&alice, &room);
    let news = bob.sync_once();
    let direct = json!({"type": "m.direct", "content": {&alice.id: [&room]}});
    assert!(
        news["account_data"]["events"].as_array().is_some_and(|events| events.contains(&direct)),
        "{news}"
    );

    alice.leave(&room);
    assert_eq!(bob.get(&format!("rooms/{room}/joined_members")).ok()["joined"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn async_tests_can_use_synapse() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let alice = synapse.user("alice");
    alice.put_presence("online", None);
}

/// Alice and Bob, who share a room.
fn neighbours(synapse: &Synapse) -> (User, User) {
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    (alice, bob)
}
