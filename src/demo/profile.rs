//! `GET`, `PUT` and `DELETE /profile/{userId}/{field}`: the display name, the time zone (MSC4175), and fields of all
//! kinds (MSC4133).

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Map, Value, json};

use super::{
    api_error::ApiError,
    authentication::Caller,
    homeserver::Shared,
    rules::Profiles,
    software::Software,
    state::Presence,
    world::{User, World},
};

/// The most bytes of a profile.
const LARGEST: usize = 64 * 1024;

pub async fn get(State(server): State<Shared>, Path(user_id): Path<String>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| profile(world, &user_id).map(Json))
}

/// Answers with one field. tuwunel up to 1.5 knows the time zone here by name alone, and answers with nothing.
pub async fn get_field(
    State(server): State<Shared>,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| match &*field {
        "m.tz" if is_old_tuwunel(world) => Ok(Json(json!({}))),
        _ => {
            check_field(world, &field)?;
            one_field(world, &user_id, &field)
        }
    })
}

/// Answers with one field on the path of MSC4133, which knows every field everywhere.
pub async fn get_any_field(
    State(server): State<Shared>,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| one_field(world, &user_id, &field))
}

pub async fn put_field(
    State(server): State<Shared>,
    caller: Caller,
    Path((user_id, field)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| {
        check_field(world, &field)?;
        put(world, caller, (&user_id, &field), (&body, now))
    })
}

pub async fn put_any_field(
    State(server): State<Shared>,
    caller: Caller,
    Path((user_id, field)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| put(world, caller, (&user_id, &field), (&body, now)))
}

pub async fn delete_field(
    State(server): State<Shared>,
    caller: Caller,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| {
        check_field(world, &field)?;
        write(world, caller, (&user_id, &field), None, now)
    })
}

pub async fn delete_any_field(
    State(server): State<Shared>,
    caller: Caller,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| write(world, caller, (&user_id, &field), None, now))
}

/// Answers what the account may do (`m.profile_fields`).
pub async fn capabilities(State(server): State<Shared>) -> Json<Value> {
    server.act(|world, _| {
        Json(match world.rules.profiles {
            Profiles::NameOnly => json!({ "capabilities": {} }),
            Profiles::ReadOnly => json!({ "capabilities": { "m.profile_fields": { "enabled": false } } }),
            Profiles::Fields | Profiles::Pushed => {
                json!({ "capabilities": { "m.profile_fields": { "enabled": true } } })
            }
        })
    })
}

fn put(
    world: &mut World,
    caller: Caller,
    (user_id, field): (&str, &str),
    (body, now): (&[u8], Duration),
) -> Result<Json<Value>, ApiError> {
    let mut body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| ApiError::not_json())?;
    let missing = || ApiError::bad_request("M_MISSING_PARAM", &format!("Missing key '{field}'"));
    let value = body.remove(field).ok_or_else(missing)?;
    if value.to_string().len() > LARGEST {
        return Err(ApiError::bad_request("M_PROFILE_TOO_LARGE", "Profile too large"));
    }
    write(world, caller, (user_id, field), Some(value), now)
}

fn write(
    world: &mut World,
    caller: Caller,
    (user_id, field): (&str, &str),
    value: Option<Value>,
    now: Duration,
) -> Result<Json<Value>, ApiError> {
    if *world.users[caller.user].id != *user_id {
        return Err(ApiError::forbidden("Cannot set another user's profile"));
    }
    if world.rules.profiles == Profiles::ReadOnly {
        return Err(ApiError::forbidden("Profile fields are switched off"));
    }
    world.set_field(caller.user, field, value);
    if world.rules.software.is_tuwunel() {
        // There any change of a profile is activity, like a `/sync`.
        if let Some(ping) = world.read_ping(caller.session, Some(Presence::Online), now) {
            world.sync_begins(caller.session, ping, now);
            world.sync_ends(caller.session, now);
        }
    }
    Ok(Json(json!({})))
}

fn is_old_tuwunel(world: &World) -> bool {
    matches!(world.rules.software, Software::OldTuwunel | Software::Tuwunel1_5)
}

/// Refuses a field that this server does not know on the path of the specification.
fn check_field(world: &World, field: &str) -> Result<(), ApiError> {
    let named = matches!(field, "displayname" | "avatar_url");
    let unknown = is_old_tuwunel(world) || world.rules.software == Software::Dendrite;
    if named || !unknown { Ok(()) } else { Err(ApiError::unrecognized(StatusCode::NOT_FOUND)) }
}

fn one_field(world: &World, user_id: &str, field: &str) -> Result<Json<Value>, ApiError> {
    let profile = profile(world, user_id)?;
    let value = profile.get(field).ok_or_else(|| ApiError::not_found("Profile key was not found"))?;
    Ok(Json(json!({ field: value })))
}

fn profile(world: &World, user_id: &str) -> Result<Value, ApiError> {
    let user = world.user(user_id).ok_or_else(|| ApiError::not_found("Profile was not found"))?;
    let User { displayname, tz, profile: fields, .. } = &world.users[user];
    let mut profile = json!({ "displayname": displayname });
    if let Some(tz) = tz {
        let field = if world.rules.software == Software::OldTuwunel { "tz" } else { "m.tz" };
        profile[field] = json!(tz);
    }
    for (field, value) in fields {
        profile[field] = value.clone();
    }
    Ok(profile)
}
