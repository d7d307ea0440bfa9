//! A homeserver of which every text is hostile, and what must not come of that.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// What a terminal obeys in every way that there is, a line and a column that look like whosin's own, another
/// direction, and a letter that shows nothing.
pub const HOSTILE: &str =
    "\u{1b}]0;PWNED\u{7}\u{1b}[?1234hx\u{9b}?1234h\u{9d}0;PWNED\u{9c}\u{202e}\r\nFORGED\tline\u{0}\u{3164}";
/// A user ID with the same, as far as it can have it.
pub const USER: &str =
    "@ev\u{1b}]0;PWNED\u{7}\u{1b}[?1234hil\u{9b}?1234h\r\nFORGED\t\u{202e}\u{3164}:evil.example";
/// How that user ID begins where it is shown.
pub const SHOWN: &str = "@ev\u{fffd}]0;PWNED";
/// A user who calls themselves nothing, and one whom a bar would obey.
const BLANK: &str = "@blank:x";
const TAG: &str = "@tag:x";
const ROOM: &str = "!room\u{1b}[?1234h:x";

/// What the homeserver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    Talks,
    /// It answers, and names an OAuth 2.0 server that registers no client.
    RefusesClients,
    /// The same, but the server registers clients and gives them no code.
    RefusesCodes,
    /// The same, but the code cannot be shown.
    HasBadCodes,
    /// It refuses everything with this status.
    Refuses(u16),
    /// It redirects everything.
    Redirects,
}

/// A running homeserver. It ends with the runtime of its test.
pub struct Hostile {
    pub url: String,
    mood: Arc<Mutex<Mood>>,
}

impl Hostile {
    pub async fn start(mood: Mood) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let mood = Arc::new(Mutex::new(mood));
        let app = Router::new().fallback(answer).with_state((url.clone(), mood.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, mood }
    }

    pub fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// The file of somebody's session there.
    pub fn session(&self) -> String {
        let session = json!({
            "homeserver": self.url, "user_id": "@you:x", "device_id": "ME", "access_token": "secret",
        });
        session.to_string()
    }
}

type Shared = State<(String, Arc<Mutex<Mood>>)>;

async fn answer(State((url, mood)): Shared, method: Method, uri: Uri) -> Response {
    let mood = *mood.lock().unwrap_or_else(PoisonError::into_inner);
    let query = uri.query().unwrap_or_default();
    if query.contains("since=") && !query.contains("timeout=0") {
        // A long poll in which nothing happens.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let path = uri.path().trim_start_matches("/_matrix/client/").trim_start_matches("v3/");
    let (status, body) = match mood {
        Mood::Refuses(status) => refusal(status),
        Mood::Redirects => return redirect(),
        _ if path.contains("auth_metadata") => metadata(mood, &url),
        _ if path.starts_with("/oauth") => oauth(mood, path),
        _ => talk(&method, path, query),
    };
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn redirect() -> Response {
    let elsewhere = "http://evil.example/\u{9b}?1234h\u{202e}x?access_token=secret";
    let location = HeaderValue::from_bytes(elsewhere.as_bytes()).expect("bytes above ASCII are allowed");
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

fn refusal(status: u16) -> (u16, Value) {
    let errcode = format!("M_FORBIDDEN{HOSTILE}");
    (status, json!({"errcode": errcode, "error": HOSTILE.repeat(100)}))
}

fn metadata(mood: Mood, url: &str) -> (u16, Value) {
    if mood == Mood::Talks {
        return (404, json!({"errcode": "M_UNRECOGNIZED", "error": HOSTILE}));
    }
    let endpoint = |name: &str| format!("{url}/oauth/{name}");
    let metadata = json!({
        "issuer": url,
        "authorization_endpoint": endpoint("authorize"),
        "token_endpoint": endpoint("token"),
        "registration_endpoint": endpoint("register"),
        "revocation_endpoint": endpoint("revoke"),
        "device_authorization_endpoint": endpoint("device"),
        "account_management_uri": format!("https://evil.example/{HOSTILE}"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported":
            ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "code_challenge_methods_supported": ["S256"],
    });
    (200, metadata)
}

fn oauth(mood: Mood, path: &str) -> (u16, Value) {
    let refusal = (400, json!({"error": format!("invalid{HOSTILE}"), "error_description": HOSTILE}));
    match (path, mood) {
        ("/oauth/register", Mood::RefusesClients) => refusal,
        ("/oauth/register", _) => (201, json!({"client_id": "whosin"})),
        ("/oauth/device", Mood::HasBadCodes) => {
            let uri = format!("https://evil.example/{HOSTILE}");
            let codes =
                json!({"device_code": "c", "user_code": HOSTILE, "verification_uri": uri, "expires_in": 60});
            (200, codes)
        }
        _ => refusal,
    }
}

fn talk(method: &Method, path: &str, query: &str) -> (u16, Value) {
    let said =
        json!({"presence": HOSTILE, "status_msg": HOSTILE, "last_active_ago": 5, "currently_active": true});
    let body = match path {
        "versions" => json!({
            "versions": ["v1.1"],
            "unstable_features": {
                "org.matrix.msc3026.busy_presence": true,
                "uk.tcpip.msc4133.stable": true,
                "org.matrix.msc4429": true,
            },
        }),
        "login" if *method == Method::POST => {
            json!({"user_id": USER, "access_token": "secret", "device_id": format!("D{HOSTILE}")})
        }
        "login" => json!({"flows": [
            {"type": "m.login.password"},
            {"type": "m.login.sso", "identity_providers": [{"id": format!("i{HOSTILE}"), "name": HOSTILE}]},
        ]}),
        "sync" => sync(query, &said),
        "joined_rooms" => json!({"joined_rooms": [ROOM]}),
        "devices" => json!({"devices": [
            {"device_id": "ME"},
            {"device_id": format!("D{HOSTILE}"), "display_name": HOSTILE, "last_seen_ts": 1_700_000_000_000_u64},
            {"device_id": format!("E{HOSTILE}")},
        ]}),
        "/_matrix/federation/v1/version" => json!({"server": {"name": HOSTILE, "version": HOSTILE}}),
        _ if path.ends_with("joined_members") => {
            let member = |name: &str| json!({"display_name": name, "avatar_url": HOSTILE});
            json!({"joined": {
                USER: member(HOSTILE), BLANK: member("\u{3164}\u{2800}"), TAG: member("%{A1:xterm:}#(xterm)<b>"),
                "@you:x": {},
            }})
        }
        _ if path.contains("/presence/") || path.starts_with("presence/") => said,
        _ if path.contains("profile/") => {
            let mut profile = profile();
            for field in ["displayname", "m.tz", "tz", "chat.commet.profile_status"] {
                profile[field] = json!(HOSTILE);
            }
            profile
        }
        _ => json!({}),
    };
    (200, body)
}

/// A status and a call under each name.
fn profile() -> Value {
    let status = json!({"emoji": HOSTILE, "text": HOSTILE});
    let call = json!({"call_joined_ts": HOSTILE});
    json!({
        "m.status": status, "org.matrix.msc4426.status": status,
        "m.call": call, "org.matrix.msc4426.call": call,
    })
}

fn sync(query: &str, said: &Value) -> Value {
    let state = |r#type: &str, content: Value| json!({"type": r#type, "state_key": "", "sender": USER, "content": content});
    let presence = |sender: &str| json!({"type": "m.presence", "sender": sender, "content": said});
    if query.contains("since=") {
        // A change a second.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut event = presence(USER);
        event["content"]["status_msg"] = json!(format!("{}{HOSTILE}", now.as_millis()));
        let again = json!({"type": "m.presence", "sender": TAG, "content":
            {"presence": if now.as_secs().is_multiple_of(2) { "online" } else { "busy" }, "status_msg": HOSTILE}});
        let mut changed = profile();
        changed["m.status"]["text"] = json!(format!("{}{HOSTILE}", now.as_millis()));
        let changed = json!({"profile_updates": changed});
        let users = json!({USER: changed, TAG: changed, BLANK: {"profile_updates": null}});
        return json!({
            "next_batch": "s2", "presence": {"events": [event, again]}, "org.matrix.msc4429.users": users,
        });
    }
    json!({
        "next_batch": "s1",
        "presence": {"events": [presence(USER), presence(BLANK), presence(TAG), presence("@you:x")]},
        "rooms": {"join": {ROOM: {"state": {"events": [
            state("m.room.name", json!({"name": HOSTILE})),
            state("m.room.canonical_alias", json!({"alias": format!("#a{HOSTILE}:x")})),
        ]}}}},
        "account_data": {"events": [{"type": "m.direct", "content": {USER: [ROOM]}}]},
        "org.matrix.msc4429.users": {
            USER: {"profile_updates": profile()}, TAG: {"profile_updates": profile()},
            "@you:x": {"profile_updates": profile()}, HOSTILE: {"profile_updates": profile()},
        },
    })
}

/// Checks that a text has nothing in it that a terminal obeys or that hides, and no line that is not whosin's.
#[track_caller]
pub fn assert_harmless(what: &str, text: &str) {
    let obeyed = |c: char| {
        let line = matches!(c, '\n' | '\t');
        (c.is_control() && !line)
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{3164}')
    };
    assert_eq!(text.chars().find(|&c| obeyed(c)), None, "{what}: {text:?}");
    let forged = text.lines().find(|line| line.trim_start().starts_with("FORGED"));
    assert_eq!(forged, None, "{what}: {text}");
}

/// The same of lines of JSON, of which a reader decodes each text.
#[track_caller]
pub fn assert_harmless_json(what: &str, lines: &str) {
    assert_harmless(what, lines);
    for line in lines.lines() {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{what}: {error}: {line}"));
        walk(what, &value);
    }
}

#[track_caller]
fn walk(what: &str, value: &Value) {
    match value {
        Value::String(text) => {
            assert_harmless(what, text);
            assert!(!text.contains(['\n', '\t']) || text.starts_with('●'), "{what}: {text:?}");
        }
        Value::Array(values) => values.iter().for_each(|value| walk(what, value)),
        Value::Object(members) => members.values().for_each(|value| walk(what, value)),
        _ => {}
    }
}
