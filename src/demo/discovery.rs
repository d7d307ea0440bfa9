//! What this homeserver offers, which software it is, and where it is.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{homeserver::Shared, refusal::Refusal};
use crate::presence::BUSY_FLAG;

pub async fn versions(State(server): State<Shared>) -> Json<Value> {
    let versions: Vec<String> = (1..=15).map(|minor| format!("v1.{minor}")).collect();
    let busy = server.act(|world, _| world.rules.busy);
    Json(json!({ "versions": versions, "unstable_features": { BUSY_FLAG: busy } }))
}

pub async fn software() -> Json<Value> {
    Json(json!({ "server": { "name": "whosin-demo", "version": env!("CARGO_PKG_VERSION") } }))
}

pub async fn well_known(State(server): State<Shared>) -> Json<Value> {
    Json(json!({ "m.homeserver": { "base_url": server.url } }))
}

pub async fn unrecognized() -> Refusal {
    Refusal::unrecognized(StatusCode::NOT_FOUND)
}

pub async fn wrong_method() -> Refusal {
    Refusal::unrecognized(StatusCode::METHOD_NOT_ALLOWED)
}
