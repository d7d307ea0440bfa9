//! What this homeserver offers, which software it is, and where it is.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    api_error::ApiError,
    homeserver::Shared,
    rules::{Federation, Profiles, Rules},
    software::Software,
};

/// The feature flag of MSC3026.
const BUSY_FLAG: &str = "org.matrix.msc3026.busy_presence";

pub async fn versions(State(server): State<Shared>) -> Json<Value> {
    server.act(|world, _| {
        let versions: Vec<String> = (1..=15).map(|minor| format!("v1.{minor}")).collect();
        let mut features = world.rules.flag().map_or_else(|| json!({}), |busy| json!({ BUSY_FLAG: busy }));
        if world.rules.profiles != Profiles::NameOnly {
            features["uk.tcpip.msc4133"] = json!(false);
            features["uk.tcpip.msc4133.stable"] = json!(true);
            features["org.matrix.msc4429"] = json!(world.rules.profiles == Profiles::Pushed);
        }
        let mut body = json!({ "versions": versions, "unstable_features": features });
        // MSC4383, under the name that it has while it is unmerged.
        if world.rules.software == Software::Tuwunel && world.rules.named {
            body["net.zemos.msc4383.server"] = name(&world.rules);
        }
        Json(body)
    })
}

/// Answers what other servers ask.
pub async fn software(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| {
        let rules = &world.rules;
        if rules.federation == Federation::Off {
            return Err(rules.no_federation());
        }
        if !rules.named {
            return Err(ApiError::unrecognized(StatusCode::NOT_FOUND));
        }
        Ok(Json(json!({ "server": name(rules) })))
    })
}

/// Answers at the software's own path, which needs no federation.
pub async fn own_software(
    State(server): State<Shared>,
    Path(vendor): Path<String>,
) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| {
        let own = match world.rules.software {
            Software::Continuwuity => vendor == "_continuwuity",
            software => software.is_tuwunel() && vendor == "_tuwunel",
        };
        let body = (own && world.rules.named).then(|| Json(name(&world.rules)));
        body.ok_or_else(|| ApiError::unrecognized(StatusCode::NOT_FOUND))
    })
}

/// Answers at Synapse's own path, which is open to everybody. tuwunel has it too since 1.8.1, with its own version.
pub async fn synapse_version(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| {
        let (_, version) = world.rules.software.version();
        let version = match world.rules.software {
            Software::Synapse => Some(format!("{version} (b=main)")),
            Software::Tuwunel => Some(version.to_owned()),
            _ => None,
        };
        let body = version.filter(|_| world.rules.named).map(|it| Json(json!({ "server_version": it })));
        body.ok_or_else(|| ApiError::unrecognized(StatusCode::NOT_FOUND))
    })
}

fn name(rules: &Rules) -> Value {
    let (name, version) = rules.software.version();
    json!({ "name": name, "version": version })
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
