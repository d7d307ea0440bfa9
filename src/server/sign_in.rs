//! Signing in with a password or a token, and resuming a saved session.

use std::sync::Arc;

use matrix_sdk::Client;

use super::{
    ServerError, Session,
    auth::{self, AuthorizedClient},
    discovery::find,
    host,
    http::{self, Answer, Request},
};
use crate::model::{
    credentials::Credentials,
    event::Account,
    session::{SavedSession, SessionVault},
};

impl Session {
    /// Signs in as a new device, or with a token as the device that it belongs to. Nothing is saved.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server is not found or refuses.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, ServerError> {
        let (server, user) = credentials.server_and_user();
        let client = find(server).await?;
        let session = auth::sign_in_with(&client, user, &credentials.secret).await?;
        Self::restore(session, None).await
    }

    /// Resumes a saved session without asking the server: the first request shows whether it is still valid.
    /// Renewed tokens go to the store, or end with the program.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when the saved address is none.
    pub async fn restore(
        session: SavedSession,
        store: Option<Arc<dyn SessionVault>>,
    ) -> Result<Self, ServerError> {
        let account = Account {
            user_id: session.user_id.clone(),
            homeserver: session.homeserver.clone(),
            device_id: session.device_id.to_string(),
        };
        let client = AuthorizedClient::new(session, store).await?;
        Ok(Self { client, account: Arc::new(account) })
    }
}

impl Credentials {
    /// Returns the server and the user. `server` may be a whole user ID, which contains both.
    fn server_and_user(&self) -> (&str, &str) {
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
