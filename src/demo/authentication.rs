//! Finds the session that an access token belongs to.

use axum::{
    extract::{FromRequestParts, Query},
    http::{header::AUTHORIZATION, request::Parts},
};
use serde::Deserialize;

use super::{api_error::ApiError, homeserver::Shared};

/// The user and the session of a request, as indexes.
#[derive(Clone, Copy)]
pub struct Caller {
    pub user: usize,
    pub session: usize,
}

#[derive(Deserialize)]
struct InQuery {
    access_token: String,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> Result<Self, ApiError> {
        let token = token(parts);
        server.act(|world, now| {
            let token = token.ok_or_else(|| world.rules.missing_token())?;
            let is_good = world.grants.expiries.get(&token).is_none_or(|expiry| now < *expiry);
            let session = world.session(&token).filter(|_| is_good).ok_or_else(ApiError::unknown_token)?;
            world.sessions[session].last_seen = now;
            Ok(Self { user: world.sessions[session].user, session })
        })
    }
}

fn token(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    if let Some(token) = header.and_then(|it| it.strip_prefix("Bearer ")) {
        return Some(token.to_owned());
    }
    Query::<InQuery>::try_from_uri(&parts.uri).ok().map(|Query(it)| it.access_token)
}
