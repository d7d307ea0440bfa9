//! `PUT` and `GET /presence/{userId}/status`. Errors and limits come in the order in which Synapse checks them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::{
    api_error::ApiError, authentication::Caller, content::Content, homeserver::Shared, rules::Rules,
    sessions::take_turn, software::Software,
};

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
            return Err(world.rules.not_ones_own());
        }
        // From here on a refused request uses up the user's turn too.
        take_turn(&mut user.last_put, limit, now).map_err(ApiError::limit_exceeded)?;
        let (presence, status_msg) = read(&body, &world.rules)?;
        if let Some(error) = world.rules.switched_off() {
            return Err(error);
        }
        if world.rules.presence {
            let name = presence.as_str().ok_or_else(|| world.rules.invalid_state())?;
            let presence = world.rules.settable(name)?;
            world.put(caller.session, &presence, status_msg, now);
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
        let rules = &world.rules;
        if let Some(error) = rules.switched_off() {
            return Err(error);
        }
        if !rules.presence {
            let state = rules.unknown_state().unwrap_or("offline");
            return Ok(Json(json!(Content::bare(state, rules))));
        }
        let user = world.user(&user_id).filter(|it| world.sees(caller.user, *it));
        let user = &world.users[user.ok_or_else(|| rules.stranger())?];
        let content = if user.state.set {
            Content::of_reply(user, rules, now)
        } else {
            Content::bare(rules.unknown_state().ok_or_else(|| rules.stranger())?, rules)
        };
        Ok(Json(json!(content)))
    })
}

/// Returns the state of a body, not checked yet, and its message. Synapse accepts no other field, and no `null` as a
/// message.
fn read(body: &[u8], rules: &Rules) -> Result<(Value, Option<Box<str>>), ApiError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::not_json())?;
    let Value::Object(mut fields) = body else {
        return Err(ApiError::bad_request("M_BAD_JSON", "Content must be a JSON object."));
    };
    let strict = rules.software == Software::Synapse;
    let presence = fields.remove("presence").ok_or_else(|| rules.missing_state())?;
    if !strict && fields.get("status_msg").is_some_and(Value::is_null) {
        fields.remove("status_msg");
    }
    let status_msg = read_message(&mut fields)?;
    if strict && !fields.is_empty() {
        return Err(rules.missing_state());
    }
    Ok((presence, status_msg))
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
