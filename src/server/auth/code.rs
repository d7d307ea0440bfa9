//! The authorization code grant with PKCE (RFC 6749, 4.1; RFC 7636): a browser on this machine.

use std::{sync::Arc, time::Duration};

use matrix_sdk::{reqwest::Url, ruma::DeviceId};
use oauth2::{CsrfToken, PkceCodeChallenge};
use tokio::{select, sync::mpsc, time::sleep};

use super::{
    error::SignInError,
    flow::Progress,
    listener::Listener,
    oauth::{OAuthClient, TokenAnswer, UnclaimedTokens, scope},
    redirect::{Expected, Return, Secret},
};

/// How long to wait for the browser. A code lives for ten minutes at most. The browser shows a wrong redirect, and
/// nobody tells us.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);

/// How a sign-in talks to its front end.
pub(super) struct Dialogue {
    /// How long to wait for the browser.
    pub patience: Duration,
    pub progress: mpsc::Sender<Progress>,
    /// Addresses that the person pastes.
    pub pasted: mpsc::Receiver<String>,
}

/// Signs in by a browser.
///
/// # Errors
///
/// [`SignInError::Denied`], [`SignInError::TimedOut`], [`SignInError::Refused`], or why it cannot begin.
pub(super) async fn run(
    oauth: &OAuthClient,
    device_id: &DeviceId,
    user_hint: Option<&str>,
    dialogue: &mut Dialogue,
) -> Result<UnclaimedTokens, SignInError> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let state = CsrfToken::new_random();
    let issuer = Some(oauth.metadata.issuer.clone());
    let expected = Expected { parameter: "code", state: state.clone(), issuer };
    let scope = scope(device_id);
    let address = |redirect_uri: &Url| {
        let mut url = oauth.metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("client_id", oauth.client_id.as_str())
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &scope)
            .append_pair("state", state.secret())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        if let Some(user) = user_hint {
            // MSC4198.
            url.query_pairs_mut().append_pair("login_hint", &format!("mxid:{user}"));
        }
        url
    };
    let (Secret(code), redirect_uri) = visit(&oauth.server, expected, address, dialogue).await?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", verifier.secret()),
    ];
    match oauth.token(&fields).await.map_err(|error| SignInError::unreachable(&oauth.server, &error))? {
        TokenAnswer::Granted(tokens) => Ok(tokens),
        TokenAnswer::Other(answer) => {
            let server = oauth.server.clone();
            let reason = format!("HTTP {}", answer.status.as_u16()).into();
            let refusal = answer.oauth_error().map(|error| SignInError::refused(&server, error));
            Err(refusal.unwrap_or(SignInError::Unreachable { server, reason }))
        }
    }
}

/// Sends the person to an address, and waits for the browser to come back or for its address to be pasted.
///
/// # Errors
///
/// [`SignInError::Listener`], [`SignInError::TimedOut`], or the server's refusal.
pub(super) async fn visit(
    server: &str,
    expected: Expected,
    address: impl FnOnce(&Url) -> Url,
    dialogue: &mut Dialogue,
) -> Result<(Secret, Url), SignInError> {
    let expected = Arc::new(expected);
    let mut listener = Listener::open(expected.clone()).await.map_err(SignInError::Listener)?;
    let redirect_uri = listener.redirect_uri.clone();
    let _ = dialogue.progress.send(Progress::Address(address(&redirect_uri).to_string())).await;
    let waited = sleep(dialogue.patience);
    tokio::pin!(waited);
    let found = loop {
        select! {
            found = listener.next() => break found,
            Some(text) = dialogue.pasted.recv() => match expected.read_pasted(&text) {
                Ok(found) => break found,
                Err(error) => {
                    let _ = dialogue.progress.send(Progress::PasteRefused(error)).await;
                }
            },
            () = &mut waited => return Err(SignInError::TimedOut),
        }
    };
    listener.close().await;
    match found {
        Return::Secret(secret) => Ok((secret, redirect_uri)),
        Return::Refused(error) => Err(SignInError::refused(server, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_browser_that_nobody_comes_back_from_ends_with_what_to_do() {
        let ((progress, _shown), (_paste, pasted)) = (mpsc::channel(1), mpsc::channel(1));
        let mut dialogue = Dialogue { patience: Duration::ZERO, progress, pasted };
        let expected = Expected { parameter: "code", state: CsrfToken::new_random(), issuer: None };
        let Err(error) = visit("example.org", expected, Url::clone, &mut dialogue).await else {
            panic!("nobody comes")
        };
        assert!(matches!(error, SignInError::TimedOut), "{error}");
        assert!(error.to_string().contains("whosin login --device"), "{error}");
    }
}
