//! A homeserver with an OAuth 2.0 server in one, whose answers a test writes: what no real server does on demand.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use matrix_sdk::reqwest::Url;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, task::AbortHandle, time::timeout};

use whosin::model::session::{SavedSession, SessionKind, TokenStore};

use super::wait::LIMIT;

pub const STABLE: &str = "/_matrix/client/v1/auth_metadata";
pub const UNSTABLE: &str = "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata";
pub const LOGIN: &str = "/_matrix/client/v3/login";
pub const WHOAMI: &str = "/_matrix/client/v3/account/whoami";
pub const REGISTER: &str = "/register";
pub const DEVICE: &str = "/device";
pub const TOKEN: &str = "/token";
pub const REVOKE: &str = "/revoke";

/// The user who says yes.
pub const ALICE: &str = "@alice:localhost";

/// A running server. It ends when it is dropped.
pub struct OAuthServer {
    pub url: String,
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Default)]
struct Shared {
    url: Mutex<String>,
    asked: Mutex<Vec<Asked>>,
    next: Mutex<HashMap<&'static str, VecDeque<Written>>>,
    always: Mutex<HashMap<&'static str, Written>>,
    changed: Notify,
}

/// An answer that a test has written.
#[derive(Clone)]
struct Written {
    status: u16,
    body: String,
    /// Sent when this is notified.
    gate: Option<Arc<Notify>>,
}

/// A request that has arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    pub path: String,
    pub body: String,
    pub authorization: String,
}

impl Asked {
    /// A field of its form.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let url = Url::parse(&format!("form:/?{}", self.body)).expect("a form");
        let value = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        value.unwrap_or_else(|| panic!("no {name} in {}", self.body))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "tests write the bodies in place")]
impl OAuthServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let shared = Arc::new(Shared::default());
        url.clone_into(&mut shared.url.lock().unwrap());
        let service = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, service).await) });
        Self { url, shared, task: task.abort_handle() }
    }

    /// A session of this server, with tokens that were not used yet.
    pub fn session(&self) -> SavedSession {
        SavedSession {
            homeserver: format!("{}/", self.url),
            user_id: ALICE.try_into().unwrap(),
            device_id: "ABCDEFGHIJ".into(),
            kind: SessionKind::Oauth,
            client_id: Some("client".to_owned()),
            provider: None,
            token_store: TokenStore::File,
            tokens: serde_json::from_value(tokens("old")).unwrap(),
        }
    }

    /// Answers the next request to a path with this. Several queue up.
    pub fn answer_next(&self, path: &'static str, status: u16, body: impl ToString) {
        self.queue(path, Written { status, body: body.to_string(), gate: None });
    }

    /// The same, held back until the returned gate is notified.
    pub fn hold_next(&self, path: &'static str, status: u16, body: impl ToString) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.queue(path, Written { status, body: body.to_string(), gate: Some(gate.clone()) });
        gate
    }

    /// Answers all requests to a path with this, after those that are queued.
    pub fn answer_all(&self, path: &'static str, status: u16, body: impl ToString) {
        let written = Written { status, body: body.to_string(), gate: None };
        self.shared.always.lock().unwrap().insert(path, written);
    }

    fn queue(&self, path: &'static str, written: Written) {
        self.shared.next.lock().unwrap().entry(path).or_default().push_back(written);
    }

    /// The metadata of the OAuth 2.0 server, to be changed by a test.
    pub fn metadata(&self) -> Value {
        metadata(&self.url)
    }

    /// The requests to a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|it| it.path == path).cloned().collect()
    }

    /// Waits until a path was asked so often.
    pub async fn until_asked(&self, path: &str, times: usize) -> Vec<Asked> {
        let wait = async {
            loop {
                let changed = self.shared.changed.notified();
                let asked = self.asked(path);
                if asked.len() >= times {
                    return asked;
                }
                changed.await;
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("{path} asked {} times", self.asked(path).len()))
    }
}

impl Drop for OAuthServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tokens whose names say what they are. Every secret of this server has `s3cret` in it.
pub fn tokens(name: &str) -> Value {
    json!({
        "access_token": format!("s3cret-access-{name}"),
        "refresh_token": format!("s3cret-refresh-{name}"),
        "token_type": "Bearer",
        "expires_in": 300,
    })
}

/// A device authorization with the shortest interval.
pub fn code(url: &str) -> Value {
    json!({
        "device_code": "s3cret-device-code",
        "user_code": "ABCDEF",
        "verification_uri": format!("{url}/link"),
        "verification_uri_complete": format!("{url}/link?code=ABCDEF"),
        "expires_in": 600,
        "interval": 1,
    })
}

pub fn pending() -> Value {
    json!({"error": "authorization_pending"})
}

fn metadata(url: &str) -> Value {
    json!({
        "issuer": format!("{url}/"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}{TOKEN}"),
        "registration_endpoint": format!("{url}{REGISTER}"),
        "revocation_endpoint": format!("{url}{REVOKE}"),
        "device_authorization_endpoint": format!("{url}{DEVICE}"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
    })
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    shared.asked.lock().unwrap().push(Asked {
        at: Instant::now(),
        path: path.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
    });
    let next = shared.next.lock().unwrap().get_mut(&*path).and_then(VecDeque::pop_front);
    let written = next.or_else(|| shared.always.lock().unwrap().get(&*path).cloned());
    shared.changed.notify_waiters();
    let (status, body) = match written {
        Some(Written { gate, status, body }) => {
            if let Some(gate) = gate {
                gate.notified().await;
            }
            (status, body)
        }
        None => usual(&shared, &path),
    };
    let content_type = if body.starts_with('<') { "text/html" } else { "application/json" };
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// The answer of a server that is well.
fn usual(shared: &Shared, path: &str) -> (u16, String) {
    let url = shared.url.lock().unwrap().clone();
    let body = match path {
        "/_matrix/client/versions" => json!({"versions": ["v1.15"]}),
        STABLE | UNSTABLE => metadata(&url),
        REGISTER => json!({"client_id": "client"}),
        DEVICE => code(&url),
        TOKEN => return (400, pending().to_string()),
        REVOKE => json!({}),
        WHOAMI => json!({"user_id": ALICE, "device_id": device(shared)}),
        path if path.starts_with("/_matrix/client/v3/devices/") => json!({}),
        _ => return (404, json!({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}).to_string()),
    };
    (200, body.to_string())
}

/// The device of the last scope that was asked for.
fn device(shared: &Shared) -> String {
    let asked = shared.asked.lock().unwrap();
    let last = asked.iter().rev().find(|it| it.path == DEVICE);
    let scope = last.map(|it| it.field("scope")).unwrap_or_default();
    scope.rsplit(':').next().unwrap_or_default().to_owned()
}
