//! The real client without a terminal, against a homeserver that fails in every way.

use std::time::{Duration, Instant};

use matrix_sdk::ruma::user_id;
use serde_json::{Value, json};
use whosin::{
    demo::{self, Answer, Cast, Demo},
    model::{
        connection::Connection,
        credentials::{Credentials, Secret},
        own::Reason,
        presence::Presence,
    },
    server::{
        ErrorKind, Session,
        auth::{SignOutError, sign_out_pasted},
    },
};

use crate::support::guest::{BOB, Client, ROOM, credentials, event, sign_in, small_cast};

#[tokio::test]
async fn the_first_sync_sets_online_without_a_put() {
    let mut client = Client::start().await;
    client.until_seen_as(Presence::Online).await;
    client.until_listed("Bob", Some("online hi")).await;
    assert_eq!(client.asked("PUT", "presence").len(), 0);
    let first = &client.asked("GET", "/sync")[0];
    assert_eq!(first.query.get("set_presence"), None, "which means online");
}

#[tokio::test]
async fn busy_is_one_put_with_the_unstable_name_and_later_syncs_say_unavailable() {
    let mut client = Client::start().await;
    client.until_seen_as(Presence::Online).await;
    client.press('b');
    client.until_seen_as(Presence::Busy).await;
    let puts = client.asked("PUT", "presence");
    assert_eq!(puts.len(), 1);
    assert_eq!(puts[0].body, json!({"presence": "org.matrix.msc3026.busy", "status_msg": ""}));
    client.demo.set(BOB, "busy", None);
    client.until_listed("Bob", Some("busy")).await;
    client.demo.set(BOB, "online", None);
    client.until_listed("Bob", Some("online")).await;
    assert_eq!(client.asked("GET", "/sync").last().unwrap().query["set_presence"], "unavailable");
}

#[tokio::test]
async fn a_malformed_event_does_not_spoil_the_events_beside_it() {
    let mut client = Client::start().await;
    let table = [
        (json!({"presence": "dnd"}), "dnd"),
        (json!({"presence": "busy"}), "busy"),
        (json!({"presence": "ONLINE"}), "ONLINE"),
        (json!({"presence": "x".repeat(300)}), "xxxxxxxxxxxxxxxxxxxxxxx…"),
        (json!({"presence": 7, "status_msg": "seven"}), "unknown seven"),
        (json!({"presence": ["a"], "status_msg": "list"}), "unknown list"),
        (json!({"presence": "online", "last_active_ago": -60_000, "status_msg": "early"}), "online early"),
        (json!({"presence": "online", "last_active_ago": 1.5, "status_msg": "half"}), "online half"),
        (json!({"presence": "online", "last_active_ago": 99_999_999_999_999_u64}), "online"),
        (json!({"presence": "unavailable", "status_msg": {"a": 1}}), "unavailable"),
        (json!({"presence": "offline", "status_msg": 12}), "offline"),
        (json!({"presence": "online", "currently_active": "yes", "status_msg": "y"}), "online y"),
        (
            json!({"presence": "online", "status_msg": "\u{1b}[31mred\u{1b}[0m \u{202e}RTL\r\nnl"}),
            "online red RTL nl",
        ),
    ];
    for (content, expected) in table {
        client.demo.say(json!(7));
        client.demo.say(json!({"type": "m.presence", "sender": "nobody", "content": {}}));
        client.demo.say(json!({"type": "m.presence", "content": {"presence": "online"}}));
        client.demo.say(event(&content));
        client.until_listed("Bob", Some(expected)).await;
    }
    client.demo.say(event(&json!({"presence": "online", "status_msg": "m".repeat(70_000)})));
    client
        .until("a long message is cut", |it| {
            let heard = it.contacts().get(user_id!("@bob:demo.localhost")).and_then(|bob| bob.heard.as_ref());
            heard.and_then(|heard| heard.status_msg.as_ref()).is_some_and(|text| text.len() < 3_000)
        })
        .await;
}

#[tokio::test]
async fn joins_leaves_and_renames_change_the_list() {
    let mut client = Client::start().await;
    client.demo.set("@eve:demo.localhost", "busy", None);
    client.demo.join("@eve:demo.localhost", ROOM);
    client.demo.rename("@eve:demo.localhost", "Eve");
    client.until_listed("Eve", Some("busy")).await;
    client.demo.rename("@eve:demo.localhost", "Eva");
    client.until_listed("Eva", Some("busy")).await;
    client.demo.leave("@eve:demo.localhost", ROOM);
    client.until_listed("Eva", None).await;
    client.until_listed("Bob", Some("online hi")).await;
}

#[tokio::test]
async fn joining_a_room_adds_its_members() {
    let mut client = Client::start().await;
    client.demo.join("@eve:demo.localhost", "!new:demo.localhost");
    client.demo.rename("@eve:demo.localhost", "Eve");
    client.demo.join(demo::USER, "!new:demo.localhost");
    client.until("Eve is listed", |it| it.contacts().total() == 2).await;
    client.demo.leave(demo::USER, "!new:demo.localhost");
    client.until("Eve is gone", |it| it.contacts().total() == 1).await;
}

#[tokio::test]
async fn a_gateway_error_and_a_truncated_answer_are_survived() {
    for (answer, said) in
        [(Answer::bad_gateway(), "internal error (HTTP 502)"), (Answer::truncated(), "unreadable answer")]
    {
        let mut client = Client::start().await;
        client.demo.answer_all("", answer);
        client.demo.set(BOB, "busy", None);
        client.until("the connection is lost", |it| !it.connection().is_live()).await;
        assert!(client.lost_because().contains(said), "{}", client.lost_because());
        client.demo.answer_truly();
        client.press('j');
        client.until("the connection is back", |it| *it.connection() == Connection::Live).await;
        client.until_listed("Bob", Some("busy")).await;
    }
}

#[tokio::test]
async fn a_restored_connection_is_live_before_any_news_arrives() {
    let mut client = Client::start().await;
    client.until_seen_as(Presence::Online).await;
    client.demo.answer_all("", Answer::bad_gateway());
    client.until("the connection is lost", |it| !it.connection().is_live()).await;
    client.demo.answer_truly();
    client.press('j');
    client.until("live before a long poll has passed", |it| *it.connection() == Connection::Live).await;
}

#[tokio::test]
async fn empty_answers_without_delay_cause_no_hot_loop() {
    let mut client = Client::start().await;
    client.until_seen_as(Presence::Online).await;
    client.demo.answer_all("/sync", Answer::nothing());
    client.demo.set(BOB, "busy", None);
    let (before, begun) = (client.asked("GET", "/sync").len(), Instant::now());
    client.until_so("ten polls", async |it| it.asked("GET", "/sync").len() >= before + 10).await;
    // The pauses are 100, 200, 400, 800 and 1,600 ms; a loaded machine only makes them longer.
    assert!(begun.elapsed() > Duration::from_secs(3), "ten polls in {:?}", begun.elapsed());
}

#[tokio::test]
async fn an_expired_token_ends_the_session() {
    let mut client = Client::start().await;
    client.demo.expire_tokens();
    client.until("the session is over", |it| *it.connection() == Connection::SignedOut).await;
}

#[tokio::test]
async fn under_a_rate_limit_only_the_newest_state_is_sent() {
    let options = demo::Options { put_limit: Some(Duration::from_secs(10)), ..demo::Options::default() };
    let mut client = Client::start_with(options).await;
    client.until_seen_as(Presence::Online).await;
    client.press('b');
    client.until_seen_as(Presence::Busy).await;
    client.press('u');
    client
        .until("the limit is said", |it| matches!(it.own().report().reason, Some(Reason::Limited(_))))
        .await;
    client.press('b');
    client.press('o');
    client.until_seen_as(Presence::Online).await;
    let sent: Vec<Value> =
        client.asked("PUT", "presence").iter().map(|put| put.body["presence"].clone()).collect();
    assert_eq!(
        sent,
        ["org.matrix.msc3026.busy", "unavailable", "online"],
        "one refused, one when it was time"
    );
}

#[tokio::test]
async fn switched_off_presence_is_detected() {
    let mut client = Client::start_with(demo::Options { presence: false, ..demo::Options::default() }).await;
    client.until("it is said", |it| it.own().report().reason == Some(Reason::Untracked)).await;
}

#[tokio::test]
async fn busy_is_never_sent_where_the_server_does_not_offer_it() {
    let options = demo::Options { busy: false, put_limit: None, ..demo::Options::default() };
    let mut client = Client::start_with(options).await;
    client.press('b');
    client.until_seen_as(Presence::Unavailable).await;
    client.until("it is said", |it| it.own().report().reason == Some(Reason::NoBusy)).await;
    let puts = client.asked("PUT", "presence");
    assert!(puts.iter().all(|put| put.body["presence"] != "org.matrix.msc3026.busy"), "{puts:?}");
}

#[tokio::test]
async fn a_hundred_thousand_contacts_are_listed() {
    let demo =
        Demo::start(demo::Options { cast: Cast::crowd(100_000), ..demo::Options::default() }).await.unwrap();
    let mut client = Client::of(demo).await;
    client.until("all are listed", |it| it.contacts().total() == 100_000).await;
}

#[tokio::test]
async fn each_failed_sign_in_has_its_own_reason() {
    let demo = Demo::start(demo::Options { cast: small_cast(), ..demo::Options::default() }).await.unwrap();
    let kind = async |server: &str, user: &str, password: &str| {
        Session::sign_in(&credentials(server, user, password)).await.err().map(|trouble| trouble.kind)
    };
    let host = demo.url().trim_start_matches("http://");
    assert_eq!(kind(demo.url(), "you", demo::PASSWORD).await, None);
    assert_eq!(kind(host, "you", demo::PASSWORD).await, None, "found by .well-known");
    assert_eq!(kind(demo.url(), "you", "wrong").await, Some(ErrorKind::WrongPassword));
    assert_eq!(kind("http://127.0.0.1:1", "you", "x").await, Some(ErrorKind::Down));
    assert_eq!(kind("http://no.such.host.invalid", "you", "x").await, Some(ErrorKind::UnknownHost));
    assert_eq!(kind("not a server", "you", "x").await, Some(ErrorKind::NoServerName));
    assert!(matches!(kind(&format!("https://{host}"), "you", "x").await, Some(ErrorKind::Tls(_))));
    for (base, reason) in [
        ("file:///etc/passwd", None),
        ("http://you:secret@127.0.0.1:1", None),
        ("not an address", None),
        ("http://127.0.0.1:1", Some("127.0.0.1:1 does not accept connections")),
        ("http://no.such.host.invalid", Some("no.such.host.invalid")),
    ] {
        let delegation = json!({"m.homeserver": {"base_url": base}}).to_string();
        demo.answer_next(".well-known", Answer::new(200, delegation));
        let error = Session::sign_in(&credentials(host, "you", demo::PASSWORD)).await.err();
        let said = error.map(|error| error.to_string());
        let is_said = match (&said, reason) {
            (Some(said), Some(reason)) => said.contains(reason),
            (said, reason) => said.is_none() && reason.is_none(),
        };
        assert!(is_said, "{base}: {said:?}");
    }
    demo.answer_all("/versions", Answer::new(404, "<html>It works!</html>"));
    assert_eq!(kind(demo.url(), "you", "x").await, Some(ErrorKind::NotMatrix));
}

#[tokio::test]
async fn a_token_signs_in_as_its_own_device_until_it_signs_out() {
    let demo = Demo::start(demo::Options { cast: small_cast(), ..demo::Options::default() }).await.unwrap();
    let first = sign_in(&demo).await.unwrap();
    let token = first.saved().tokens.access_token.into_secret();
    let with = |token: &str| Credentials {
        server: demo.url().into(),
        user: String::new(),
        secret: Secret::Token(token.into()),
    };
    let again = Session::sign_in(&with(&token)).await.unwrap();
    assert_eq!(again.account().user_id, demo::USER);
    let refused = again.sign_out().await.unwrap_err();
    assert!(matches!(refused, SignOutError::OfAnotherProgram), "it ends nothing of others: {refused:?}");
    sign_out_pasted(&again.saved()).await.unwrap();
    assert_eq!(Session::sign_in(&with(&token)).await.err().unwrap().kind, ErrorKind::SignedOut);
    assert_eq!(first.check().await.unwrap_err().kind, ErrorKind::SignedOut);
    first.sign_out().await.expect("one that has ended is ended");
}
