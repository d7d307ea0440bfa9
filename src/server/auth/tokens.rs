//! How a server hands out the tokens of a session.

use jiff::{SignedDuration, Timestamp};
use oauth2::{AccessToken, RefreshToken};

use super::super::json::Object;
use crate::model::session::Tokens;

/// Reads a token response (RFC 6749, 5.1). `None` when the body is something else.
pub(super) fn from_response(body: &str, now: Timestamp) -> Option<Tokens> {
    read(body, now, |answer| answer.numeral("expires_in").map(SignedDuration::from_secs))
}

/// Reads what `/login` and `/refresh` answer. `None` when the body is something else.
pub(super) fn from_login(body: &str, now: Timestamp) -> Option<Tokens> {
    read(body, now, |answer| answer.numeral("expires_in_ms").map(SignedDuration::from_millis))
}

/// Reads each member by itself. An odd lifetime must not cost the tokens, because some servers take a refresh token
/// once.
fn read(
    body: &str,
    now: Timestamp,
    lifetime: impl FnOnce(&Object<'_>) -> Option<SignedDuration>,
) -> Option<Tokens> {
    let answer = Object::parse(body)?;
    let token = |name| answer.text(name).filter(|token| is_token(token));
    let access_token = AccessToken::new(token("access_token")?);
    let refresh_token = token("refresh_token").map(RefreshToken::new);
    // A token that has never lived would be renewed before each request. The server's 401 decides about it.
    let lifetime = lifetime(&answer).filter(SignedDuration::is_positive);
    Some(Tokens::new(access_token, refresh_token, lifetime, now))
}

/// Returns whether a text can be a token (RFC 6749, A.12 and A.17). Others cannot be sent in a header.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Tokens> {
        from_response(body, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_token_is_renewed_30_seconds_early_and_a_short_lived_one_a_fifth_early() {
        for (expires_in, renew_after) in [("300", Some(270)), ("4", Some(3)), ("1e30", None)] {
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
    fn an_odd_member_costs_neither_the_tokens_nor_the_server_its_rest() {
        for (member, renew_after) in [
            (r#""expires_in":"300""#, Some(270)),
            (r#""expires_in":300.9"#, Some(270)),
            (r#""expires_in":"soon""#, None),
            (r#""expires_in":null"#, None),
            (r#""expires_in":[]"#, None),
            (r#""expires_in":true"#, None),
            (r#""expires_in":0"#, None),
            (r#""expires_in":-1e18"#, None),
            (r#""token_type":{},"scope":[null],"id_token":"\ud800""#, None),
        ] {
            let tokens =
                read(&format!(r#"{{"access_token":"a","refresh_token":"r",{member}}}"#)).expect(member);
            assert_eq!(tokens.renew_after.map(Timestamp::as_second), renew_after, "{member}");
            assert!(tokens.refresh_token.is_some(), "{member}");
        }
        let old = read(r#"{"access_token":"a","refresh_token":"r"}"#).unwrap();
        for odd in ["7", "null", r#""""#, r#""a\nb""#, r#""\u202e""#] {
            let new = read(&format!(r#"{{"access_token":"b","refresh_token":{odd}}}"#)).expect(odd);
            assert_eq!(new.replacing(&old).refresh_token, old.refresh_token, "{odd}");
        }
    }

    #[test]
    fn a_page_or_what_cannot_be_a_token_is_no_token_response() {
        for body in [
            "<html>",
            "{}",
            "",
            "[]",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a\nb"}"#,
            r#"{"access_token":"\u001b[31m"}"#,
            r#"{"access_token":"\u202e"}"#,
        ] {
            assert_eq!(read(body), None, "{body}");
            assert_eq!(from_login(body, Timestamp::UNIX_EPOCH), None, "{body}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let tokens =
            read(r#"{"access_token":"secret-a","refresh_token":"secret-r","expires_in":9}"#).unwrap();
        assert!(!format!("{tokens:?}").contains("secret"), "{tokens:?}");
    }
}
