//! Ending a session on the server.

use matrix_sdk::ruma::api::client::discovery::get_authorization_server_metadata::v1::AuthorizationServerMetadata;
use oauth2::ClientId;
use serde_json::json;

use super::{
    super::{
        ErrorKind,
        discovery::client_at,
        host,
        http::{Limits, Request},
        sign_in::send,
    },
    account::to_view,
    discovery::fetch_metadata,
    oauth::OAuthClient,
};
use crate::model::session::{SavedSession, SessionKind};

/// Why a session could not be ended. It may live on.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// The server cannot be reached, or refuses.
    #[error("{reason} To forget the session here all the same: whosin logout --forget.")]
    NotConfirmed {
        /// What happened, in a sentence.
        reason: String,
    },
    /// The token was pasted, and only the program that it is from can end its session.
    #[error(
        "the session of a pasted token can only be ended where it was made, or on the account page{}. To forget it here: whosin logout --forget.",
        account_page.as_ref().map(|page| format!(" {page}")).unwrap_or_default()
    )]
    NotOurs {
        /// The server's page for it, where it names one.
        account_page: Option<String>,
    },
    /// The token was pasted. Nothing was ended.
    #[error(
        "the token was pasted: it belongs to the session of another program, which would end too. To forget the token here alone: whosin logout --forget."
    )]
    OfAnotherProgram,
}

/// The errors with which a server says that the session has ended before. RFC 7009 wants 200 for that.
const ENDED: [&str; 2] = ["invalid_grant", "invalid_token"];

/// Ends a session on the server. One that has ended already counts as ended.
///
/// # Errors
///
/// [`SignOutError`], when the session may live on.
pub async fn sign_out(session: &SavedSession) -> Result<(), SignOutError> {
    match session.kind {
        SessionKind::Oauth => revoke(session).await,
        SessionKind::Token if has_ended(session).await? => Ok(()),
        SessionKind::Token => match metadata(session).await? {
            // /logout is not there, or answers as if the session had ended, and nothing has.
            Some(metadata) => {
                let account_page = to_view(&metadata, &session.device_id);
                Err(SignOutError::NotOurs { account_page })
            }
            None => Err(SignOutError::OfAnotherProgram),
        },
        SessionKind::Password | SessionKind::Sso => log_out(session).await,
    }
}

/// Ends the session that a pasted token is from, and with it that of the program that made it.
///
/// # Errors
///
/// [`SignOutError`], when the session may live on.
pub async fn sign_out_pasted(session: &SavedSession) -> Result<(), SignOutError> {
    log_out(session).await
}

/// Asks whether a session has ended, without ending it.
async fn has_ended(session: &SavedSession) -> Result<bool, SignOutError> {
    let client = client_at(&session.homeserver).await.map_err(|error| not_confirmed(&error))?;
    let request = Request::get(&["_matrix", "client", "v3", "account", "whoami"], Limits::SMALL);
    match send(&client, Some(session.tokens.access_token.secret()), request).await {
        Ok(_) => Ok(false),
        Err(error) if error.kind == ErrorKind::SignedOut => Ok(true),
        Err(error) => Err(not_confirmed(&error)),
    }
}

async fn log_out(session: &SavedSession) -> Result<(), SignOutError> {
    let client = client_at(&session.homeserver).await.map_err(|error| not_confirmed(&error))?;
    let request = Request::post(&["_matrix", "client", "v3", "logout"], json!({}), Limits::SMALL);
    match send(&client, Some(session.tokens.access_token.secret()), request).await {
        Err(error) if error.kind != ErrorKind::SignedOut => Err(not_confirmed(&error)),
        _ => Ok(()),
    }
}

/// Revokes the refresh token. The SDK revokes the access token, and only over https.
async fn revoke(session: &SavedSession) -> Result<(), SignOutError> {
    let server = host(&session.homeserver);
    let Some(metadata) = metadata(session).await? else {
        let reason = format!("{server} names no authorization server any more.");
        return Err(SignOutError::NotConfirmed { reason });
    };
    let client = client_at(&session.homeserver).await.map_err(|error| not_confirmed(&error))?;
    let client_id = ClientId::new(session.client_id.clone().unwrap_or_default());
    let answer = OAuthClient::registered(&client, metadata, client_id).revoke(&session.tokens).await;
    let reason = match answer {
        Ok(answer) if answer.status.is_success() => return Ok(()),
        Ok(answer) => match answer.oauth_error() {
            Some(error) if ENDED.contains(&&*error.error) => return Ok(()),
            Some(error) => format!("{server} does not end the session: {}.", error.description),
            None => format!("{server} does not end the session: HTTP {}.", answer.status.as_u16()),
        },
        Err(error) => {
            tracing::info!(?error, "revoking");
            format!("the sign-in server of {server} cannot be reached.")
        }
    };
    Err(SignOutError::NotConfirmed { reason })
}

async fn metadata(session: &SavedSession) -> Result<Option<AuthorizationServerMetadata>, SignOutError> {
    let client = client_at(&session.homeserver).await.map_err(|error| not_confirmed(&error))?;
    fetch_metadata(&client).await.map_err(|error| not_confirmed(&error))
}

fn not_confirmed(error: &dyn std::fmt::Display) -> SignOutError {
    SignOutError::NotConfirmed { reason: error.to_string() }
}
