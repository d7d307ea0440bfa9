//! The endpoints for joined rooms, their members and their state.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    api_error::ApiError,
    authentication::Caller,
    homeserver::Shared,
    world::{Room, World},
};

#[derive(Serialize)]
struct Joined<'a> {
    joined: BTreeMap<&'a str, Profile<'a>>,
}

#[derive(Serialize)]
struct Profile<'a> {
    display_name: &'a str,
    avatar_url: Option<&'a str>,
}

pub async fn joined_rooms(State(server): State<Shared>, caller: Caller) -> Json<Value> {
    server.act(|world, _| {
        let rooms = world.users[caller.user].rooms.iter().map(|it| &world.rooms[*it].id);
        Json(json!({ "joined_rooms": rooms.collect::<Vec<_>>() }))
    })
}

pub async fn joined_members(
    State(server): State<Shared>,
    caller: Caller,
    Path(room_id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let body = server.act(|world, _| {
        let users = joined(world, caller, &room_id)?.members.iter().map(|it| &world.users[*it]);
        let profile = |name| Profile { display_name: name, avatar_url: None };
        let joined = users.map(|it| (&*it.id, profile(&*it.displayname))).collect();
        Ok(serde_json::to_vec(&Joined { joined }).unwrap_or_default())
    })?;
    Ok(([(CONTENT_TYPE, "application/json")], body))
}

/// Returns the content of a state event. The path has its type, and its state key if that is not empty.
pub async fn state(
    State(server): State<Shared>,
    caller: Caller,
    Path((room_id, of)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let (r#type, state_key) = of.split_once('/').unwrap_or((&of, ""));
    server.act(|world, _| {
        let event = joined(world, caller, &room_id)?.state.get(&(r#type.to_owned(), state_key.to_owned()));
        let content = event.map(|event| Json(event["content"].clone()));
        content.ok_or_else(|| ApiError::not_found("Event not found."))
    })
}

fn joined<'a>(world: &'a World, caller: Caller, room_id: &str) -> Result<&'a Room, ApiError> {
    world
        .room(room_id)
        .map(|it| &world.rooms[it])
        .filter(|it| it.members.contains(&caller.user))
        .ok_or_else(|| ApiError::forbidden("You are not a member of the room."))
}
