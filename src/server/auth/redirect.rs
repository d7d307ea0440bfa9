//! The address with which a browser comes back, opened by itself or pasted by the person.

use matrix_sdk::reqwest::Url;
use oauth2::CsrfToken;

use super::form::OAuthError;

/// Why an address does not finish the sign-in. The sign-in waits on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RedirectError {
    /// It belongs to another sign-in, or somebody else made it.
    #[error("this address is of another sign-in. Copy the one that the browser shows now.")]
    OtherSignIn,
    /// There is nothing in it.
    #[error("this address has no sign-in code in it. Copy all of it from the browser's address bar.")]
    NoCode,
}

/// What the browser brings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Return {
    /// The authorization code or the login token: a secret.
    Secret(Secret),
    /// The server's refusal.
    Refused(OAuthError),
}

/// A code or login token, which `Debug` does not show.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// What the address of this sign-in looks like.
pub(super) struct Expected {
    /// `code` or `loginToken`.
    pub parameter: &'static str,
    pub state: CsrfToken,
    /// The authorization server, which may name itself (RFC 9207).
    pub issuer: Option<Url>,
}

impl Expected {
    /// Reads the query of an address.
    pub(super) fn read(&self, query: &str) -> Result<Return, RedirectError> {
        let url = Url::parse(&format!("query:/?{query}")).map_err(|_| RedirectError::NoCode)?;
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        let (secret, error) = (value(self.parameter), value("error"));
        if secret.is_none() && error.is_none() {
            return Err(RedirectError::NoCode);
        }
        // One of a mixed-up server is not ours either.
        let other_issuer = match (&self.issuer, value("iss")) {
            (Some(issuer), Some(named)) => Url::parse(&named).ok().as_ref() != Some(issuer),
            _ => false,
        };
        if other_issuer || value("state").as_deref() != Some(self.state.secret()) {
            return Err(RedirectError::OtherSignIn);
        }
        match (secret, error) {
            (_, Some(error)) => {
                let error = OAuthError::new(&error, value("error_description").as_deref());
                error.map(Return::Refused).ok_or(RedirectError::NoCode)
            }
            (Some(secret), None) if !secret.is_empty() => Ok(Return::Secret(Secret(secret.into_owned()))),
            _ => Err(RedirectError::NoCode),
        }
    }

    /// Reads what the person pasted: an address, its query, or a login token alone, with blanks and line breaks inside.
    pub(super) fn read_pasted(&self, text: &str) -> Result<Return, RedirectError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let text = text.split('#').next().unwrap_or_default();
        if self.parameter == "loginToken" && !text.is_empty() && !text.contains(['=', '?', '/']) {
            // It has no state, but the person chose it, and the server takes it once.
            return Ok(Return::Secret(Secret(text.to_owned())));
        }
        self.read(text.split_once('?').map_or(text, |(_, query)| query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(parameter: &'static str) -> Expected {
        let issuer = Url::parse("https://auth.example.org").ok();
        Expected { parameter, state: CsrfToken::new("our-state".to_owned()), issuer }
    }

    fn secret(text: &str) -> Return {
        Return::Secret(Secret(text.to_owned()))
    }

    #[test]
    fn an_address_is_read_whole_as_a_query_and_with_line_breaks() {
        let expected = expected("code");
        for pasted in [
            "http://127.0.0.1:4000/callback?code=c0de&state=our-state",
            "  http://127.0.0.1:4000/callback?co\r\n  de=c0de&state=our\n-state#_=_ ",
            "?code=c0de&state=our-state&iss=https%3A%2F%2Fauth.example.org%2F",
            "state=our-state&code=c0de&iss=https://auth.example.org",
        ] {
            assert_eq!(expected.read_pasted(pasted), Ok(secret("c0de")), "{pasted}");
        }
    }

    #[test]
    fn a_bare_login_token_is_taken_and_a_bare_code_is_not() {
        assert_eq!(expected("loginToken").read_pasted(" tok\nen "), Ok(secret("token")));
        assert_eq!(expected("code").read_pasted("c0de"), Err(RedirectError::NoCode));
    }

    #[test]
    fn another_state_or_issuer_is_refused() {
        for query in [
            "code=c0de",
            "code=c0de&state=other",
            "code=c0de&state=our-state&iss=https://evil.example",
            "error=access_denied",
        ] {
            assert_eq!(expected("code").read(query), Err(RedirectError::OtherSignIn), "{query}");
        }
        let token = "loginToken=t&state=other";
        assert_eq!(expected("loginToken").read_pasted(token), Err(RedirectError::OtherSignIn));
    }

    #[test]
    fn an_address_without_a_code_is_named() {
        for text in ["", "http://127.0.0.1/callback", "state=our-state", "code=&state=our-state", "hello"] {
            assert_eq!(expected("code").read_pasted(text), Err(RedirectError::NoCode), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_read_with_clean_words() {
        let query = "error=access_denied&error_description=%1b%5b31mno&state=our-state";
        let Ok(Return::Refused(error)) = expected("code").read(query) else { panic!("no refusal") };
        assert_eq!((&*error.error, &*error.description), ("access_denied", "no"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let read = expected("code").read("code=c0de&state=our-state");
        assert!(!format!("{read:?}").contains("c0de"));
    }
}
