//! A homeserver of one's own worst enemy: the client has to live with what it sends, or say what is wrong.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::timeout;
use whosin::{
    demo::{self, Answer, Demo},
    model::{
        Model,
        connection::Connection,
        event::{Answer as Published, ProfileAnswer, StatusUpdate},
        presence::Presence,
        profile::NewStatus,
    },
    server::ErrorKind,
};

use crate::support::guest::{BOB, Client, ROOM, event, sign_in, small_cast};

const TEA: &str = "!tea:demo.localhost";

/// A client whose homeserver has a second room, with Eve in it, and something against one of them.
async fn start(prepare: impl FnOnce(&Demo)) -> Client {
    let options = demo::Options { cast: small_cast(), put_limit: None, ..demo::Options::default() };
    let demo = Demo::start(options).await.unwrap();
    demo.join("@eve:demo.localhost", TEA);
    demo.rename("@eve:demo.localhost", "Eve");
    demo.join(demo::USER, TEA);
    prepare(&demo);
    Client::of(demo).await
}

#[tokio::test]
async fn a_room_that_cannot_be_loaded_costs_no_other_and_comes_back_by_itself() {
    let garbage = || Answer::new(200, r#"{"joined": ["#);
    let answers = [
        Answer::bad_gateway(),
        Answer::new(504, ""),
        garbage(),
        Answer::new(200, "[]"),
        Answer::new(404, "<html>"),
        Answer::new(429, r#"{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1000000000000000000}"#),
        Answer::never(),
    ];
    for answer in answers {
        let kind = format!("{answer:?}");
        let mut client = start(|demo| demo.answer_all("tea:demo.localhost/joined_members", answer)).await;
        let live = |it: &Model| *it.connection() == Connection::Live;
        client
            .until(&format!("live without the room: {kind}"), |it| live(it) && it.rooms_not_loaded() == 1)
            .await;
        client.until_listed("Bob", Some("online hi")).await;
        client.demo.set(BOB, "busy", None);
        client.until_listed("Bob", Some("busy")).await;
        // Only minutes later is it asked for again.
        if kind.contains("Never") || kind.contains("429") {
            continue;
        }
        client.demo.answer_truly();
        client.until(&format!("all is loaded: {kind}"), |it| it.rooms_not_loaded() == 0).await;
        assert_eq!(client.model().contacts().total(), 2, "{kind}");
    }
}

#[tokio::test]
async fn a_room_that_we_have_left_is_no_failure() {
    let refusal = Answer::new(403, r#"{"errcode": "M_FORBIDDEN", "error": "You are not in that room"}"#);
    let mut client = start(|demo| demo.answer_all("tea:demo.localhost/joined_members", refusal)).await;
    client.until("live", |it| *it.connection() == Connection::Live).await;
    assert_eq!(client.model().rooms_not_loaded(), 0);
}

#[tokio::test]
async fn a_position_that_is_refused_is_given_up_once() {
    for (status, errcode) in
        [(400, "M_UNKNOWN"), (400, "M_INVALID_PARAM"), (400, "M_UNKNOWN_POS"), (404, "M_UNKNOWN_POS")]
    {
        let mut client = Client::start().await;
        client.until_seen_as(Presence::Online).await;
        let refusal = json!({"errcode": errcode, "error": "Invalid stream token"}).to_string();
        let firsts = |client: &Client| {
            client.asked("GET", "/sync").iter().filter(|it| !it.query.contains_key("since")).count()
        };
        client.demo.answer_next("/sync", Answer::new(status, refusal.clone()));
        client.demo.set(BOB, "busy", None);
        client.until_listed("Bob", Some("busy")).await;
        client.demo.set(BOB, "unavailable", None);
        client.until_listed("Bob", Some("unavailable")).await;
        assert_eq!(firsts(&client), 2, "{errcode}");

        client.demo.answer_all("/sync", Answer::new(status, refusal));
        client.until("lost", |it| matches!(it.connection(), Connection::Lost { .. })).await;
        assert_eq!(firsts(&client), 2, "{errcode}: not so soon again");
    }
}

#[tokio::test]
async fn news_that_are_none_make_no_hot_loop() {
    let busy = event(&json!({"presence": "busy"}));
    let active = |ago: u64| event(&json!({"presence": "busy", "last_active_ago": ago}));
    let join = json!({"type": "m.room.member", "state_key": BOB, "sender": BOB,
                      "content": {"membership": "join", "displayname": "Bob"}});
    let bodies = [
        json!({"presence": {"events": [busy]}}),
        json!({"presence": {"events": [active(1), active(2)]}}),
        json!({"rooms": {"join": {ROOM: {"timeline": {"events": [join]}}}}}),
        json!({"org.matrix.msc4429.users": {BOB: {"profile_updates": {"m.status": {"emoji": "🏃", "text": "AFK"}}}}}),
    ];
    for mut body in bodies {
        let mut client = Client::start().await;
        client.until_seen_as(Presence::Online).await;
        body["next_batch"] = json!("s1");
        client.demo.answer_all("/sync", Answer::new(200, body.to_string()));
        let (before, begun) = (client.asked("GET", "/sync").len(), Instant::now());
        client.until_so("twelve polls", async |it| it.asked("GET", "/sync").len() >= before + 12).await;
        assert!(begun.elapsed() > Duration::from_secs(3), "twelve polls in {:?}: {body}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_limit_of_no_time_is_no_hot_loop() {
    for wait in [json!(0), json!(-1), json!("soon"), json!(0.5)] {
        let mut client = Client::start().await;
        client.until_seen_as(Presence::Online).await;
        let body = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "", "retry_after_ms": wait}).to_string();
        client.demo.answer_all("/sync", Answer::new(429, body.clone()));
        client.demo.answer_all("/presence/", Answer::new(429, body));
        let begun = Instant::now();
        client.press('b');
        client.until_so("three PUTs", async |it| it.asked("PUT", "presence").len() >= 3).await;
        let (elapsed, polls) = (begun.elapsed(), client.asked("GET", "/sync").len());
        assert!(elapsed >= Duration::from_secs(2), "three PUTs in {elapsed:?}: {wait}");
        let most = 5 + elapsed.as_secs();
        assert!(polls as u64 <= most, "{polls} polls in {elapsed:?}: {wait}");
    }
}

async fn demo() -> Demo {
    Demo::start(demo::Options { cast: small_cast(), ..demo::Options::default() }).await.unwrap()
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_and_said() {
    let gzip = |answer: Answer| answer.with_header("content-encoding", "gzip");
    let answers = [
        Answer::endless(vec![b' '; 64 * 1024]),
        gzip(Answer::endless(bomb())),
        gzip(Answer::new(200, bomb())),
    ];
    let demo = demo().await;
    let session = sign_in(&demo).await.unwrap();
    for answer in answers {
        demo.answer_next("/presence/", answer);
        let begun = Instant::now();
        let error = session.presence_of(&session.account().user_id).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge(1 << 20));
        assert!(error.to_string().contains("more than 1 MB"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn every_kind_of_answer_has_a_size_that_ends_it() {
    let demo = demo().await;
    let session = sign_in(&demo).await.unwrap();
    demo.answer_all("/", Answer::endless(vec![b' '; 64 * 1024]));
    let begun = Instant::now();
    let own = session.account().user_id.clone();
    assert_eq!(session.presence_of(&own).await.unwrap_err().kind, ErrorKind::TooLarge(1 << 20));
    assert_eq!(session.features().await.unwrap_err().kind, ErrorKind::TooLarge(1 << 20));
    assert_eq!(session.other_sessions().await.unwrap_err().kind, ErrorKind::TooLarge(1 << 20));
    assert_eq!(session.profile_of(&own).await, ProfileAnswer::Failed);
    assert_eq!(session.can_strangers_read_profile().await, None);
    assert_eq!(session.can_set_status().await, None);
    let status = StatusUpdate::Set(NewStatus::busy());
    assert_eq!(session.publish_status(status).await.answer, Published::Failed);
    assert!(sign_in(&demo).await.is_err());
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

/// 2 MiB of zeroes as gzip: a member whose one block repeats a zero.
fn bomb() -> Vec<u8> {
    let mut bits = Bits::default();
    // A last block of fixed codes: the literal 0, then a match of 258 bytes, one back, again and again.
    bits.push(1, 1);
    bits.push(1, 2);
    bits.code(0x30, 8);
    for _ in 0..2 * 1024 * 1024 / 258 {
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    bits.code(0, 7);
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend(bits.bytes());
    // A sum that is never reached.
    gzip.extend([0; 8]);
    gzip
}

/// Deflate's bits: the first of a byte is its lowest (RFC 1951, 3.1.1).
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).map(|bit| value >> bit & 1 == 1));
    }

    /// A Huffman code, which begins with its highest bit.
    fn code(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        self.0.chunks(8).map(byte).collect()
    }
}

const REDIRECTS: [u16; 4] = [301, 302, 307, 308];

#[tokio::test]
async fn signing_in_goes_to_where_the_server_really_is() {
    for status in REDIRECTS {
        let (real, typed) = (demo().await, demo().await);
        let path = if status < 307 { "/" } else { "/_matrix/client/versions" };
        typed.answer_all("/", Answer::redirect(status, &format!("{}{path}", real.url())));
        let session = sign_in(&typed).await.unwrap();
        assert_eq!(session.account().homeserver, format!("{}/", real.url()), "{status}");
        let before = typed.requests().len();
        session.sign_out().await.unwrap();
        assert_eq!(typed.requests().len(), before, "{status}: the real address is used");
    }
}

#[tokio::test]
async fn no_password_goes_to_another_host_and_no_token_follows_a_redirect() {
    let stranger = demo().await;
    let elsewhere = stranger.url().replace("127.0.0.1", "localhost");
    for status in REDIRECTS {
        let typed = demo().await;
        typed.answer_all("/", Answer::redirect(status, &format!("{elsewhere}/_matrix/client/versions?x=")));
        let error = sign_in(&typed).await.err().unwrap();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{status}: {error}");
        assert!(error.to_string().contains(&elsewhere), "{status}: {error}");

        typed.answer_truly();
        let session = sign_in(&typed).await.unwrap();
        typed.answer_all("/presence/", Answer::redirect(status, stranger.url()));
        let error = session.presence_of(&session.account().user_id).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{status}: {error}");
    }
    assert_eq!(stranger.requests(), []);
}

#[tokio::test]
async fn a_redirect_that_leads_in_a_circle_or_nowhere_is_said() {
    for location in ["/_matrix/client/versions", "", "ftp://127.0.0.1/", "javascript:alert(1)", "http://"] {
        let demo = demo().await;
        demo.answer_all("/", Answer::redirect(302, location));
        let error = timeout(Duration::from_secs(10), sign_in(&demo)).await.expect(location).err().unwrap();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{location}: {error}");
        assert!(demo.requests().len() < 8, "{location}");
    }
}

#[tokio::test]
async fn a_part_of_a_sync_that_nobody_reads_costs_nothing() {
    for odd in [
        json!({"to_device": null, "device_lists": 7, "device_one_time_keys_count": "many"}),
        json!({"rooms": {"invite": [], "knock": null}}),
        json!({"rooms": {"join": {ROOM: {"summary": null, "unread_notifications": 1.0, "ephemeral": []}}}}),
        json!({"account_data": {"events": [7, null, {"type": 7}, {"type": "m.direct", "content": []}]}}),
    ] {
        let mut client = Client::start().await;
        client.demo.answer_all("/sync", Answer::altered(odd.clone()));
        for state in ["busy", "unavailable", "busy"] {
            client.demo.set(BOB, state, None);
            client.until_listed("Bob", Some(state)).await;
        }
        assert!(client.model().connection().is_live(), "{odd}");
    }
}

#[tokio::test]
async fn words_of_the_server_are_clean_wherever_they_come_from() {
    let hostile = "\u{1b}]52;c;cHduZWQ=\u{7}\u{1b}[6n\u{9b}31m\u{202e}a\nb";
    let body = json!({"errcode": "M_FORBIDDEN\u{1b}[31m", "error": hostile}).to_string();
    let demo = demo().await;
    let session = sign_in(&demo).await.unwrap();
    for status in [400, 402, 409, 418, 499] {
        demo.answer_all("/", Answer::new(status, body.clone()));
        let errors = [
            session.presence_of(&session.account().user_id).await.unwrap_err().to_string(),
            session.features().await.unwrap_err().to_string(),
            session.sign_out().await.unwrap_err().to_string(),
            sign_in(&demo).await.err().unwrap().to_string(),
        ];
        for error in errors {
            assert!(!error.contains(|c: char| c.is_control() || c == '\u{202e}'), "{status}: {error:?}");
        }
    }
}
