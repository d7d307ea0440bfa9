//! `GET /profile/{userId}`: a name, and where somebody says they are (MSC4175).

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{api_error::ApiError, homeserver::Shared, world::User};

pub async fn get(State(server): State<Shared>, Path(user_id): Path<String>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| {
        let user = world.user(&user_id).ok_or_else(|| ApiError::not_found("Profile was not found"))?;
        let User { displayname, tz, .. } = &world.users[user];
        let mut profile = json!({ "displayname": displayname });
        if let Some(tz) = tz {
            profile["m.tz"] = json!(tz);
        }
        Ok(Json(profile))
    })
}
