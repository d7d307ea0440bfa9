//! Passwords, tokens and codes: in the store and in requests, and nowhere else.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use matrix_sdk::reqwest::{self, Url};
use serde_json::json;
use tokio::task::spawn_blocking;
use whosin::{
    model::credentials::{Credentials, Secret},
    server::{
        Session,
        auth::{BrowserWay, Homeserver, Progress, Proof, Wanted, sign_out},
    },
    store::session_store::StoredSession,
};

use crate::support::{
    home::{Ended, Home},
    oauth_server::{ALICE, DEVICE, LOGIN, OAuthServer, REVOKE, STABLE, TOKEN, UNSTABLE, WHOAMI, tokens},
};

/// What every secret of these tests has in it.
const MARK: &str = "s3cret";

/// A home that logs all that it can, in a file.
fn home() -> Home {
    // Names of libraries are no levels: their logs would show requests.
    Home::new().with("WHOSIN_LOG", "trace").with("RUST_LOG", "trace").with("RUST_BACKTRACE", "full")
}

fn run(home: &Home, args: &[&str], input: &str) -> Ended {
    let mut process =
        home.command(&[&["--log", "log"], args].concat()).stdin(Stdio::piped()).spawn().unwrap();
    // It may end without a look at its input.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let output = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ended = Ended {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    assert!(!ended.stdout.contains(MARK) && !ended.stderr.contains(MARK), "{args:?} {ended:?}");
    ended
}

/// Looks through all files of a home but the session's, for the marked secrets and for these.
#[track_caller]
fn assert_nothing_leaked(home: &Home, more: &[String]) {
    let mut directories = vec![home.path().to_owned()];
    let mut seen = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.is_file() && path != home.state("session.json") {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                for secret in more.iter().map(String::as_str).chain([MARK]) {
                    assert!(!text.contains(secret), "{} has {secret} in it:\n{text}", path.display());
                }
                seen.push(path);
            }
        }
    }
    assert!(seen.iter().any(|path| path.ends_with("log")), "{seen:?}");
}

/// Whether an argument of any process has a secret in it.
fn is_in_arguments(secret: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = processes.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default());
    arguments.map(|it| String::from_utf8_lossy(&it).into_owned()).any(|it| it.contains(secret))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_device_code_and_its_renewals_leaves_the_store() {
    let (server, home) = (OAuthServer::start().await, home());
    let unknown = json!({"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown token", "soft_logout": false});
    let gate = server.hold_next(TOKEN, 200, tokens("first"));
    let (login, url) = (home.clone(), server.url.clone());
    let login = spawn_blocking(move || run(&login, &["login", &url, "--device"], ""));
    server.until_asked(TOKEN, 1).await;
    assert!(!is_in_arguments(MARK));
    gate.notify_one();
    assert_eq!(login.await.unwrap().code, 0);
    assert!(fs::read_to_string(home.state("session.json")).unwrap().contains(MARK), "the store has them");

    // Every kind of answer to a renewal, by commands that say what went wrong.
    let echo = json!({"error": "invalid_request", "error_description": "the refresh token is not known"});
    let answers = [
        (502, "<html>".to_owned()),
        (400, echo.to_string()),
        (200, json!({"access_token": 7}).to_string()),
        (200, tokens("second").to_string()),
        (400, json!({"error": "invalid_grant"}).to_string()),
    ];
    server.answer_all(WHOAMI, 401, &unknown);
    for (status, body) in answers {
        server.answer_next("/_matrix/client/v3/presence/@alice:localhost/status", 401, &unknown);
        server.answer_next(TOKEN, status, body);
        let _ = run(&home, &["status"], "");
    }
    server.answer_next(REVOKE, 400, json!({"error": "invalid_request"}));
    assert_eq!(run(&home, &["logout"], "").code, 1);

    // A damaged file is described, and not repeated.
    for damaged in [r#""s3cret""#, r#"{"version": "s3cret"}"#, r#"{"user_id": "s3cret"}"#, r#"["s3cret"]"#] {
        fs::write(home.state("session.json"), damaged).unwrap();
        let ended = run(&home, &["status"], "");
        assert!(ended.stderr.contains("damaged at line"), "{ended:?}");
    }
    assert_nothing_leaked(&home, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_browser_leaves_the_program() {
    let (server, home) = (OAuthServer::start().await, home());
    let mut document = server.metadata();
    document.as_object_mut().unwrap().remove("device_authorization_endpoint");
    server.answer_all(STABLE, 200, document);
    server.answer_next(TOKEN, 200, tokens("by-browser"));
    let mut login = home.command(&["--log", "log", "login", &server.url]).spawn().unwrap();
    let mut said = BufReader::new(login.stderr.take().unwrap()).lines().map_while(Result::ok);
    let address = said.find(|line| line.contains("/authorize?")).expect("an address to open by hand");
    let address = Url::parse(address.trim()).unwrap();
    let parameter = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let state = parameter("state");
    let back = format!("{}?code={MARK}-code&state={state}", parameter("redirect_uri"));
    assert_eq!(reqwest::get(back).await.unwrap().status(), 200);
    let ended = spawn_blocking(move || (said.collect::<Vec<_>>(), login.wait())).await.unwrap();
    assert!(ended.1.unwrap().success(), "{:?}", ended.0);
    assert!(!ended.0.concat().contains(MARK), "{:?}", ended.0);
    let verifier = server.asked(TOKEN)[0].field("code_verifier");
    assert!(!is_in_arguments(&verifier));
    assert_nothing_leaked(&home, &[state, verifier]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_and_no_pasted_token_leaves_the_program() {
    let (server, home) = (OAuthServer::start().await, home());
    for path in [STABLE, UNSTABLE] {
        server.answer_all(path, 404, json!({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}));
    }
    let flows = json!({"flows": [{"type": "m.login.password"}]});
    let login = |input: &str, option: &str| {
        run(&home, &["login", "--homeserver", &server.url, "--user", "alice", option], input)
    };
    for (status, body) in [
        (403, json!({"errcode": "M_FORBIDDEN", "error": "Invalid username or password"})),
        (400, json!({"errcode": "M_BAD_JSON", "error": "no"})),
        (429, json!({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 5})),
        (200, json!({"user_id": 7, "access_token": "s3cret-of-login"})),
        (200, json!({"user_id": ALICE, "device_id": "ABC", "access_token": "s3cret-of-login"})),
    ] {
        server.answer_next(LOGIN, 200, &flows);
        server.answer_next(LOGIN, status, &body);
        let _ = login("s3cret-password\n", "--password-stdin");
    }
    assert!(home.state("session.json").exists(), "the last one succeeds");
    fs::remove_file(home.state("session.json")).unwrap();
    for (status, body) in [
        (401, json!({"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown token"})),
        (200, json!({"user_id": ALICE, "device_id": "ABC"})),
    ] {
        server.answer_next(LOGIN, 200, &flows);
        server.answer_next(WHOAMI, status, &body);
        let _ = login("s3cret-token\n", "--token-stdin");
    }
    let _ = run(&home, &["logout", "--forget"], "");
    assert_nothing_leaked(&home, &[]);
}

/// What a panic or a log could show of values: `Debug` of each, and `Display` of each error. A test of the sources
/// finds the types with a derived `Debug` that are missing here.
#[tokio::test]
async fn no_value_that_holds_a_secret_shows_it() {
    let server = OAuthServer::start().await;
    let session = server.session();
    let credentials = |secret| Credentials { server: "x".into(), user: "u".into(), secret };
    let mut shown = vec![
        format!("{session:?} {:?}", session.tokens),
        format!("{:?}", StoredSession::of(&session)),
        format!("{:?}", credentials(Secret::Password(MARK.into()))),
        format!("{:?}", credentials(Secret::Token(MARK.into()))),
        format!("{:?}", Proof::Password { user: "u".into(), password: MARK.into() }),
        format!("{:?}", Proof::Token(MARK.into())),
        format!("{:?}", Progress::Address(format!("https://x/?state={MARK}"))),
        format!("{:?}", Progress::Done(Box::new(session.clone()))),
    ];
    let homeserver = Homeserver::find(&server.url).await.unwrap();
    server.answer_next(DEVICE, 200, json!({"device_code": MARK, "user_code": MARK, "expires_in": "s3cret"}));
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    shown.push(format!("{homeserver:?} {flow:?} {:?}", flow.next().await));
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    shown.push(format!("{:?}", flow.next().await));
    server.answer_next(WHOAMI, 401, json!({"errcode": "M_UNKNOWN_TOKEN", "error": "no"}));
    server.answer_next(TOKEN, 400, json!({"error": "invalid_grant"}));
    let client = Session::restore(session.clone(), None).unwrap();
    let error = client.check().await.unwrap_err();
    shown.push(format!("{error} {error:?}"));
    server.answer_next(REVOKE, 500, "<html>");
    let error = sign_out(&session).await.unwrap_err();
    shown.push(format!("{error} {error:?}"));
    for text in shown {
        assert!(!text.contains(MARK), "{text}");
    }
}
