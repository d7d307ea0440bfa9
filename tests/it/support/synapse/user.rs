//! A user of a test Synapse with one session, and the requests that tests make in its name.

use std::sync::LazyLock;

use matrix_sdk::reqwest::Method;
use serde_json::{Value, json};

use crate::support::http::{Answer, Http};

/// A session outside the program: what the user does elsewhere, and what others see of it.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub localpart: String,
    pub password: String,
    pub token: String,
    pub device_id: String,
    server: String,
}

impl User {
    pub(super) fn register(server: &str, localpart: String) -> Self {
        let password = format!("{localpart}'s password");
        let credentials = json!({
            "auth": {"type": "m.login.dummy"}, "username": localpart, "password": password,
        });
        let account = request(server, Method::POST, "register", None, Some(&credentials)).ok();
        Self::signed_in(server, localpart, password, &account)
    }

    /// The same person with one more session.
    pub fn another_session(&self) -> Self {
        let credentials = json!({
            "type": "m.login.password", "password": self.password,
            "identifier": {"type": "m.id.user", "user": self.localpart},
        });
        let account = request(&self.server, Method::POST, "login", None, Some(&credentials)).ok();
        Self::signed_in(&self.server, self.localpart.clone(), self.password.clone(), &account)
    }

    fn signed_in(server: &str, localpart: String, password: String, account: &Value) -> Self {
        Self {
            id: text(account, "user_id"),
            localpart,
            password,
            token: text(account, "access_token"),
            device_id: text(account, "device_id"),
            server: server.to_owned(),
        }
    }

    /// `path` is relative to `/_matrix/client/v3/`, here and below.
    pub fn get(&self, path: &str) -> Answer {
        request(&self.server, Method::GET, path, Some(&self.token), None)
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        request(&self.server, Method::PUT, path, Some(&self.token), Some(body))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        request(&self.server, Method::POST, path, Some(&self.token), Some(body))
    }

    /// Sets `presence`, as it is spelled on the wire. Panics if the server refuses it.
    pub fn put_presence(&self, presence: &str, status_msg: Option<&str>) {
        let mut body = json!({"presence": presence});
        if let Some(message) = status_msg {
            body["status_msg"] = message.into();
        }
        self.put(&format!("presence/{}/status", self.id), &body).ok();
    }

    /// What the server tells this user about `user_id`.
    pub fn presence_of(&self, user_id: &str) -> Value {
        self.get(&format!("presence/{user_id}/status")).ok()
    }

    /// Opens a room that anybody may join, and returns its ID.
    pub fn create_room(&self, name: &str) -> String {
        text(&self.post("createRoom", &json!({"preset": "public_chat", "name": name})).ok(), "room_id")
    }

    /// Opens a space, and returns its ID.
    pub fn create_space(&self, name: &str) -> String {
        let space = json!({"name": name, "creation_content": {"type": "m.space"}});
        text(&self.post("createRoom", &space).ok(), "room_id")
    }

    pub fn send_state(&self, room: &str, r#type: &str, state_key: &str, content: &Value) {
        self.put(&format!("rooms/{room}/state/{type}/{state_key}"), content).ok();
    }

    /// Writes a message into a room.
    pub fn say(&self, message: &str, room: &str) {
        let transaction: String = (0..12).map(|_| fastrand::alphanumeric()).collect();
        let content = json!({"msgtype": "m.text", "body": message});
        self.put(&format!("rooms/{room}/send/m.room.message/{transaction}"), &content).ok();
    }

    pub fn invite(&self, other: &Self, room: &str) {
        self.post(&format!("rooms/{room}/invite"), &json!({"user_id": other.id})).ok();
    }

    pub fn join(&self, room: &str) {
        self.post(&format!("join/{room}"), &json!({})).ok();
    }

    /// Joins a room of another server's user.
    pub fn join_at(&self, other: &Self, room: &str) {
        let (_, server) = other.id.split_once(':').expect("a user ID has a server");
        self.post(&format!("join/{room}?server_name={server}"), &json!({})).ok();
    }

    pub fn leave(&self, room: &str) {
        self.post(&format!("rooms/{room}/leave"), &json!({})).ok();
    }

    pub fn set_displayname(&self, name: &str) {
        self.put(&format!("profile/{}/displayname", self.id), &json!({"displayname": name})).ok();
    }

    /// Makes `room` the direct chat with `other`, and the only direct chat.
    pub fn mark_direct(&self, other: &Self, room: &str) {
        let direct = json!({&other.id: [room]});
        self.put(&format!("user/{}/account_data/m.direct", self.id), &direct).ok();
    }

    /// Ignores `other`, and nobody else.
    pub fn ignore(&self, other: &Self) {
        let ignored = json!({"ignored_users": {&other.id: {}}});
        self.put(&format!("user/{}/account_data/m.ignored_user_list", self.id), &ignored).ok();
    }

    /// One sync without a wait. It sets the user online, as every sync does.
    pub fn sync_once(&self) -> Value {
        self.get("sync?timeout=0").ok()
    }
}

fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_else(|| panic!("no {key} in {object}")).to_owned()
}

fn request(server: &str, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    static HTTP: LazyLock<Http> = LazyLock::new(Http::default);
    let http = token.map_or_else(|| HTTP.clone(), |token| HTTP.with_token(token));
    http.ask_and_wait(method, &format!("{server}/_matrix/client/v3/{path}"), body)
        .unwrap_or_else(|error| panic!("no answer from Synapse: {error}"))
}
