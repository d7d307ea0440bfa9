//! What each kind of software does to presence, as it was measured.

use std::time::Duration;

use matrix_sdk::reqwest::Method;
use serde_json::{Value, json};
use whosin::demo::{Demo, Federation, Options, Software, USER};

use super::{BOB, STUDIO, Session, told, two};

const TUWUNEL: [Software; 3] = [Software::OldTuwunel, Software::Tuwunel1_5, Software::Tuwunel];

async fn on(software: Software) -> Demo {
    Demo::start(Options { software, ..two() }).await.unwrap()
}

#[tokio::test]
async fn a_sync_with_offline_ends_busy_of_its_own_session_on_tuwunel() {
    for software in [Software::Tuwunel1_5, Software::Tuwunel] {
        let demo = on(software).await;
        let (me, bob) = (Session::of(&demo, USER).await, Session::of(&demo, BOB).await);
        me.put(json!({ "presence": "busy" })).await;
        let phone = Session::of(&demo, USER).await;
        phone.look().await;
        assert_eq!(bob.presence(USER).await["presence"], "busy", "{software:?}: the phone's own state");
        me.look().await;
        assert_eq!(bob.presence(USER).await["presence"], "offline", "{software:?}");
    }
}

#[tokio::test]
async fn a_message_cannot_be_cleared_on_tuwunel_1_5_0_alone() {
    for software in Software::ALL {
        let demo = on(software).await;
        let me = Session::of(&demo, USER).await;
        me.put(json!({ "presence": "online", "status_msg": "hi" })).await;
        me.put(json!({ "presence": "online", "status_msg": "" })).await;
        let message = me.presence(USER).await["status_msg"].as_str().unwrap_or_default().to_owned();
        assert_eq!(message == "hi", software == Software::Tuwunel1_5, "{software:?}: {message}");
    }
}

#[tokio::test]
async fn each_session_has_its_own_message_on_tuwunel() {
    for software in [Software::Tuwunel, Software::Continuwuity] {
        let demo = on(software).await;
        let (me, phone) = (Session::of(&demo, USER).await, Session::of(&demo, USER).await);
        let message = async || me.presence(USER).await["status_msg"].as_str().unwrap_or_default().to_owned();
        me.put(json!({ "presence": "online", "status_msg": "here" })).await;
        phone.put(json!({ "presence": "online", "status_msg": "there" })).await;
        assert_eq!(message().await, "there", "{software:?}");
        phone.put(json!({ "presence": "online", "status_msg": "" })).await;
        let apart = software == Software::Tuwunel;
        assert_eq!(message().await, if apart { "here" } else { "" }, "{software:?}");
        me.put(json!({ "presence": "online", "status_msg": "" })).await;
        phone.look().await;
        assert_eq!(message().await, "", "{software:?}");
    }
}

#[tokio::test]
async fn a_ghost_counts_five_minutes_in_full_and_then_as_unavailable() {
    let demo = on(Software::Tuwunel1_5).await;
    let (ghost, me) = (Session::of(&demo, USER).await, Session::of(&demo, USER).await);
    ghost.put(json!({ "presence": "busy" })).await;
    ghost.ask(Method::POST, "/logout", Some(json!({}))).await.ok();
    for (skip, seen) in [(0, "busy"), (4, "busy"), (2, "unavailable"), (25, "offline")] {
        demo.skip(Duration::from_mins(skip));
        me.put(json!({ "presence": "offline" })).await;
        assert_eq!(me.presence(USER).await["presence"], seen, "{skip} min later");
    }
    let alone = on(Software::Tuwunel1_5).await;
    let me = Session::of(&alone, USER).await;
    me.put(json!({ "presence": "busy" })).await;
    alone.skip(Duration::from_hours(24));
    assert_eq!(me.presence(USER).await["presence"], "busy", "no session is active, so nothing is computed");
}

#[tokio::test]
async fn a_restart_leaves_the_prefixed_busy_on_tuwunel_1_4_alone() {
    for software in [Software::OldTuwunel, Software::Tuwunel1_5, Software::Continuwuity] {
        let demo = on(software).await;
        let me = Session::of(&demo, USER).await;
        me.put(json!({ "presence": "org.matrix.msc3026.busy" })).await;
        demo.restart();
        let survives = me.presence(USER).await["presence"] == "org.matrix.msc3026.busy";
        assert_eq!(survives, software == Software::OldTuwunel, "{software:?}");
    }
}

#[tokio::test]
async fn ones_own_presence_is_not_found_while_in_no_room() {
    for software in [TUWUNEL.as_slice(), &[Software::Continuwuity]].concat() {
        let demo = on(software).await;
        let me = Session::of(&demo, USER).await;
        for room in [STUDIO, "!direct-bob:demo.localhost"] {
            demo.leave(USER, room);
        }
        assert_eq!(me.put(json!({ "presence": "online" })).await.0, 200);
        let (status, error) = me.get(&format!("/presence/{USER}/status")).await;
        assert_eq!((status, &error["errcode"]), (404, &json!("M_NOT_FOUND")), "{software:?}");
    }
}

#[tokio::test]
async fn a_put_during_a_sync_loses_its_message_where_the_sync_writes_late() {
    for (software, message) in [
        (Software::OldTuwunel, Value::Null),
        (Software::Continuwuity, Value::Null),
        (Software::Tuwunel, json!("new")),
    ] {
        let ping = Duration::from_secs(2);
        let demo = Demo::start(Options { software, ping, ..two() }).await.unwrap();
        let me = Session::of(&demo, USER).await;
        let requests = demo.requests().len();
        tokio::join!(me.get("/sync?set_presence=unavailable"), async {
            super::until_asked(&demo, requests + 1).await;
            me.put(json!({ "presence": "online", "status_msg": "new" })).await
        });
        assert_eq!(me.presence(USER).await["status_msg"], message, "{software:?}");
    }
}

#[tokio::test]
async fn the_software_is_named_on_a_path_of_its_own_without_federation() {
    for (software, path) in [
        (Software::OldTuwunel, "_tuwunel"),
        (Software::Tuwunel1_5, "_tuwunel"),
        (Software::Continuwuity, "_continuwuity"),
    ] {
        let options = Options { software, federation: Federation::Off, ..two() };
        let demo = Demo::start(options).await.unwrap();
        let me = Session::of(&demo, USER).await;
        let ask = async |path: &str| {
            me.http.ask(Method::GET, &format!("{}/{path}", demo.url()), None).await.unwrap()
        };
        assert_eq!(ask("_matrix/federation/v1/version").await.status, 403, "{software:?}");
        let (name, version) = software.version();
        let named = ask(&format!("{path}/server_version")).await.ok();
        assert_eq!(named, json!({ "name": name, "version": version }));
    }
}

#[tokio::test]
async fn a_login_is_refused_in_each_servers_way() {
    for (software, unknown, foreign) in [
        (Software::Synapse, 403, 403),
        (Software::OldTuwunel, 403, 400),
        (Software::Tuwunel1_5, 403, 400),
        (Software::Continuwuity, 404, 404),
    ] {
        let demo = on(software).await;
        let me = Session::of(&demo, USER).await;
        for (user, password, status) in [
            ("@nobody:demo.localhost", "demo", unknown),
            ("@you:elsewhere.example", "demo", foreign),
            (USER, "wrong", 403),
        ] {
            let login = json!({ "type": "m.login.password", "password": password,
                                "identifier": { "type": "m.id.user", "user": user } });
            let answer = me.ask(Method::POST, "/login", Some(login)).await;
            assert_eq!(answer.status, status, "{software:?}, {user}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn events_carry_the_fields_of_each_software() {
    for software in Software::ALL {
        let demo = on(software).await;
        let me = Session::of(&demo, USER).await;
        let sync = me.look().await;
        assert_eq!(told(&sync, BOB), Some(("online", Some("hi"))), "{software:?}");
        let events = sync["presence"]["events"].as_array().unwrap();
        let content = &events.iter().find(|it| it["sender"] == BOB).unwrap()["content"];
        let conduwuit = TUWUNEL.contains(&software) || software == Software::Continuwuity;
        assert_eq!(content["displayname"] == "Bob", conduwuit, "{software:?}");
        assert_eq!(content["display_name"] == "Bob", software == Software::Palpo, "{software:?}");
    }
}
