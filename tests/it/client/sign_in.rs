//! Every way to sign in, against real servers, and what becomes of the session.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use jiff::Timestamp;
use oauth2::AccessToken;
use serde_json::json;
use tokio::time::timeout;
use whosin::{
    model::{
        credentials::Way,
        session::{SavedSession, SessionKind, TokenStore, Tokens},
    },
    server::{
        ErrorKind, Session,
        auth::{BrowserWay, Flow, Homeserver, Progress, Proof, SignInError, Wanted, sign_out},
    },
    store::{
        secrets::KeyringError,
        session_store::{SessionStore, StoreError},
        state_file::StateFile,
    },
};

use crate::support::{
    home::Home,
    memory_keyring::MemoryKeyring,
    sign_in_rig::{OAuthRig, browse, synapse_with_sso},
    terminal::{Key, text},
};

/// A busy machine needs several times the usual seconds.
const LIMIT: Duration = Duration::from_mins(2);

async fn next(flow: &mut Flow) -> Progress {
    timeout(LIMIT, flow.next()).await.expect("a report in time").expect("there is one more")
}

async fn code(flow: &mut Flow) -> (String, Option<String>) {
    match next(flow).await {
        Progress::Code { code, complete, .. } => (code, complete),
        other => panic!("{other:?} instead of a code"),
    }
}

async fn address(flow: &mut Flow) -> String {
    match next(flow).await {
        Progress::Address(address) => address,
        other => panic!("{other:?} instead of an address"),
    }
}

async fn done(flow: &mut Flow) -> SavedSession {
    match next(flow).await {
        Progress::Done(session) => *session,
        other => panic!("{other:?} instead of a session"),
    }
}

async fn failed(flow: &mut Flow) -> SignInError {
    match next(flow).await {
        Progress::Failed(error) => error,
        other => panic!("{other:?} instead of a failure"),
    }
}

async fn is_alive(session: &SavedSession) -> bool {
    let session = Session::restore(session.clone(), None).unwrap();
    session.check().await.map_err(|error| assert_eq!(error.kind, ErrorKind::SignedOut)).is_ok()
}

async fn by_device_code(rig: &OAuthRig) -> SavedSession {
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    let (code, _) = code(&mut flow).await;
    rig.approve(&code, "alice").await;
    done(&mut flow).await
}

#[tokio::test]
async fn a_device_code_signs_in_and_its_session_is_renewed_and_revoked() {
    let Some(rig) = OAuthRig::start() else { return };
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    assert_eq!(homeserver.ways(), [Way::Browser, Way::DeviceCode, Way::Token], "and no password");

    let session = by_device_code(&rig).await;
    assert_eq!((session.user_id.as_str(), session.kind), ("@alice:localhost", SessionKind::Oauth));
    assert_eq!(session.device_id.as_str().len(), 10);
    assert!(is_alive(&session).await);

    let renewed = one_refresh_is_enough_for_many_clients(&rig, &session).await;
    trouble_at_the_token_endpoint_is_no_sign_out(&rig, &renewed).await;
}

/// Ten clients of one file, as of ten processes, all with a token that the server no longer takes.
async fn one_refresh_is_enough_for_many_clients(rig: &OAuthRig, session: &SavedSession) -> SavedSession {
    let directory = tempfile::tempdir().unwrap();
    let store = || store_in(directory.path().join("session.json"), Arc::new(MemoryKeyring::default()));
    store().save(&expired(session)).unwrap();
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(Session::restore(expired(session), Some(Arc::new(store()))).unwrap());
    }
    let before = rig.set(json!({})).await["refreshes"].as_u64().unwrap();
    let answers = join_all(clients.iter().flat_map(|it| [it.check(), it.check()])).await;
    assert_eq!(answers, [const { Ok(()) }; 20]);
    assert_eq!(rig.set(json!({})).await["refreshes"], before + 1);
    let saved = store().load().unwrap().unwrap();
    assert_eq!(saved, clients[0].saved(), "saved is what is used");
    saved
}

async fn trouble_at_the_token_endpoint_is_no_sign_out(rig: &OAuthRig, session: &SavedSession) {
    rig.set(json!({"fail_token": 1})).await;
    let client = Session::restore(expired(session), None).unwrap();
    let trouble = client.check().await.unwrap_err();
    assert!(matches!(trouble.kind, ErrorKind::NotRenewed(_)), "{trouble}");
    client.check().await.expect("the next try renews");

    // The access token is dead, and still the session can be ended: by its refresh token.
    let saved = client.saved();
    sign_out(&expired(&saved)).await.unwrap();
    assert!(!is_alive(&saved).await);
    let client = Session::restore(expired(&saved), None).unwrap();
    assert_eq!(client.check().await.unwrap_err().kind, ErrorKind::SignedOut, "a verdict");
    sign_out(&saved).await.expect("one that has ended is ended");
}

/// The session with an access token that has expired.
fn expired(session: &SavedSession) -> SavedSession {
    let tokens = Tokens {
        access_token: AccessToken::new("expired".to_owned()),
        renew_after: None,
        ..session.tokens.clone()
    };
    SavedSession { tokens, ..session.clone() }
}

#[tokio::test]
async fn a_code_without_a_complete_address_and_pending_at_403_works_as_well() {
    let Some(rig) = OAuthRig::start() else { return };
    rig.set(json!({"complete": false, "pending_status": 403})).await;
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    let (code_of_flow, complete) = code(&mut flow).await;
    assert_eq!(complete, None);
    rig.set(json!({"fail_token": 1})).await;
    assert!(matches!(next(&mut flow).await, Progress::Unreachable(_)), "a page with 502 is passed over");
    rig.approve(&code_of_flow, "alice").await;
    done(&mut flow).await;

    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    let (code_of_flow, _) = code(&mut flow).await;
    rig.deny(&code_of_flow).await;
    assert!(matches!(failed(&mut flow).await, SignInError::Denied));

    rig.set(json!({"device_ttl": 1})).await;
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    let (first, _) = code(&mut flow).await;
    rig.set(json!({"device_ttl": 1200})).await;
    let (second, _) = code(&mut flow).await;
    assert_ne!(first, second, "an expired code is followed by another");
    rig.approve(&second, "alice").await;
    done(&mut flow).await;
}

#[tokio::test]
async fn another_account_than_was_typed_is_refused_and_its_session_ended() {
    let Some(rig) = OAuthRig::start() else { return };
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let wanted = Wanted { user: Some("@alice:localhost".to_owned()), device_id: None };
    let mut flow = homeserver.start(BrowserWay::DeviceCode, wanted);
    let (code, _) = code(&mut flow).await;
    rig.approve(&code, "bob").await;
    let error = failed(&mut flow).await;
    assert!(
        matches!(&error, SignInError::OtherAccount { actual, .. } if actual == "@bob:localhost"),
        "{error}"
    );
}

#[tokio::test]
async fn a_browser_signs_in_by_itself_by_a_pasted_address_or_not_at_all() {
    let Some(rig) = OAuthRig::start() else { return };
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let start = || homeserver.start(BrowserWay::Browser, Wanted::default());

    let mut flow = start();
    let url = address(&mut flow).await;
    let redirect = parameter(&url, "redirect_uri");
    for path in ["/favicon.ico", "/callback", "/callback?code=x&state=y"] {
        let stray = matrix_sdk::reqwest::get(redirect.replace("/callback", path)).await.unwrap();
        assert_eq!(stray.status(), 404, "{path}");
    }
    browse(&url, &[]).await;
    assert!(is_alive(&done(&mut flow).await).await);

    let mut flow = start();
    let url = address(&mut flow).await;
    let ended_at = browse(&url, &["--stop"]).await;
    flow.paste(ended_at.replace("state=", "state=x"));
    assert!(matches!(next(&mut flow).await, Progress::PasteRefused(_)));
    let (head, tail) = ended_at.split_at(40);
    flow.paste(format!(" {head}\r\n{tail} \n"));
    assert!(is_alive(&done(&mut flow).await).await);

    let mut flow = start();
    let url = address(&mut flow).await;
    browse(&url, &["--deny"]).await;
    assert!(matches!(failed(&mut flow).await, SignInError::Denied));
}

fn parameter(url: &str, name: &str) -> String {
    let url = matrix_sdk::reqwest::Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test]
async fn single_sign_on_signs_in_by_the_browser_and_by_paste_and_its_tokens_renew() {
    let lifetime = "refreshable_access_token_lifetime: 1h\nnonrefreshable_access_token_lifetime: 2h";
    let Some(synapse) = synapse_with_sso(lifetime).await else { return };
    let homeserver = Homeserver::find(&synapse.url()).await.unwrap();
    let Some(Way::Sso(Some(provider))) = homeserver.ways().first() else { panic!("{:?}", homeserver.ways()) };
    let provider = provider.id.clone();
    assert!(homeserver.ways().contains(&Way::Password));

    let mut flow = homeserver.start(BrowserWay::Sso(Some(provider)), Wanted::default());
    let url = address(&mut flow).await;
    browse(&url, &[]).await;
    let session = done(&mut flow).await;
    assert_eq!((session.user_id.as_str(), session.kind), ("@alice:localhost", SessionKind::Sso));
    assert_eq!(session.provider.as_deref(), Some("cas"));

    let client = Session::restore(expired(&session), None).unwrap();
    client.check().await.expect("it is renewed by the homeserver");
    assert_ne!(client.saved().tokens, session.tokens);

    let mut flow = homeserver.start(BrowserWay::Sso(None), Wanted::default());
    let url = address(&mut flow).await;
    let ended_at = browse(&url, &["--stop"]).await;
    flow.paste(parameter(&ended_at, "loginToken"));
    let session = done(&mut flow).await;
    assert!(is_alive(&session).await);
    sign_out(&session).await.unwrap();
    assert!(!is_alive(&session).await);
}

#[tokio::test]
async fn a_pasted_token_is_not_ended_where_only_its_program_can() {
    let Some(rig) = OAuthRig::start() else { return };
    let session = by_device_code(&rig).await;
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let token = session.tokens.access_token.secret().clone();
    let pasted = homeserver.sign_in(Proof::Token(token), &Wanted::default()).await.unwrap();
    assert_eq!((pasted.kind, &pasted.device_id), (SessionKind::Token, &session.device_id));
    let sentence = sign_out(&pasted).await.unwrap_err().to_string();
    assert!(sentence.contains("/account/?action=") && sentence.contains("device_view"), "{sentence}");
    assert!(is_alive(&session).await);
}

#[tokio::test]
async fn another_session_has_a_page_of_the_account_that_ends_it() {
    let Some(rig) = OAuthRig::start() else { return };
    let (session, other) = (by_device_code(&rig).await, by_device_code(&rig).await);
    let client = Session::restore(session, None).unwrap();
    let others = client.other_sessions().await.unwrap();
    let page = others[0].account_page.as_deref().expect("the server names its account page");
    let device = format!("device_id={}", other.device_id);
    assert!(others.len() == 1 && page.contains("/account/?action=") && page.contains(&device), "{page}");
}

#[tokio::test]
async fn the_program_signs_in_by_a_code_and_five_commands_renew_once() {
    let Some(rig) = OAuthRig::start() else { return };
    let home = Home::new();
    let mut login = home.command(&["login", &rig.homeserver(), "--device"]).spawn().unwrap();
    let mut told = BufReader::new(login.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line == "and type this code:"));
    let code = told.nth(1).unwrap();
    rig.approve(code.trim(), "alice").await;
    // Reads on, so that the program can.
    let rest = std::thread::spawn(move || told.collect::<Vec<_>>());
    assert!(tokio::task::spawn_blocking(move || login.wait()).await.unwrap().unwrap().success(), "{rest:?}");

    let file = home.state("session.json");
    let mut saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(saved["kind"], "oauth");
    saved["access_token"] = json!("expired");
    saved.as_object_mut().unwrap().remove("renew_after");
    std::fs::write(&file, saved.to_string()).unwrap();
    let commands = (0..5).map(|_| home.command(&["list"]).spawn().unwrap());
    for command in commands.collect::<Vec<_>>() {
        let output = tokio::task::spawn_blocking(|| command.wait_with_output()).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(rig.set(json!({})).await["refreshes"], 1);

    let again = home.run(&["login", &rig.homeserver(), "--device"]);
    assert!(again.stderr.contains("--replace"), "{}", again.stderr);
    assert_eq!(home.run(&["logout"]).code, 0);
    assert!(!file.exists());
}

#[tokio::test]
async fn the_form_signs_in_by_single_sign_on_and_a_pasted_address() {
    let Some(synapse) = synapse_with_sso("").await else { return };
    let home = Home::new();
    let unknown = home.run(&["login", &synapse.url(), "--sso=nobody"]);
    assert!(unknown.stderr.contains("has no provider nobody; it has: CAS"), "{unknown:?}");
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("Sign in to Matrix");
    terminal.press(format!("{}\r", synapse.url()).as_str());
    terminal.wait_for("▌ 1  Single sign-on with CAS");
    terminal.press("1");
    let screen = text(&terminal.wait_for("▌ Address"));
    let address =
        screen.lines().skip_while(|line| !line.starts_with("http")).take_while(|line| !line.is_empty());
    let ended_at = browse(&address.collect::<String>(), &["--stop"]).await;
    terminal.paste(&ended_at);
    terminal.wait_for("••••");
    terminal.press(Key::Enter);
    terminal.wait_for("@alice:localhost");
    let saved: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.state("session.json")).unwrap()).unwrap();
    assert_eq!(saved["kind"], "sso");
    terminal.press("q");
    assert!(terminal.wait_for_exit().success());
}

#[tokio::test]
async fn the_form_signs_in_by_a_code_and_the_session_is_saved() {
    let Some(rig) = OAuthRig::start() else { return };
    let home = Home::new();
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("Sign in to Matrix");
    terminal.paste(&rig.homeserver());
    terminal.press(Key::Enter);
    let screen = text(&terminal.wait_for("Code for a browser on any machine"));
    assert!(!screen.contains("Password"), "{screen}");
    assert!(screen.contains("▌ 1  Code"), "without a desktop it comes first: {screen}");
    terminal.press(Key::Enter);
    terminal.wait_for("and type this code:");
    terminal.press(Key::Escape);
    terminal.wait_for("▌ 1  Code");
    terminal.press("1");
    let screen = text(&terminal.wait_for("and type this code:"));
    let mut lines = screen.lines().skip_while(|line| !line.starts_with("and type this code:"));
    let code = lines.nth(1).unwrap().split_whitespace().next().unwrap();
    rig.approve(code, "alice").await;
    terminal.wait_until_gone("Sign in to");
    let saved: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.state("session.json")).unwrap()).unwrap();
    assert_eq!((&saved["kind"], &saved["user_id"]), (&json!("oauth"), &json!("@alice:localhost")));
    terminal.press("q");
    assert!(terminal.wait_for_exit().success());
}

fn store_in(path: PathBuf, keyring: Arc<MemoryKeyring>) -> SessionStore {
    SessionStore::new(StateFile::at(path), keyring)
}

fn session(device_id: &str, token_store: TokenStore) -> SavedSession {
    SavedSession {
        homeserver: "https://example.org/".to_owned(),
        user_id: "@alice:example.org".try_into().unwrap(),
        device_id: device_id.into(),
        kind: SessionKind::Oauth,
        client_id: Some("client".to_owned()),
        provider: None,
        token_store,
        tokens: Tokens {
            renew_after: Some(Timestamp::UNIX_EPOCH),
            ..Tokens::from_access_token(format!("secret of {device_id}"))
        },
    }
}

#[test]
fn a_session_of_the_first_release_still_loads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    let first = r#"{"homeserver": "https://example.org/", "user_id": "@alice:example.org",
        "device_id": "ABC", "access_token": "secret", "refresh_token": null}"#;
    std::fs::write(&path, first).unwrap();
    let loaded = store_in(path.clone(), Arc::default()).load().unwrap().unwrap();
    assert_eq!((loaded.kind, loaded.token_store), (SessionKind::Password, TokenStore::File));
    assert_eq!(loaded.tokens, Tokens::from_access_token("secret".to_owned()));
    std::fs::write(&path, first.replace("\"ABC\"", "\"ABC\", \"kind\": \"carrier-pigeon\"")).unwrap();
    assert!(matches!(store_in(path, Arc::default()).load(), Err(StoreError::File { .. })));
}

#[test]
fn tokens_move_between_file_and_keyring_and_are_in_one_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    let keyring = Arc::new(MemoryKeyring::default());
    let store = store_in(path.clone(), keyring.clone());
    let text = || std::fs::read_to_string(&path).unwrap();
    for (device_id, token_store) in [
        ("A", TokenStore::File),
        ("A", TokenStore::Keyring),
        ("B", TokenStore::Keyring),
        ("B", TokenStore::File),
    ] {
        let session = session(device_id, token_store);
        store.save(&session).unwrap();
        assert_eq!(store.load().unwrap(), Some(session), "{device_id} {token_store:?}");
        let in_file = token_store == TokenStore::File;
        assert_eq!(text().contains("secret"), in_file, "{}", text());
        assert_eq!(keyring.entries.lock().unwrap().len(), usize::from(!in_file));
    }
    store.save(&session("C", TokenStore::Keyring)).unwrap();
    store.remove().unwrap();
    assert!(!path.exists() && keyring.entries.lock().unwrap().is_empty());
}

#[test]
fn a_locked_keyring_is_an_error_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    let keyring = Arc::new(MemoryKeyring::default());
    let store = store_in(path.clone(), keyring.clone());
    let kept = session("A", TokenStore::Keyring);
    store.save(&kept).unwrap();
    keyring.answers(Some(0));
    assert!(matches!(store.load(), Err(StoreError::Keyring(KeyringError::Locked))));
    let mut renewed = kept.clone();
    renewed.tokens = Tokens::from_access_token("newer secret".to_owned());
    assert!(matches!(store.save(&renewed), Err(StoreError::Keyring(KeyringError::Locked))));
    keyring.answers(None);
    assert_eq!(store.load().unwrap(), Some(kept), "unlocked, it is as it was");
    keyring.entries.lock().unwrap().values_mut().for_each(|entry| "{".clone_into(entry));
    assert!(matches!(store.load(), Err(StoreError::NoTokens)));
    keyring.entries.lock().unwrap().clear();
    assert!(matches!(store.load(), Err(StoreError::NoTokens)));
}
