//! The tokens of a session, and how a server hands them out.

use jiff::{SignedDuration, Timestamp};
use oauth2::{AccessToken, RefreshToken};
use serde::{Deserialize, Serialize};

use super::super::json::Object;

/// A renewal starts this long before the access token expires. It saves a failing request in each short command.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// The tokens of one session. `Debug` shows neither of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tokens {
    /// Authorizes requests.
    pub access_token: AccessToken,
    /// Renews the access token. A server that issues none issues access tokens that do not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<RefreshToken>,
    /// When to renew before the next request. A hint only, because clocks jump; the server's 401 decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_after: Option<Timestamp>,
}

/// A token response (RFC 6749, 5.1).
#[derive(Deserialize)]
struct TokenResponse {
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    expires_in: Option<f64>,
}

impl Tokens {
    /// Reads a token response. `None` when the body is something else.
    pub(super) fn from_response(body: &str, now: Timestamp) -> Option<Self> {
        let TokenResponse { access_token, refresh_token, expires_in } = serde_json::from_str(body).ok()?;
        if access_token.secret().is_empty() {
            return None;
        }
        let lifetime = expires_in.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
        Some(Self::new(access_token, refresh_token, lifetime, now))
    }

    /// Reads what `/login` and `/refresh` answer. `None` when the body is something else.
    pub(super) fn from_login(body: &str, now: Timestamp) -> Option<Self> {
        let answer = Object::parse(body)?;
        let access_token = answer.text("access_token").filter(|token| !token.is_empty())?;
        let refresh_token = answer.text("refresh_token").map(RefreshToken::new);
        let lifetime = answer.number("expires_in_ms").map(SignedDuration::from_millis);
        Some(Self::new(AccessToken::new(access_token), refresh_token, lifetime, now))
    }

    fn new(
        access_token: AccessToken,
        refresh_token: Option<RefreshToken>,
        lifetime: Option<SignedDuration>,
        now: Timestamp,
    ) -> Self {
        // A fifth of a short lifetime: with the whole margin each request would renew a token of 30 s.
        let renew_in = |lifetime: SignedDuration| lifetime - MARGIN.min(lifetime / 5);
        let renew_after = lifetime.and_then(|lifetime| now.checked_add(renew_in(lifetime)).ok());
        Self { access_token, refresh_token, renew_after }
    }

    /// Tokens that never expire, as pasted by the person.
    #[must_use]
    pub fn from_access_token(access_token: String) -> Self {
        Self { access_token: AccessToken::new(access_token), refresh_token: None, renew_after: None }
    }

    /// Keeps the previous refresh token where the response has none: it stays valid then.
    pub(super) fn replacing(mut self, previous: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&previous.refresh_token);
        }
        self
    }

    /// Whether to renew before the next request.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.refresh_token.is_some() && self.renew_after.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Tokens> {
        Tokens::from_response(body, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_token_is_renewed_30_seconds_early_and_a_short_lived_one_a_fifth_early() {
        for (expires_in, renew_after) in [("300", Some(270)), ("4", Some(3)), ("0", Some(0)), ("1e30", None)]
        {
            let body = format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{expires_in}}}"#);
            let tokens = read(&body).unwrap();
            assert_eq!(tokens.renew_after.map(Timestamp::as_second), renew_after, "{expires_in}");
        }
        assert_eq!(read(r#"{"access_token":"a"}"#).unwrap().renew_after, None);
    }

    #[test]
    fn tokens_of_the_homeserver_have_their_lifetime_in_milliseconds() {
        let read = |body: &str| Tokens::from_login(body, Timestamp::UNIX_EPOCH);
        let tokens = read(r#"{"access_token":"a","refresh_token":"r","expires_in_ms":300000}"#).unwrap();
        assert_eq!(tokens.renew_after.map(Timestamp::as_second), Some(270));
        let tokens = read(r#"{"access_token":"a","user_id":"@you:x"}"#).unwrap();
        assert_eq!((tokens.refresh_token, tokens.renew_after), (None, None));
        for body in ["<html>", "{}", r#"{"access_token":""}"#, r#"{"access_token":7}"#] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn a_token_without_a_refresh_token_is_never_due() {
        let tokens = read(r#"{"access_token":"a","expires_in":1}"#).unwrap();
        assert!(!tokens.is_due(Timestamp::MAX));
        let tokens = read(r#"{"access_token":"a","refresh_token":"r","expires_in":100}"#).unwrap();
        assert!(!tokens.is_due(Timestamp::from_second(69).unwrap()));
        assert!(tokens.is_due(Timestamp::from_second(80).unwrap()));
    }

    #[test]
    fn a_response_without_a_refresh_token_keeps_the_old_one() {
        let old = read(r#"{"access_token":"a","refresh_token":"r"}"#).unwrap();
        let new = read(r#"{"access_token":"b"}"#).unwrap().replacing(&old);
        assert_eq!(new.refresh_token, old.refresh_token);
        let newer = read(r#"{"access_token":"c","refresh_token":"s"}"#).unwrap().replacing(&new);
        assert_ne!(newer.refresh_token, old.refresh_token);
    }

    #[test]
    fn a_page_or_an_empty_token_is_no_token_response() {
        for body in ["<html>", "{}", r#"{"access_token":""}"#, r#"{"access_token":7}"#, ""] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let tokens =
            read(r#"{"access_token":"secret-a","refresh_token":"secret-r","expires_in":9}"#).unwrap();
        assert!(!format!("{tokens:?}").contains("secret"), "{tokens:?}");
    }
}
