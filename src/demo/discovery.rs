//! What this homeserver offers, which software it is, and where it is.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{api_error::ApiError, homeserver::Shared};

/// The feature flag of MSC3026.
const BUSY_FLAG: &str = "org.matrix.msc3026.busy_presence";

pub async fn versions(State(server): State<Shared>) -> Json<Value> {
    let versions: Vec<String> = (1..=15).map(|minor| format!("v1.{minor}")).collect();
    let features = match server.act(|world, _| world.rules.flag()) {
        Some(busy) => json!({ BUSY_FLAG: busy }),
        None => json!({}),
    };
    Json(json!({ "versions": versions, "unstable_features": features }))
}

pub async fn software(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    let (named, (name, version)) = server.act(|world, _| (world.rules.named, world.rules.software.version()));
    if !named {
        return Err(ApiError::unrecognized(StatusCode::NOT_FOUND));
    }
    Ok(Json(json!({ "server": { "name": name, "version": version } })))
}

pub async fn well_known(State(server): State<Shared>) -> Json<Value> {
    Json(json!({ "m.homeserver": { "base_url": server.url } }))
}

pub async fn unrecognized() -> ApiError {
    ApiError::unrecognized(StatusCode::NOT_FOUND)
}

pub async fn wrong_method() -> ApiError {
    ApiError::unrecognized(StatusCode::METHOD_NOT_ALLOWED)
}
