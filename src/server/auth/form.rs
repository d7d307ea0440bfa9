//! Form posts to an OAuth 2.0 server, and the errors that it answers.

use matrix_sdk::reqwest::{Client, StatusCode, Url};

use super::super::{
    ErrorKind,
    error::words,
    http::{self, Limits, Request},
    json::Object,
};
use crate::model::text::Clean;

/// What a server answered.
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: String,
}

/// An error response of OAuth 2.0 (RFC 6749, 5.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct OAuthError {
    pub error: Clean,
    pub description: Clean,
}

impl OAuthError {
    /// Cleans an error. `None`: it shows nothing. A description that shows nothing is none.
    pub(super) fn new(error: &str, description: Option<&str>) -> Option<Self> {
        let error = Some(words(error)).filter(|error| !error.is_empty())?;
        let description = description.map(words).filter(|description| !description.is_empty());
        Some(Self { description: description.unwrap_or_else(|| error.clone()), error })
    }
}

impl Answer {
    /// Returns the error that the body names, if it names one.
    pub(super) fn oauth_error(&self) -> Option<OAuthError> {
        let body = Object::parse(&self.body)?;
        OAuthError::new(&body.text("error")?, body.text("error_description").as_deref())
    }
}

/// Posts a form. The fields hold secrets, so an error never repeats them.
pub(super) async fn post(http: &Client, url: &Url, fields: &[(&str, &str)]) -> Result<Answer, ErrorKind> {
    send(http, url, Request::form(fields, Limits::TOKEN)).await
}

/// Sends a request to this address.
pub(super) async fn send(http: &Client, url: &Url, request: Request) -> Result<Answer, ErrorKind> {
    let response = http::respond(http, url, None, request).await?;
    Ok(Answer { status: response.status, body: response.body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(body: &str) -> Option<OAuthError> {
        Answer { status: StatusCode::BAD_REQUEST, body: body.into() }.oauth_error()
    }

    #[test]
    fn an_error_is_read_with_its_description_and_cleaned() {
        let read = error(r#"{"error":"invalid_grant","error_description":"\u001b[31mno\u202e"}"#).unwrap();
        assert_eq!((&*read.error, &*read.description), ("invalid_grant", "no"));
        let read = error(r#"{"error":"access_denied"}"#).unwrap();
        assert_eq!(read.description, "access_denied");
        for nothing in [r#""\u202e\u3164""#, r#""""#, "7", "null"] {
            let read =
                error(&format!(r#"{{"error":"access_denied","error_description":{nothing}}}"#)).unwrap();
            assert_eq!(read.description, "access_denied", "{nothing}");
        }
        let long = error(&format!(r#"{{"error":"{}"}}"#, "x".repeat(2_000))).unwrap();
        assert!(crate::model::text::width(&long.error) <= 200);
    }

    #[test]
    fn a_page_is_no_oauth_error() {
        for body in
            ["<html>502", "{}", r#"{"errcode":"M_UNKNOWN"}"#, r#"{"error":7}"#, r#"{"error":"\u3164"}"#, "[]"]
        {
            assert_eq!(error(body), None, "{body}");
        }
    }
}
