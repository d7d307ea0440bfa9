//! How a server hands out the tokens of a session.

use jiff::{SignedDuration, Timestamp};
use oauth2::{AccessToken, RefreshToken};
use serde::Deserialize;

use super::super::json::Object;
use crate::model::session::Tokens;

/// A token response (RFC 6749, 5.1).
#[derive(Deserialize)]
struct TokenResponse {
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    expires_in: Option<f64>,
}

/// Reads a token response. `None` when the body is something else.
pub(super) fn from_response(body: &str, now: Timestamp) -> Option<Tokens> {
    let TokenResponse { access_token, refresh_token, expires_in } = serde_json::from_str(body).ok()?;
    if access_token.secret().is_empty() {
        return None;
    }
    let lifetime = expires_in.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    Some(Tokens::new(access_token, refresh_token, lifetime, now))
}

/// Reads what `/login` and `/refresh` answer. `None` when the body is something else.
pub(super) fn from_login(body: &str, now: Timestamp) -> Option<Tokens> {
    let answer = Object::parse(body)?;
    let access_token = answer.text("access_token").filter(|token| !token.is_empty())?;
    let refresh_token = answer.text("refresh_token").map(RefreshToken::new);
    let lifetime = answer.number("expires_in_ms").map(SignedDuration::from_millis);
    Some(Tokens::new(AccessToken::new(access_token), refresh_token, lifetime, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Tokens> {
        from_response(body, Timestamp::UNIX_EPOCH)
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
        let read = |body: &str| from_login(body, Timestamp::UNIX_EPOCH);
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
