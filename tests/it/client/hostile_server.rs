//! A homeserver of one's own worst enemy: the client has to live with what it sends, or say what is wrong.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::time::timeout;
use whosin::{
    demo::{self, Answer, Demo},
    model::{Model, connection::Connection, presence::Presence},
    server::{ErrorKind, Session},
};

use crate::support::guest::{BOB, Client, ROOM, credentials, event, sign_in, small_cast};

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
        Answer::late(Duration::from_mins(5)),
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
        if kind.contains("Real") {
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

/// Answers each connection with what `answer` writes, and counts the requests.
struct Listener {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Listener {
    fn start(answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (requests.clone(), Arc::new(answer));
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (count, answer) = (count.clone(), answer.clone());
                thread::spawn(move || serve(connection, &count, &*answer));
            }
        });
        Self { url, requests }
    }
}

fn serve(
    mut connection: TcpStream,
    count: &AtomicUsize,
    answer: &(dyn Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync),
) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|it| it == b"\r\n\r\n") {
        match connection.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    count.fetch_add(1, Ordering::SeqCst);
    let head = String::from_utf8_lossy(&request).into_owned();
    // The client may hang up in the middle.
    let _ = answer(&head, &mut connection);
}

fn respond(connection: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    connection.write_all(body)
}

/// A homeserver that lets anybody in and answers all else as told.
fn lets_in(other: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Listener {
    Listener::start(move |head, connection| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/_matrix/client/versions" => respond(connection, "200 OK", "", br#"{"versions": ["v1.1"]}"#),
            "/_matrix/client/v3/login" => {
                let body =
                    br#"{"user_id": "@you:x", "access_token": "secret", "device_id": "ME", "x": null}"#;
                respond(connection, "200 OK", "", body)
            }
            _ => other(head, connection),
        }
    })
}

async fn session_with(server: &Listener) -> Session {
    Session::sign_in(&credentials(&server.url, "you", "x")).await.unwrap()
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_and_said() {
    let endless = |encoding: &'static str, chunk: Vec<u8>| {
        move |_: &str, connection: &mut TcpStream| {
            write!(connection, "HTTP/1.1 200 OK\r\n{encoding}connection: close\r\n\r\n")?;
            loop {
                connection.write_all(&chunk)?;
            }
        }
    };
    let servers = [
        lets_in(endless("", vec![b' '; 64 * 1024])),
        lets_in(endless("content-encoding: gzip\r\n", bomb())),
        lets_in(|_, connection| respond(connection, "200 OK", "content-encoding: gzip\r\n", &bomb())),
    ];
    for server in servers {
        let session = session_with(&server).await;
        let begun = Instant::now();
        let error = session.presence_of(&session.account().user_id).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge(1 << 20));
        assert!(error.to_string().contains("more than 1 MB"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
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

#[tokio::test]
async fn signing_in_goes_to_where_the_server_really_is() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let real = lets_in(|_, connection| respond(connection, "200 OK", "", b"{}"));
        let (target, whole) = (real.url.clone(), status.ends_with("Redirect"));
        let typed = Listener::start(move |head, connection| {
            let path = if whole { head.split(' ').nth(1).unwrap_or_default() } else { "/" };
            respond(connection, status, &format!("location: {target}{path}\r\n"), b"moved")
        });
        let session = Session::sign_in(&credentials(&typed.url, "you", "x")).await.expect(status);
        assert_eq!(session.account().homeserver, format!("{}/", real.url), "{status}");
        let before = typed.requests.load(Ordering::SeqCst);
        session.sign_out().await.expect(status);
        assert_eq!(typed.requests.load(Ordering::SeqCst), before, "{status}: the real address is used");
    }
}

#[tokio::test]
async fn no_password_goes_to_another_host_and_no_token_follows_a_redirect() {
    let stranger = Listener::start(|_, connection| respond(connection, "200 OK", "", br#"{"versions": []}"#));
    let elsewhere = stranger.url.replace("127.0.0.1", "localhost");
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("location: {elsewhere}/_matrix/client/versions?x=\r\n");
        let typed = Listener::start(move |_, connection| respond(connection, status, &location, b""));
        let error = Session::sign_in(&credentials(&typed.url, "you", "x")).await.err().unwrap();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{status}: {error}");
        assert!(error.to_string().contains(&elsewhere), "{status}: {error}");

        let location = format!("location: {}/\r\n", stranger.url);
        let server = lets_in(move |_, connection| respond(connection, status, &location, b""));
        let session = session_with(&server).await;
        let error = session.presence_of(&session.account().user_id).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{status}: {error}");
    }
    assert_eq!(stranger.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_redirect_that_leads_in_a_circle_or_nowhere_is_said() {
    for location in ["/_matrix/client/versions", "", "ftp://127.0.0.1/", "javascript:alert(1)", "http://"] {
        let header = format!("location: {location}\r\n");
        let server = Listener::start(move |_, connection| respond(connection, "302 Found", &header, b""));
        let typed = credentials(&server.url, "you", "x");
        let error =
            timeout(Duration::from_secs(10), Session::sign_in(&typed)).await.expect(location).err().unwrap();
        assert!(matches!(error.kind, ErrorKind::Redirected(_)), "{location}: {error}");
        assert!(server.requests.load(Ordering::SeqCst) < 8, "{location}");
    }
}

#[tokio::test]
async fn words_of_the_server_are_clean_wherever_they_come_from() {
    let hostile = "\u{1b}]52;c;cHduZWQ=\u{7}\u{1b}[6n\u{9b}31m\u{202e}a\nb";
    let body = json!({"errcode": "M_FORBIDDEN\u{1b}[31m", "error": hostile}).to_string();
    let demo = Demo::start(demo::Options { cast: small_cast(), ..demo::Options::default() }).await.unwrap();
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
