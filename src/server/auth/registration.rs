//! Dynamic client registration (RFC 7591), which precedes each sign-in by OAuth 2.0.

use matrix_sdk::ruma::api::client::discovery::get_authorization_server_metadata::v1::AuthorizationServerMetadata;
use oauth2::ClientId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::http::{Limits, Request},
    error::SignInError,
    form,
};

/// The page that servers show as whosin's. All of them want https and a host that is not loopback.
const CLIENT_URI: &str = env!("CARGO_PKG_HOMEPAGE");

/// The grant type of RFC 8628.
pub(super) const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Returns what whosin registers as.
///
/// Each field is some server's rule. tuwunel wants the code grant and a redirect URI even for the device grant, and no
/// port in it; MAS and continuwuity want a `client_uri`. Other URIs would have to be on its host.
fn metadata() -> Value {
    json!({
        "client_name": "whosin",
        "client_uri": CLIENT_URI,
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE_GRANT],
    })
}

/// Registers whosin at an authorization server.
///
/// # Errors
///
/// [`SignInError::NoRegistration`], [`SignInError::RegistrationRefused`] or [`SignInError::Unreachable`].
pub(super) async fn register(
    http: &matrix_sdk::reqwest::Client,
    server: &str,
    authorization_server: &AuthorizationServerMetadata,
) -> Result<ClientId, SignInError> {
    let Some(url) = &authorization_server.registration_endpoint else {
        return Err(SignInError::NoRegistration { server: server.to_owned() });
    };
    let request = Request::post(&[], metadata(), Limits::TOKEN);
    let answer = form::send(http, url, request).await;
    let answer = answer.map_err(|error| SignInError::unreachable(server, &error))?;
    if answer.status.is_success()
        && let Some(client_id) = read_client(&answer.body)
    {
        return Ok(client_id);
    }
    let reason = match answer.oauth_error() {
        Some(error) => error.description,
        None => format!("HTTP {}", answer.status.as_u16()).into(),
    };
    Err(SignInError::RegistrationRefused { server: server.to_owned(), reason })
}

/// Parses the answer to a registration. `None`: it names no client.
pub(super) fn read_client(body: &str) -> Option<ClientId> {
    #[derive(Deserialize)]
    struct Registered {
        client_id: ClientId,
    }
    serde_json::from_str(body).ok().map(|Registered { client_id }| client_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registration_keeps_the_rules_of_every_server() {
        let metadata = metadata();
        let uri = metadata["client_uri"].as_str().unwrap();
        assert!(uri.starts_with("https://") && !uri.contains("localhost"), "{uri}");
        for redirect in metadata["redirect_uris"].as_array().unwrap() {
            let redirect = matrix_sdk::reqwest::Url::parse(redirect.as_str().unwrap()).unwrap();
            assert_eq!((redirect.scheme(), redirect.port()), ("http", None));
        }
        for grant in ["authorization_code", "refresh_token", DEVICE_CODE_GRANT] {
            assert!(metadata["grant_types"].as_array().unwrap().contains(&json!(grant)), "{grant}");
        }
        for foreign in ["logo_uri", "tos_uri", "policy_uri"] {
            assert_eq!(metadata.get(foreign), None);
        }
    }
}
