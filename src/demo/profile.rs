//! `GET /profile/{userId}`: the display name and the time zone (MSC4175).

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    api_error::ApiError,
    homeserver::Shared,
    software::Software,
    world::{User, World},
};

pub async fn get(State(server): State<Shared>, Path(user_id): Path<String>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| profile(world, &user_id).map(Json))
}

/// One field. tuwunel up to 1.5 knows the time zone here by name alone, and answers with nothing.
pub async fn get_field(
    State(server): State<Shared>,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| {
        let old = matches!(world.rules.software, Software::OldTuwunel | Software::Tuwunel1_5);
        match &*field {
            "displayname" | "avatar_url" => one_field(world, &user_id, &field),
            "m.tz" if old => Ok(Json(json!({}))),
            _ if old => Err(ApiError::unrecognized(StatusCode::NOT_FOUND)),
            _ => one_field(world, &user_id, &field),
        }
    })
}

/// One field on the path of MSC4133, which knows every field everywhere.
pub async fn get_any_field(
    State(server): State<Shared>,
    Path((user_id, field)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| one_field(world, &user_id, &field))
}

fn one_field(world: &World, user_id: &str, field: &str) -> Result<Json<Value>, ApiError> {
    let profile = profile(world, user_id)?;
    let value = profile.get(field).ok_or_else(|| ApiError::not_found("Profile key was not found"))?;
    Ok(Json(json!({ field: value })))
}

fn profile(world: &World, user_id: &str) -> Result<Value, ApiError> {
    let user = world.user(user_id).ok_or_else(|| ApiError::not_found("Profile was not found"))?;
    let User { displayname, tz, .. } = &world.users[user];
    let mut profile = json!({ "displayname": displayname });
    if let Some(tz) = tz {
        let field = if world.rules.software == Software::OldTuwunel { "tz" } else { "m.tz" };
        profile[field] = json!(tz);
    }
    Ok(profile)
}
