//! Who is asking: the session that an access token belongs to.

use axum::{
    extract::{FromRequestParts, Query},
    http::{header::AUTHORIZATION, request::Parts},
};
use serde::Deserialize;

use super::{api_error::ApiError, homeserver::Shared};

/// A signed-in caller, by index.
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
        let header = parts.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = match header.and_then(|it| it.strip_prefix("Bearer ")) {
            Some(token) => token.to_owned(),
            None => Query::<InQuery>::try_from_uri(&parts.uri)
                .map(|Query(it)| it.access_token)
                .map_err(|_| ApiError::missing_token())?,
        };
        server.act(|world, now| {
            let session = world.session(&token).ok_or_else(ApiError::unknown_token)?;
            world.sessions[session].last_seen = now;
            Ok(Self { user: world.sessions[session].user, session })
        })
    }
}
