//! Renewing an access token, by OAuth 2.0 or by the homeserver (MSC2918).

use jiff::Timestamp;
use matrix_sdk::Client;
use oauth2::{ClientId, RefreshToken};
use serde_json::json;

use super::{
    super::{
        ErrorKind, ServerError, host,
        http::{Limits, Request},
        sign_in::send,
    },
    discovery::fetch_metadata,
    oauth::{OAuthClient, TokenAnswer},
    tokens::from_login,
};
use crate::model::{
    session::{SavedSession, SessionKind, Tokens, VaultError},
    text::Clean,
};

/// Why a session has no valid access token.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The server has ended the session.
    #[error(
        "{0} has ended this session: it was signed out elsewhere or has expired. Sign in again: whosin login."
    )]
    Ended(String),
    /// No verdict: the session may be fine. Try again later.
    #[error("{server} does not renew the session now: {}.", reason.trim_end_matches('.'))]
    Unavailable {
        /// The homeserver.
        server: String,
        /// What happened.
        reason: Clean,
    },
    /// The session cannot be read, or the new tokens cannot be saved. They are not used until they are.
    #[error("the session cannot be renewed: {0}")]
    Store(#[from] VaultError),
}

/// The verdicts of a token endpoint. Everything else is none.
const VERDICTS: [&str; 3] = ["invalid_grant", "invalid_client", "unauthorized_client"];

/// Asks for new tokens once. Nothing is saved or used yet.
pub(super) async fn refresh(client: &Client, session: &SavedSession) -> Result<Tokens, RenewalError> {
    let server = host(&session.homeserver);
    let Some(refresh_token) = &session.tokens.refresh_token else {
        return Err(RenewalError::Ended(server));
    };
    tracing::info!(kind = ?session.kind, "renewing the access token");
    let tokens = match (session.kind, &session.client_id) {
        (SessionKind::Oauth, Some(id)) => by_oauth(client, ClientId::new(id.clone()), refresh_token).await,
        _ => by_homeserver(client, refresh_token).await,
    };
    tokens.map(|tokens| tokens.replacing(&session.tokens))
}

async fn by_oauth(
    client: &Client,
    client_id: ClientId,
    refresh_token: &RefreshToken,
) -> Result<Tokens, RenewalError> {
    let server = host(client.homeserver().as_str());
    let unavailable = |reason: Clean| RenewalError::Unavailable { server: server.clone(), reason };
    let metadata = fetch_metadata(client).await.map_err(|error| unavailable(error.to_string().into()))?;
    let metadata = metadata.ok_or_else(|| unavailable("it names no authorization server".into()))?;
    let oauth = OAuthClient::registered(client, metadata, client_id);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.secret())];
    match oauth.token(&fields).await {
        Ok(TokenAnswer::Granted(tokens)) => Ok(tokens.claim()),
        Ok(TokenAnswer::Other(answer)) => match answer.oauth_error() {
            Some(error) if VERDICTS.contains(&&*error.error) => {
                tracing::warn!(error = %error.error, "the authorization server has ended the session");
                Err(RenewalError::Ended(server))
            }
            Some(error) => Err(unavailable(error.description)),
            None => Err(unavailable(format!("HTTP {}", answer.status.as_u16()).into())),
        },
        Err(error) => {
            tracing::info!(?error, "renewing");
            Err(unavailable("the connection to its authorization server failed".into()))
        }
    }
}

async fn by_homeserver(client: &Client, refresh_token: &RefreshToken) -> Result<Tokens, RenewalError> {
    let server = host(client.homeserver().as_str());
    let body = json!({ "refresh_token": refresh_token.secret() });
    let request = Request::post(&["_matrix", "client", "v3", "refresh"], body, Limits::TOKEN);
    match send(client, None, request).await {
        Ok(answer) => from_login(&answer.body, Timestamp::now()).ok_or_else(|| {
            let reason = ServerError::new(&server, ErrorKind::ProtocolError).to_string().into();
            RenewalError::Unavailable { server, reason }
        }),
        Err(error) if is_verdict(&error.kind) => {
            tracing::warn!("the homeserver has ended the session");
            Err(RenewalError::Ended(server))
        }
        Err(error) => Err(RenewalError::Unavailable { server, reason: error.to_string().into() }),
    }
}

/// Returns whether the homeserver itself refuses the refresh token. Without an errcode a proxy's 403 is no verdict.
fn is_verdict(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::SignedOut => true,
        ErrorKind::Refused { status: 401 | 403, errcode, .. } => !errcode.is_empty(),
        _ => false,
    }
}
