//! Requests that sign in, and what people type to do so.

use matrix_sdk::Client;

use super::{
    ServerError, host,
    http::{self, Answer, Request},
};
use crate::model::credentials::Credentials;

impl Credentials {
    /// Returns the server and the user. `server` may be a whole user ID, which contains both.
    pub(super) fn server_and_user(&self) -> (&str, &str) {
        match self.server.split_once(':') {
            Some((user, server)) if user.starts_with('@') => {
                (server, if self.user.is_empty() { &self.server } else { &self.user })
            }
            _ => (&self.server, &self.user),
        }
    }
}

/// Sends a request to a homeserver, in nobody's name or with a token.
///
/// # Errors
///
/// [`ServerError`] for every answer but a success.
pub(super) async fn send(
    client: &Client,
    token: Option<&str>,
    request: Request,
) -> Result<Answer, ServerError> {
    let answer = http::send(client.http_client(), &client.homeserver(), token, request).await;
    answer.map_err(|kind| ServerError::new(&host(client.homeserver().as_str()), kind))
}
