//! Form posts to an OAuth 2.0 server, and the errors that it answers.

use matrix_sdk::reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::super::{
    ErrorKind,
    error::words,
    http::{self, Limits, Request},
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

impl Answer {
    /// The error that the body names, if it names one.
    pub(super) fn oauth_error(&self) -> Option<OAuthError> {
        #[derive(Deserialize)]
        struct Body {
            error: String,
            error_description: Option<String>,
        }
        let Body { error, error_description } = serde_json::from_str(&self.body).ok()?;
        let description = error_description.unwrap_or_else(|| error.clone());
        Some(OAuthError { error: words(&error), description: words(&description) })
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
        let long = error(&format!(r#"{{"error":"{}"}}"#, "x".repeat(2_000))).unwrap();
        assert!(crate::model::text::width(&long.error) <= 200);
    }

    #[test]
    fn a_page_is_no_oauth_error() {
        for body in ["<html>502", "{}", r#"{"errcode":"M_UNKNOWN"}"#, r#"{"error":7}"#, "[]"] {
            assert_eq!(error(body), None, "{body}");
        }
    }
}
