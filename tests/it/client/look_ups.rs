//! Look-ups of presence and time zones.

use std::time::Duration;

use jiff::tz::TimeZone;
use matrix_sdk::ruma::{UserId, user_id};
use serde_json::{Value, json};
use whosin::{
    demo::{self, Answer, Cast, Demo},
    model::{
        event::{self, ProfileAnswer, StatusUpdate},
        presence::{Presence, Status, Visibility},
    },
    server::{ErrorKind, Session},
};

use crate::support::{
    guest::{Client, ROOM, sign_in, small_cast},
    synapse::{Setup, shared},
};

fn bob() -> &'static UserId {
    user_id!("@bob:demo.localhost")
}

async fn guest() -> (Demo, Session) {
    let demo = Demo::start(demo::Options { cast: small_cast(), ..demo::Options::default() }).await.unwrap();
    let session = sign_in(&demo).await.unwrap();
    (demo, session)
}

#[tokio::test]
async fn an_invalid_field_does_not_spoil_the_other_fields_of_a_presence() {
    let (demo, session) = guest().await;
    let offline = |message: Option<&str>| Status {
        status_msg: message.map(Into::into),
        ..Status::new(Presence::Offline)
    };
    for (body, expected) in [
        (json!({"presence": "offline", "status_msg": "gone home"}), offline(Some("gone home"))),
        (json!({"presence": "offline", "status_msg": 7, "currently_active": "no"}), offline(None)),
        (
            json!({"presence": "offline", "last_active_ago": -5}),
            Status { last_active_ago: Some(0), ..offline(None) },
        ),
        (
            json!({"presence": "dnd", "last_active_ago": 1.5}),
            Status { last_active_ago: Some(1), ..Status::new(Presence::Other("dnd".into())) },
        ),
        (json!({"presence": 7}), Status::new(Presence::Other("unknown".into()))),
    ] {
        demo.answer_next("/presence/", Answer::new(200, body.to_string()));
        assert_eq!(session.presence_of(bob()).await.unwrap(), Visibility::Shown(expected), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_means_nothing_while_the_own_presence_has_no_answer() {
    let (demo, session) = guest().await;
    demo.answer_all("bob:demo.localhost/status", Answer::new(403, r#"{"errcode":"M_FORBIDDEN"}"#));
    assert_eq!(session.presence_of(bob()).await.unwrap(), Visibility::NotShared);
    demo.answer_all("you:demo.localhost/status", Answer::new(502, ""));
    assert!(session.presence_of(bob()).await.is_err());
}

#[tokio::test]
async fn a_presence_that_is_not_shared_differs_from_an_error() {
    let (demo, session) = guest().await;
    let stranger = user_id!("@nobody:demo.localhost");
    assert_eq!(session.presence_of(stranger).await.unwrap(), Visibility::NotShared);
    for (answer, kind) in [
        (Answer::limit_exceeded(Duration::from_secs(3)), "Limited(3s)"),
        (Answer::bad_gateway(), "Unavailable(502)"),
        (Answer::truncated(), "ProtocolError"),
        (Answer::new(200, "[]"), "ProtocolError"),
    ] {
        demo.answer_next("/presence/", answer);
        let trouble = session.presence_of(bob()).await.unwrap_err();
        assert_eq!(format!("{:?}", trouble.kind), kind);
    }
}

#[tokio::test]
async fn only_existing_time_zones_are_accepted() {
    let (demo, session) = guest().await;
    let tokyo = TimeZone::get("Asia/Tokyo").ok();
    for (profile, expected) in [
        (json!({"displayname": "Bob", "m.tz": "Asia/Tokyo"}), tokyo.clone()),
        (json!({"us.cloke.msc4175.tz": "Asia/Tokyo"}), tokyo),
        (json!({"displayname": "Bob"}), None),
        (json!({"m.tz": "Middle/Earth"}), None),
        (json!({"m.tz": "../../../etc/passwd"}), None),
        (json!({"m.tz": "Etc/Unknown"}), None),
        (json!({"m.tz": 9}), None),
    ] {
        demo.answer_next("/profile/", Answer::new(200, profile.to_string()));
        let ProfileAnswer::Found { time_zone, .. } = session.profile_of(bob()).await else {
            panic!("{profile}")
        };
        assert_eq!(time_zone, expected, "{profile}");
    }
    demo.answer_next("/profile/", Answer::bad_gateway());
    assert_eq!(session.profile_of(bob()).await, ProfileAnswer::Unreachable);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let (demo, session) = guest().await;
    let malformed = || Answer::new(200, "[]");
    demo.answer_next("/profile/", malformed());
    assert_eq!(session.profile_of(bob()).await, ProfileAnswer::Failed);
    demo.answer_next("/profile/", malformed());
    assert_eq!(session.publish_status(StatusUpdate::Clear).await.answer, event::Answer::Failed);
    demo.answer_next("/devices", malformed());
    let error = session.other_sessions().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ProtocolError);
}

/// A client with these contacts in a room.
async fn among(people: &[Value]) -> Client {
    let room = json!({"room_id": ROOM, "name": "Room"});
    let lines: Vec<_> = std::iter::once(&room).chain(people).map(ToString::to_string).collect();
    let cast = Cast::parse(&lines.join("\n")).unwrap();
    follow(demo::Options { cast, ..demo::Options::default() }).await
}

async fn follow(options: demo::Options) -> Client {
    let demo = Demo::start(options).await.unwrap();
    Client::of(demo).await
}

fn person(name: &str) -> Value {
    json!({"user_id": format!("@{name}:demo.localhost"), "displayname": name})
}

/// The number of look-ups of other users.
fn look_ups(client: &Client) -> usize {
    client.asked("GET", "/presence/").iter().filter(|request| !request.path.contains("you")).count()
}

#[tokio::test]
async fn offline_contacts_on_screen_are_looked_up_once_for_their_message() {
    let mut away = person("Ann");
    away["presence"] = json!("offline");
    away["status_msg"] = json!("gone home");
    let mut client = among(&[away, person("Ben")]).await;
    client.until_listed("Ann", Some("offline gone home")).await;
    client.until_listed("Ben", Some("offline")).await;
    client.demo.set("@Ann:demo.localhost", "online", Some("back"));
    client.until_listed("Ann", Some("online back")).await;
    client.syncs(2).await;
    assert_eq!(client.asked("GET", "Ann").len(), 1);
}

#[tokio::test]
async fn a_failed_look_up_is_not_repeated() {
    for answer in [
        Answer::new(403, r#"{"errcode":"M_FORBIDDEN","error":"You are not allowed to see their presence."}"#),
        Answer::limit_exceeded(Duration::from_millis(100)),
        Answer::bad_gateway(),
        Answer::truncated(),
        Answer::new(200, "[]"),
    ] {
        let mut client = among(&[person("Ann")]).await;
        client.demo.answer_all("/presence/", answer);
        client.until("presence is known to be shared", |it| it.own().is_tracked() == Some(true)).await;
        client.until_so("a look-up", async |it| look_ups(it) == 1).await;
        client.syncs(2).await;
        assert_eq!(client.state_of("Ann").as_deref(), Some("silent"));
        assert_eq!(look_ups(&client), 1);
        assert!(client.model().connection().is_live());
    }
}

#[tokio::test]
async fn at_most_four_look_ups_run_at_a_time() {
    let people: Vec<_> = ('a'..='j').map(|name| person(&name.to_string())).collect();
    let mut client = among(&people).await;
    // The first look-up is that of our own presence.
    client.demo.answer_next("/presence/", Answer::late(Duration::ZERO));
    for _ in 0..4 {
        client.demo.answer_next("/presence/", Answer::late(Duration::from_secs(8)));
    }
    client.until("presence is known to be shared", |it| it.own().is_tracked() == Some(true)).await;
    client.until_so("four look-ups", async |it| look_ups(it) == 4).await;
    client.syncs(2).await;
    assert_eq!(look_ups(&client), 4);
    client.until_listed("j", Some("offline")).await;
    assert_eq!(look_ups(&client), 10);
}

#[tokio::test]
async fn no_contact_is_looked_up_where_presence_is_switched_off() {
    let options = demo::Options { cast: small_cast(), presence: false, ..demo::Options::default() };
    let mut client = follow(options).await;
    client.until("it is known", |it| it.own().is_tracked() == Some(false)).await;
    client.syncs(2).await;
    assert_eq!(look_ups(&client), 0);
}

#[tokio::test]
async fn the_time_zone_in_a_profile_is_looked_up_with_the_details() {
    let mut ann = person("Ann");
    ann["tz"] = json!("Asia/Tokyo");
    let mut client = among(&[ann]).await;
    client.until("live", |it| it.connection().is_live() && it.contacts().total() == 1).await;
    client.press('j');
    client.syncs(2).await;
    assert!(client.asked("GET", "/profile/").is_empty(), "no details are shown");
    client.press('\r');
    let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
    let ann = user_id!("@Ann:demo.localhost");
    client.until("it is known", |it| it.time_zone_of(ann) == Some(&tokyo)).await;
    assert_eq!(client.asked("GET", "/profile/").len(), 1);
}

#[test]
fn synapse_takes_a_time_zone_and_shows_it_to_others() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.put(&format!("profile/{}/m.tz", bob.id), &json!({"m.tz": "Asia/Tokyo"})).ok();
    assert_eq!(alice.get(&format!("profile/{}", bob.id)).ok()["m.tz"], "Asia/Tokyo");
}
