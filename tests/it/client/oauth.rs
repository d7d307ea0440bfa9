//! Sign-in and renewal by OAuth 2.0 against a server that does what no real one does on demand.

use std::{
    any::Any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use matrix_sdk::reqwest::{self, Method, Url};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::yield_now, time::timeout};
use whosin::{
    model::{
        credentials::Way,
        session::{SavedSession, SessionVault, Tokens, VaultFuture},
    },
    server::{
        ErrorKind, Session,
        auth::{BrowserWay, Flow, Homeserver, Progress, Proof, SignInError, Wanted},
    },
};

use crate::support::{
    oauth_server::{
        ALICE, Asked, DEVICE, LOGIN, OAuthServer, REGISTER, REVOKE, STABLE, TOKEN, UNSTABLE, WHOAMI, code,
        pending, tokens,
    },
    wait::LIMIT,
};

const HOSTILE: &str = "\u{1b}[31mno\u{202e} such\r\nthing\u{7}";

fn unrecognized() -> Value {
    json!({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"})
}

fn unknown_token(soft_logout: bool) -> Value {
    json!({"errcode": "M_UNKNOWN_TOKEN", "error": "Token is not active", "soft_logout": soft_logout})
}

async fn find(server: &OAuthServer) -> Homeserver {
    Homeserver::find(&server.url).await.unwrap()
}

async fn next(flow: &mut Flow) -> Progress {
    timeout(LIMIT, flow.next()).await.expect("a report in time").expect("there is one more")
}

async fn done(flow: &mut Flow) -> SavedSession {
    loop {
        match next(flow).await {
            Progress::Done(session) => return *session,
            Progress::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

async fn failed(flow: &mut Flow) -> SignInError {
    loop {
        match next(flow).await {
            Progress::Done(session) => panic!("{session:?}"),
            Progress::Failed(error) => return error,
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_metadata_is_found_on_either_path() {
    for (here, there) in [(STABLE, UNSTABLE), (UNSTABLE, STABLE)] {
        let server = OAuthServer::start().await;
        server.answer_all(there, 404, unrecognized());
        assert!(find(&server).await.has_oauth(), "on {here} alone");
        server.answer_next(TOKEN, 200, tokens("new"));
        let client = Session::restore(server.session(), None).unwrap();
        server.answer_next(WHOAMI, 401, unknown_token(false));
        client.check().await.expect("a renewal finds it as well");
    }
}

#[tokio::test]
async fn any_answer_that_knows_no_metadata_means_a_server_without_oauth() {
    let none = [
        (404, unrecognized().to_string()),
        (404, json!({"errcode": "M_NOT_FOUND", "error": "not found"}).to_string()),
        (404, "<html>404".to_owned()),
        (400, unrecognized().to_string()),
        (405, unrecognized().to_string()),
    ];
    for (status, body) in none {
        let server = OAuthServer::start().await;
        server.answer_all(STABLE, status, &body);
        server.answer_all(UNSTABLE, status, &body);
        server.answer_all(LOGIN, 200, json!({"flows": [{"type": "m.login.password"}]}));
        assert_eq!(find(&server).await.ways(), [Way::Password, Way::Token], "{status} {body}");
    }
}

#[tokio::test]
async fn trouble_and_a_document_that_cannot_be_read_are_said_and_hide_no_oauth() {
    let server = OAuthServer::start().await;
    server.answer_all(LOGIN, 200, json!({"flows": [{"type": "m.login.password"}]}));
    server.answer_next(STABLE, 502, "<html>bad gateway");
    let error = Homeserver::find(&server.url).await.unwrap_err();
    assert!(matches!(error, SignInError::Homeserver(_)), "{error}");
    for field in ["issuer", "token_endpoint", "revocation_endpoint", "code_challenge_methods_supported"] {
        let mut document = server.metadata();
        document.as_object_mut().unwrap().remove(field);
        server.answer_next(STABLE, 200, document);
        let error = Homeserver::find(&server.url).await.unwrap_err();
        assert!(matches!(error, SignInError::Metadata { .. }), "{error}");
        assert!(error.to_string().contains(field), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_registers_nobody_says_so_with_its_words_made_clean() {
    let server = OAuthServer::start().await;
    let mut document = server.metadata();
    document.as_object_mut().unwrap().remove("registration_endpoint");
    server.answer_next(STABLE, 200, document);
    let error = Homeserver::find(&server.url).await.unwrap_err();
    assert!(matches!(error, SignInError::NoRegistration { .. }), "{error}");

    let homeserver = find(&server).await;
    let refusal = json!({"error": "invalid_client_metadata", "error_description": HOSTILE});
    server.answer_next(REGISTER, 400, refusal);
    let error = failed(&mut homeserver.start(BrowserWay::DeviceCode, Wanted::default())).await.to_string();
    assert!(error.ends_with("does not register whosin: no such thing"), "{error:?}");
    server.answer_next(TOKEN, 200, tokens("a"));
    done(&mut homeserver.start(BrowserWay::DeviceCode, Wanted::default())).await;
}

#[tokio::test]
async fn polls_keep_to_the_interval_and_slow_down_for_good() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    server.answer_next(TOKEN, 403, pending());
    server.answer_next(TOKEN, 429, json!({"error": "slow_down"}));
    server.answer_next(TOKEN, 200, tokens("a"));
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    done(&mut flow).await;
    let polls = server.asked(TOKEN);
    let device = &server.asked(DEVICE)[0];
    // Other clocks than the client's: a poll may arrive a little later than it was sent, and the next not so.
    let apart = |from: &Asked, to: &Asked| (to.at - from.at).as_secs_f64();
    assert!(apart(device, &polls[0]) > 0.9, "the first after one interval");
    assert!(apart(&polls[0], &polls[1]) > 0.9);
    assert!(apart(&polls[1], &polls[2]) > 5.9, "slow_down");
    assert_eq!(polls[0].field("grant_type"), "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(
        (&*polls[0].field("device_code"), &*polls[0].field("client_id")),
        ("s3cret-device-code", "client")
    );
}

#[tokio::test]
async fn no_page_of_a_proxy_ends_the_polling() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    for (status, body) in [(502, "<html>"), (200, "<html>")] {
        server.answer_next(TOKEN, status, body);
    }
    server.answer_next(TOKEN, 200, tokens("a"));
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    assert!(matches!(next(&mut flow).await, Progress::Code { .. }));
    for _ in 0..2 {
        assert!(matches!(next(&mut flow).await, Progress::Unreachable(_)));
    }
    done(&mut flow).await;
}

#[tokio::test]
async fn tokens_that_arrive_after_a_cancellation_are_revoked() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    let gate = server.hold_next(TOKEN, 200, tokens("late"));
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    assert!(matches!(next(&mut flow).await, Progress::Code { .. }));
    server.until_asked(TOKEN, 1).await;
    drop(flow);
    gate.notify_one();
    let revoked = &server.until_asked(REVOKE, 1).await[0];
    assert_eq!((&*revoked.field("token"), &*revoked.field("client_id")), ("s3cret-refresh-late", "client"));
    assert_eq!(revoked.field("token_type_hint"), "refresh_token");
    assert_eq!(server.asked(TOKEN).len(), 1, "nobody polls any more");
}

#[tokio::test]
async fn a_session_that_nobody_takes_is_revoked() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    // Dropped at every step, from the request for a name to the session that lies ready.
    for steps in [0, 1, 10, 100, 1_000] {
        server.answer_next(TOKEN, 200, tokens("untaken"));
        let flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
        let before = server.asked(REVOKE).len();
        let devices = server.asked(WHOAMI).len();
        server.until_asked(WHOAMI, devices + 1).await;
        for _ in 0..steps {
            yield_now().await;
        }
        drop(flow);
        let revoked = server.until_asked(REVOKE, before + 1).await;
        assert_eq!(revoked[before].field("token"), "s3cret-refresh-untaken", "after {steps} steps");
    }
}

#[tokio::test]
async fn the_session_of_another_account_is_revoked() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    server.answer_next(TOKEN, 200, tokens("of-bob"));
    server.answer_next(WHOAMI, 200, json!({"user_id": "@bob:localhost", "device_id": "BOBSDEVICE"}));
    let wanted = Wanted { user: Some(ALICE.to_owned()), device_id: None };
    let error = failed(&mut homeserver.start(BrowserWay::DeviceCode, wanted)).await;
    assert!(matches!(error, SignInError::OtherAccount { .. }), "{error}");
    assert_eq!(server.asked(REVOKE)[0].field("token"), "s3cret-refresh-of-bob");
}

#[tokio::test]
async fn a_device_id_is_ten_letters_and_digits_in_stable_scopes_alone() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    server.answer_next(TOKEN, 200, tokens("a"));
    let session = done(&mut homeserver.start(BrowserWay::DeviceCode, Wanted::default())).await;
    let id = session.device_id.as_str();
    assert!(id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    let scope = format!("urn:matrix:client:api:* urn:matrix:client:device:{id}");
    assert_eq!(server.asked(DEVICE)[0].field("scope"), scope);
}

fn device_of(asked: &Asked) -> String {
    asked.field("scope").rsplit(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_known_device_goes_on_and_is_replaced_where_the_server_takes_none_twice() {
    let known = || Wanted { user: None, device_id: Some("KNOWNKNOWN".into()) };
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    server.answer_next(TOKEN, 200, tokens("a"));
    let session = done(&mut homeserver.start(BrowserWay::DeviceCode, known())).await;
    assert_eq!(session.device_id, "KNOWNKNOWN");

    let refusal = json!({"error": "invalid_scope", "error_description": "A device with the supplied ID already exists"});
    for path in [DEVICE, TOKEN] {
        let before = server.asked(DEVICE).len();
        server.answer_next(path, 400, &refusal);
        if path == TOKEN {
            server.answer_next(DEVICE, 200, code(&server.url));
        }
        server.answer_next(TOKEN, 200, tokens("b"));
        let session = done(&mut homeserver.start(BrowserWay::DeviceCode, known())).await;
        let devices: Vec<_> = server.asked(DEVICE)[before..].iter().map(device_of).collect();
        assert_eq!(devices.len(), 2, "{path}: {devices:?}");
        assert_eq!(devices[0], "KNOWNKNOWN");
        assert_eq!(session.device_id, *devices[1], "another one");
    }

    // Not one of MAS's, which takes none under ten characters and would show that in the browser alone.
    server.answer_next(TOKEN, 200, tokens("c"));
    let short = Wanted { user: None, device_id: Some("SHORT".into()) };
    assert_ne!(done(&mut homeserver.start(BrowserWay::DeviceCode, short)).await.device_id, "SHORT");
    server.answer_all(DEVICE, 400, &refusal);
    let error = failed(&mut homeserver.start(BrowserWay::DeviceCode, Wanted::default())).await;
    assert!(matches!(error, SignInError::DeviceRefused { .. }), "refused even so: {error}");
}

#[tokio::test]
async fn the_page_for_the_browser_answers_one_path_once_and_gives_nothing_away() {
    let server = OAuthServer::start().await;
    let homeserver = find(&server).await;
    let mut flow = homeserver.start(BrowserWay::Browser, Wanted::default());
    let Progress::Address(address) = next(&mut flow).await else { panic!("an address") };
    let address = Url::parse(&address).unwrap();
    let parameter = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let back = format!("{}?code=s3cret-code&state={}", parameter("redirect_uri"), parameter("state"));
    assert!(back.starts_with("http://127.0.0.1:"), "{back}");
    let http = reqwest::Client::new();
    for method in [Method::POST, Method::PUT, Method::HEAD] {
        assert_eq!(http.request(method, &back).send().await.unwrap().status(), 404);
    }
    assert_eq!(http.get(back.replace("/callback", "/favicon.ico")).send().await.unwrap().status(), 404);
    let gate = server.hold_next(TOKEN, 200, tokens("a"));
    let page = http.get(&back).send().await.unwrap();
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = String::from_utf8(page.bytes().await.unwrap().to_vec()).unwrap();
    assert!(page.contains("terminal") && !page.contains("s3cret") && !page.contains("<script"), "{page}");
    let again = http.get(&back).send().await;
    assert!(again.map_or(true, |it| it.status() == 404), "a second visit finds nothing");
    gate.notify_one();
    done(&mut flow).await;
    let exchange = &server.asked(TOKEN)[0];
    assert_eq!(exchange.field("code"), "s3cret-code");
    assert_eq!(exchange.field("redirect_uri"), parameter("redirect_uri"));
    assert!(exchange.field("code_verifier").len() >= 43);
}

#[tokio::test]
async fn an_address_in_the_answer_to_a_login_moves_nobody() {
    let server = OAuthServer::start().await;
    server.answer_all(STABLE, 404, unrecognized());
    server.answer_all(UNSTABLE, 404, unrecognized());
    server.answer_all(
        LOGIN,
        200,
        json!({
            "flows": [{"type": "m.login.password"}],
            "user_id": ALICE, "device_id": "ABC", "access_token": "s3cret",
            "well_known": {"m.homeserver": {"base_url": "https://inner.example"}},
        }),
    );
    let proof = Proof::Password { user: "alice".to_owned(), password: "p".to_owned() };
    let session = find(&server).await.sign_in(proof, &Wanted::default()).await.unwrap();
    assert_eq!(session.homeserver, format!("{}/", server.url));
}

/// A store whose disk can be full.
struct Vault {
    session: Mutex<Option<SavedSession>>,
    is_full: AtomicBool,
    saves: AtomicUsize,
    saved: Notify,
}

impl Vault {
    fn of(session: &SavedSession) -> Arc<Self> {
        let session = Mutex::new(Some(session.clone()));
        Arc::new(Self {
            session,
            is_full: AtomicBool::new(false),
            saves: AtomicUsize::new(0),
            saved: Notify::new(),
        })
    }

    fn put(&self, session: SavedSession) {
        *self.session.lock().unwrap() = Some(session);
    }

    fn access_token(&self) -> String {
        self.session.lock().unwrap().as_ref().unwrap().tokens.access_token.secret().clone()
    }
}

impl SessionVault for Vault {
    fn lock(&self) -> VaultFuture<'_, Box<dyn Any + Send>> {
        Box::pin(async { Ok(Box::new(()) as Box<dyn Any + Send>) })
    }

    fn load(&self) -> VaultFuture<'_, Option<SavedSession>> {
        Box::pin(async { Ok(self.session.lock().unwrap().clone()) })
    }

    fn save(&self, session: SavedSession) -> VaultFuture<'_, ()> {
        Box::pin(async move {
            if self.is_full.load(Ordering::Relaxed) {
                return Err("No space left on device".into());
            }
            self.saves.fetch_add(1, Ordering::Relaxed);
            self.put(session);
            self.saved.notify_one();
            Ok(())
        })
    }
}

fn client_of(server: &OAuthServer, vault: &Arc<Vault>) -> Session {
    Session::restore(server.session(), Some(vault.clone())).unwrap()
}

/// The tokens with which the requests to `whoami` came.
fn bearers(server: &OAuthServer) -> Vec<String> {
    server.asked(WHOAMI).iter().map(|it| it.authorization.replace("Bearer s3cret-access-", "")).collect()
}

#[tokio::test]
async fn an_unknown_token_is_renewed_whatever_it_says_of_the_logout() {
    for soft_logout in [false, true] {
        let server = OAuthServer::start().await;
        let vault = Vault::of(&server.session());
        let client = client_of(&server, &vault);
        server.answer_next(WHOAMI, 401, unknown_token(soft_logout));
        server.answer_next(TOKEN, 200, tokens("new"));
        client.check().await.unwrap();
        assert_eq!(bearers(&server), ["old", "new"], "soft_logout: {soft_logout}");
        let refresh = &server.asked(TOKEN)[0];
        assert_eq!(refresh.field("refresh_token"), "s3cret-refresh-old");
        assert_eq!(vault.access_token(), "s3cret-access-new");
    }
}

#[tokio::test]
async fn trouble_at_a_renewal_loses_nothing_and_is_tried_again() {
    let trouble = [
        (502, "<html>bad gateway".to_owned()),
        (429, json!({"error": "slow_down"}).to_string()),
        (429, "<html>".to_owned()),
        (403, "<html>a proxy".to_owned()),
        (400, json!({"error": "temporarily_unavailable"}).to_string()),
        (500, json!({"error": "server_error"}).to_string()),
        (200, "<html>a captive portal".to_owned()),
        (200, "{}".to_owned()),
    ];
    for (status, body) in trouble {
        let server = OAuthServer::start().await;
        let vault = Vault::of(&server.session());
        let client = client_of(&server, &vault);
        server.answer_next(WHOAMI, 401, unknown_token(false));
        server.answer_next(TOKEN, status, &body);
        let error = client.check().await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::NotRenewed(_)), "{status} {body}: {error}");
        assert_eq!(vault.access_token(), "s3cret-access-old");

        server.answer_next(WHOAMI, 401, unknown_token(false));
        server.answer_next(TOKEN, 200, tokens("new"));
        client.check().await.expect("the next try renews");
        assert_eq!(server.asked(TOKEN)[1].field("refresh_token"), "s3cret-refresh-old");
    }
}

#[tokio::test]
async fn only_the_verdicts_of_a_token_endpoint_end_a_session() {
    for verdict in ["invalid_grant", "invalid_client", "unauthorized_client"] {
        let server = OAuthServer::start().await;
        let vault = Vault::of(&server.session());
        let client = client_of(&server, &vault);
        server.answer_all(WHOAMI, 401, unknown_token(false));
        server.answer_next(TOKEN, 400, json!({"error": verdict, "error_description": HOSTILE}));
        assert_eq!(client.check().await.unwrap_err().kind, ErrorKind::SignedOut, "{verdict}");
        assert_eq!(vault.access_token(), "s3cret-access-old", "kept until somebody has signed in");
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_saved_are_not_used_and_not_asked_for_twice() {
    let server = OAuthServer::start().await;
    let vault = Vault::of(&server.session());
    let client = client_of(&server, &vault);
    vault.is_full.store(true, Ordering::Relaxed);
    server.answer_next(WHOAMI, 401, unknown_token(false));
    server.answer_next(WHOAMI, 401, unknown_token(false));
    server.answer_next(TOKEN, 200, tokens("new"));
    for _ in 0..2 {
        let error = client.check().await.unwrap_err().to_string();
        assert!(error.contains("No space left on device"), "{error}");
    }
    assert_eq!((vault.access_token(), server.asked(TOKEN).len()), ("s3cret-access-old".to_owned(), 1));
    assert_eq!(bearers(&server), ["old", "old"]);

    vault.is_full.store(false, Ordering::Relaxed);
    server.answer_next(WHOAMI, 401, unknown_token(false));
    client.check().await.expect("there is space again");
    assert_eq!((vault.access_token(), server.asked(TOKEN).len()), ("s3cret-access-new".to_owned(), 1));
    assert_eq!(bearers(&server)[3..], ["new"]);
}

#[tokio::test]
async fn a_sign_in_of_another_process_is_adopted_and_one_of_another_account_is_not() {
    let server = OAuthServer::start().await;
    let vault = Vault::of(&server.session());
    let client = client_of(&server, &vault);
    let tokens: Tokens = serde_json::from_value(tokens("of-another-process")).unwrap();
    let elsewhere = SavedSession { tokens, device_id: "ANOTHERONE".into(), ..server.session() };
    vault.put(elsewhere.clone());
    server.answer_next(WHOAMI, 401, unknown_token(false));
    client.check().await.unwrap();
    assert_eq!(client.saved(), elsewhere);

    let client = client_of(&server, &vault);
    vault.put(SavedSession { user_id: "@bob:localhost".try_into().unwrap(), ..elsewhere });
    server.answer_next(WHOAMI, 401, unknown_token(false));
    assert_eq!(client.check().await.unwrap_err().kind, ErrorKind::SignedOut);
    assert_eq!((server.asked(TOKEN).len(), vault.saves.load(Ordering::Relaxed)), (0, 0));
}

#[tokio::test]
async fn a_locked_account_is_no_reason_to_renew_or_to_sign_in() {
    let server = OAuthServer::start().await;
    let client = client_of(&server, &Vault::of(&server.session()));
    let locked = json!({"errcode": "M_USER_LOCKED", "error": "Locked", "soft_logout": true});
    server.answer_next(WHOAMI, 401, locked);
    let error = client.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AccountLocked);
    assert!(error.to_string().contains("has locked this account"), "{error}");
    assert_eq!(server.asked(TOKEN).len(), 0);
    client.check().await.expect("unlocked, the same session goes on");
}

#[tokio::test]
async fn a_homeserver_that_cannot_ask_its_authorization_server_ends_no_session() {
    let server = OAuthServer::start().await;
    let client = client_of(&server, &Vault::of(&server.session()));
    let unable = json!({"errcode": "M_UNKNOWN", "error": "Unable to introspect the access token"});
    server.answer_next(WHOAMI, 503, unable);
    assert_eq!(client.check().await.unwrap_err().kind, ErrorKind::Unavailable(503));
    assert_eq!(server.asked(TOKEN).len(), 0);
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let server = OAuthServer::start().await;
    let vault = Vault::of(&server.session());
    let client = client_of(&server, &vault);
    for name in ["second", "third"] {
        let mut answer = tokens(name);
        answer.as_object_mut().unwrap().remove("refresh_token");
        server.answer_next(WHOAMI, 401, unknown_token(false));
        server.answer_next(TOKEN, 200, answer);
        client.check().await.unwrap();
    }
    let used: Vec<_> = server.asked(TOKEN).iter().map(|it| it.field("refresh_token")).collect();
    assert_eq!(used, ["s3cret-refresh-old"; 2]);
}

#[tokio::test]
async fn the_time_of_expiry_is_a_hint_and_the_server_decides() {
    let with = |server: &OAuthServer, renew_after| {
        let session = server.session();
        let tokens = Tokens { renew_after: Some(renew_after), ..session.tokens.clone() };
        SavedSession { tokens, ..session }
    };
    // A clock that was set back: the server does not take the token any more.
    let server = OAuthServer::start().await;
    let client = Session::restore(with(&server, Timestamp::MAX), None).unwrap();
    server.answer_next(WHOAMI, 401, unknown_token(false));
    server.answer_next(TOKEN, 200, tokens("new"));
    client.check().await.unwrap();
    assert_eq!(bearers(&server), ["old", "new"]);

    // A clock that was set forward: the token is still good, and the renewal fails.
    let server = OAuthServer::start().await;
    let client = Session::restore(with(&server, Timestamp::MIN), None).unwrap();
    server.answer_next(TOKEN, 502, "<html>");
    client.check().await.unwrap();
    assert_eq!(bearers(&server), ["old"]);

    // Renewed once, it is not due at once again.
    server.answer_next(TOKEN, 200, tokens("new"));
    client.check().await.unwrap();
    client.check().await.unwrap();
    assert_eq!((bearers(&server)[1..].to_vec(), server.asked(TOKEN).len()), (vec!["new".to_owned(); 2], 2));
}

#[tokio::test]
async fn ten_requests_at_once_renew_once() {
    let server = OAuthServer::start().await;
    let client = client_of(&server, &Vault::of(&server.session()));
    for _ in 0..10 {
        server.answer_next(WHOAMI, 401, unknown_token(false));
    }
    let gate = server.hold_next(TOKEN, 200, tokens("new"));
    let requests = futures_util::future::join_all((0..10).map(|_| client.check()));
    let open = async {
        server.until_asked(WHOAMI, 10).await;
        server.until_asked(TOKEN, 1).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(requests, open);
    assert_eq!(answers, [const { Ok(()) }; 10]);
    assert_eq!(server.asked(TOKEN).len(), 1);
}

#[tokio::test]
async fn a_request_that_is_dropped_loses_no_renewed_token() {
    let server = OAuthServer::start().await;
    let vault = Vault::of(&server.session());
    let client = client_of(&server, &vault);
    server.answer_next(WHOAMI, 401, unknown_token(false));
    let gate = server.hold_next(TOKEN, 200, tokens("new"));
    tokio::select! {
        _ = client.check() => panic!("the token is held back"),
        _ = server.until_asked(TOKEN, 1) => {}
    }
    gate.notify_one();
    timeout(LIMIT, vault.saved.notified()).await.expect("saved all the same");
    assert_eq!(vault.access_token(), "s3cret-access-new");
}
