//! Looking people up: what a server says of them when asked, however it says it.

use std::time::Duration;

use jiff::tz::TimeZone;
use matrix_sdk::ruma::{UserId, user_id};
use serde_json::json;
use whosin::{
    demo::{self, Answer, Demo},
    matrix::{Kind, Session},
    presence::{Presence, Status},
};

use crate::{
    guest::{sign_in, small_cast},
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
async fn each_field_of_a_presence_is_read_by_itself() {
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
        assert_eq!(session.presence_of(bob()).await.unwrap(), Some(expected), "{body}");
    }
}

#[tokio::test]
async fn what_is_not_shared_is_told_from_what_went_wrong() {
    let (demo, session) = guest().await;
    let stranger = user_id!("@nobody:demo.localhost");
    assert_eq!(session.presence_of(stranger).await.unwrap(), None);
    for (answer, kind) in [
        (Answer::limit_exceeded(Duration::from_secs(3)), "Limited(3s)"),
        (Answer::bad_gateway(), "ServerError(502)"),
        (Answer::truncated(), "Garbled"),
        (Answer::new(200, "[]"), "Garbled"),
    ] {
        demo.answer_next("/presence/", answer);
        let trouble = session.presence_of(bob()).await.unwrap_err();
        assert_eq!(format!("{:?}", trouble.kind), kind);
    }
}

#[tokio::test]
async fn a_time_zone_is_one_that_exists() {
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
        (json!([]), None),
    ] {
        demo.answer_next("/profile/", Answer::new(200, profile.to_string()));
        assert_eq!(session.time_zone_of(bob()).await.unwrap(), expected, "{profile}");
    }
    demo.answer_next("/profile/", Answer::bad_gateway());
    assert_eq!(session.time_zone_of(bob()).await.unwrap_err().kind, Kind::ServerError(502));
}

#[test]
fn synapse_takes_a_time_zone_and_shows_it_to_others() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.put(&format!("profile/{}/m.tz", bob.id), &json!({"m.tz": "Asia/Tokyo"})).ok();
    assert_eq!(alice.get(&format!("profile/{}", bob.id)).ok()["m.tz"], "Asia/Tokyo");
}
