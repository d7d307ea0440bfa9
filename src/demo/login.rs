//! Signing in and out, and the account's sessions.

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    PASSWORD, SERVER_NAME, api_error::ApiError, authentication::Caller, homeserver::Shared, rules::SignIn,
    sessions::Session, software::Software, world::World,
};

#[derive(Deserialize)]
struct Login {
    r#type: String,
    identifier: Option<Identifier>,
    /// The deprecated place of the identifier.
    user: Option<String>,
    password: Option<String>,
    device_id: Option<String>,
    initial_device_display_name: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    r#type: String,
    user: Option<String>,
}

/// Returns the ways to sign in that the software offers. This homeserver carries out the first alone.
///
/// Synapse has no `/login` where it delegates to an authorization server.
pub async fn flows(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    if server.act(|world, _| world.rules.sign_in == SignIn::OAuth) {
        return Err(ApiError::unrecognized(StatusCode::NOT_FOUND));
    }
    let offered: &[&str] = match server.act(|world, _| world.rules.software) {
        Software::Continuwuity => &["m.login.password", "m.login.token"],
        it if it.is_tuwunel() => &["m.login.password", "m.login.token", "org.matrix.login.jwt"],
        _ => &["m.login.password"],
    };
    let flows: Vec<Value> = offered.iter().map(|it| json!({ "type": it })).collect();
    Ok(Json(json!({ "flows": flows })))
}

pub async fn sign_in(State(server): State<Shared>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let login = read(&body)?;
    let name = match login.identifier {
        Some(Identifier { r#type, .. }) if r#type != "m.id.user" => {
            return Err(ApiError::bad_request("M_UNKNOWN", "Unknown login identifier type"));
        }
        Some(Identifier { user, .. }) => user,
        None => login.user,
    };
    let name = name.ok_or_else(|| ApiError::bad_request("M_MISSING_PARAM", "User identifier is missing"))?;
    let user_id = if name.starts_with('@') { name } else { format!("@{name}:{SERVER_NAME}") };
    server.act(|world, now| {
        if world.rules.sign_in == SignIn::OAuth {
            return Err(ApiError::unrecognized(StatusCode::NOT_FOUND));
        }
        let user = check(world, &user_id, login.password.as_deref())?;
        let name = login.initial_device_display_name.as_deref();
        let session = world.sign_in(user, login.device_id.as_deref(), name, now);
        let session = &world.sessions[session];
        Ok(Json(json!({
            "user_id": user_id,
            "access_token": session.token,
            "device_id": session.device_id,
            "home_server": SERVER_NAME,
        })))
    })
}

fn read(body: &[u8]) -> Result<Login, ApiError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::not_json())?;
    let login: Login =
        serde_json::from_value(body).map_err(|_| ApiError::bad_request("M_BAD_JSON", "Invalid login"))?;
    if login.r#type != "m.login.password" {
        return Err(ApiError::bad_request("M_UNKNOWN", &format!("Unknown login type {}", login.r#type)));
    }
    Ok(login)
}

/// Returns the user, if the server has them and the password is right.
fn check(world: &World, user_id: &str, password: Option<&str>) -> Result<usize, ApiError> {
    if user_id.split_once(':').is_none_or(|(_, server)| server != SERVER_NAME) {
        return Err(world.rules.foreign_user());
    }
    let user = world.user(user_id).ok_or_else(|| world.rules.unknown_user())?;
    if password == Some(PASSWORD) { Ok(user) } else { Err(world.rules.wrong_password()) }
}

pub async fn sign_out(State(server): State<Shared>, caller: Caller) -> Json<Value> {
    server.act(|world, _| world.sessions[caller.session].token = None);
    server.wake();
    Json(json!({}))
}

pub async fn whoami(State(server): State<Shared>, caller: Caller) -> Json<Value> {
    server.act(|world, _| {
        let (user, session) = (&world.users[caller.user], &world.sessions[caller.session]);
        Json(json!({ "user_id": user.id, "device_id": session.device_id, "is_guest": false }))
    })
}

pub async fn devices(State(server): State<Shared>, caller: Caller) -> Json<Value> {
    server.act(|world, _| {
        let device = |it: &Session| {
            json!({
                "device_id": it.device_id,
                "display_name": it.display_name,
                "last_seen_ip": "127.0.0.1",
                "last_seen_ts": u64::try_from(it.last_seen.as_millis()).unwrap_or(u64::MAX),
                "user_id": world.users[it.user].id,
            })
        };
        let devices: Vec<Value> = world.signed_in(caller.user).map(device).collect();
        Json(json!({ "devices": devices }))
    })
}
