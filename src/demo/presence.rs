//! `PUT` and `GET /presence/{userId}/status`, refusals and limits in the order in which Synapse checks them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::{api_error::ApiError, authentication::Caller, homeserver::Shared, sessions::take_turn};

pub async fn put(
    State(server): State<Shared>,
    caller: Caller,
    Path(user_id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| {
        check_user_id(&user_id)?;
        let limit = world.rules.limit;
        let user = &mut world.users[caller.user];
        if *user.id != *user_id {
            return Err(ApiError::forbidden("Can only set your own presence state"));
        }
        // From here on also a refusal has cost the user's turn.
        take_turn(&mut user.last_put, limit, now).map_err(ApiError::limit_exceeded)?;
        let (presence, status_msg) = read(&body)?;
        if let Some(refusal) = world.rules.switched_off() {
            return Err(refusal);
        }
        if world.rules.presence {
            let invalid = || ApiError::bad_request("M_UNKNOWN", "Invalid presence state");
            let asked = world.rules.settable(presence.as_str().ok_or_else(invalid)?)?;
            world.put(caller.session, &asked, status_msg, now);
        }
        Ok(Json(json!({})))
    })
}

pub async fn get(
    State(server): State<Shared>,
    caller: Caller,
    Path(user_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, now| {
        check_user_id(&user_id)?;
        if let Some(refusal) = world.rules.switched_off() {
            return Err(refusal);
        }
        if !world.rules.presence {
            return Ok(Json(json!({ "presence": world.rules.nobody() })));
        }
        let user = world.user(&user_id).filter(|it| world.shares_room(*it, caller.user));
        let user = user.ok_or_else(|| world.rules.stranger())?;
        Ok(Json(json!(world.users[user].state.content(now))))
    })
}

/// The body's state, not yet judged, and message.
fn read(body: &[u8]) -> Result<(Value, Option<Box<str>>), ApiError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::not_json())?;
    let Value::Object(mut fields) = body else {
        return Err(ApiError::bad_request("M_BAD_JSON", "Content must be a JSON object."));
    };
    let unreadable = || ApiError::bad_request("M_UNKNOWN", "Unable to parse state");
    let presence = fields.remove("presence").ok_or_else(unreadable)?;
    let status_msg = read_message(&mut fields)?;
    if fields.is_empty() { Ok((presence, status_msg)) } else { Err(unreadable()) }
}

fn read_message(fields: &mut Map<String, Value>) -> Result<Option<Box<str>>, ApiError> {
    match fields.remove("status_msg") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into())),
        Some(_) => Err(ApiError::bad_request("M_UNKNOWN", "status_msg must be a string.")),
    }
}

fn check_user_id(user_id: &str) -> Result<(), ApiError> {
    let well_formed = user_id.starts_with('@') && user_id.contains(':');
    let error = format!("Expected UserID string to start with '@' and have a domain: {user_id}");
    if well_formed { Ok(()) } else { Err(ApiError::bad_request("M_INVALID_PARAM", &error)) }
}
