//! whosin as a registered client of an authorization server.

use std::sync::Arc;

use jiff::Timestamp;
use matrix_sdk::{
    Client,
    reqwest::{self, Url},
    ruma::{
        DeviceId, api::client::discovery::get_authorization_server_metadata::v1::AuthorizationServerMetadata,
    },
};
use oauth2::ClientId;
use tokio::runtime::Handle;

use super::{
    super::{ErrorKind, host},
    error::SignInError,
    form::{self, Answer},
    registration::register,
    tokens::from_response,
};
use crate::model::session::Tokens;

/// A registered client. Cloning it is cheap enough for each request.
#[derive(Clone)]
pub(super) struct OAuthClient {
    http: reqwest::Client,
    /// The homeserver's host, for sentences.
    pub server: String,
    pub metadata: Arc<AuthorizationServerMetadata>,
    pub client_id: ClientId,
}

impl OAuthClient {
    /// Registers whosin anew, as each sign-in does: servers may forget clients.
    pub(super) async fn register(
        client: &Client,
        metadata: &AuthorizationServerMetadata,
    ) -> Result<Self, SignInError> {
        let server = host(client.homeserver().as_str());
        let client_id = register(client.http_client(), &server, metadata).await?;
        Ok(Self::registered(client, metadata.clone(), client_id))
    }

    /// Returns the client that a saved session was made with.
    pub(super) fn registered(
        client: &Client,
        metadata: AuthorizationServerMetadata,
        client_id: ClientId,
    ) -> Self {
        let server = host(client.homeserver().as_str());
        Self { http: client.http_client().clone(), server, metadata: Arc::new(metadata), client_id }
    }

    /// Posts a form that names this client.
    pub(super) async fn post(&self, url: &Url, fields: &[(&str, &str)]) -> Result<Answer, ErrorKind> {
        let fields = [fields, &[("client_id", self.client_id.as_str())]].concat();
        form::post(&self.http, url, &fields).await
    }

    /// Asks the token endpoint once.
    pub(super) async fn token(&self, fields: &[(&str, &str)]) -> Result<TokenAnswer, ErrorKind> {
        let answer = self.post(&self.metadata.token_endpoint, fields).await?;
        let granted = answer.status.is_success().then(|| from_response(&answer.body, Timestamp::now()));
        Ok(match granted.flatten() {
            Some(tokens) => {
                TokenAnswer::Granted(UnclaimedTokens { tokens: Some(tokens), oauth: self.clone() })
            }
            None => TokenAnswer::Other(answer),
        })
    }

    /// Ends the session of these tokens.
    ///
    /// Revokes the refresh token: MAS answers 200 to an expired access token, and the session lives on.
    pub(super) async fn revoke(&self, tokens: &Tokens) -> Result<Answer, ErrorKind> {
        let (token, hint) = match &tokens.refresh_token {
            Some(token) => (token.secret(), "refresh_token"),
            None => (tokens.access_token.secret(), "access_token"),
        };
        let fields = [("token", token.as_str()), ("token_type_hint", hint)];
        self.post(&self.metadata.revocation_endpoint, &fields).await
    }
}

/// Returns the scope of a session with this device. The stable names only: MAS refuses a mixture.
pub(super) fn scope(device_id: &DeviceId) -> String {
    format!("urn:matrix:client:api:* urn:matrix:client:device:{device_id}")
}

/// What the token endpoint answers.
pub(super) enum TokenAnswer {
    Granted(UnclaimedTokens),
    /// An error, or something that is no token response.
    Other(Answer),
}

/// Tokens that nobody has taken yet. Dropping them ends their session, so that a cancelled sign-in leaves none behind.
pub(super) struct UnclaimedTokens {
    tokens: Option<Tokens>,
    oauth: OAuthClient,
}

impl UnclaimedTokens {
    pub(super) fn tokens(&self) -> &Tokens {
        self.tokens.as_ref().expect("not claimed yet")
    }

    /// Takes the tokens: from here on their session is somebody's.
    pub(super) fn claim(mut self) -> Tokens {
        self.tokens.take().expect("not claimed yet")
    }

    /// Ends the session now, and waits for it.
    pub(super) async fn revoke(self) {
        let oauth = self.oauth.clone();
        let _ = oauth.revoke(&self.claim()).await;
    }
}

impl Drop for UnclaimedTokens {
    fn drop(&mut self) {
        if let (Some(tokens), Ok(runtime)) = (self.tokens.take(), Handle::try_current()) {
            tracing::info!("ending a session that nobody waits for any more");
            let oauth = self.oauth.clone();
            runtime.spawn(async move { oauth.revoke(&tokens).await });
        }
    }
}
