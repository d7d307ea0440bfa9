//! Error responses of the Matrix API, in the words of Synapse.

use std::time::Duration;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// An HTTP status and the body of an error.
#[derive(Debug)]
pub struct ApiError(StatusCode, Value);

impl ApiError {
    pub fn new(status: StatusCode, errcode: &str, error: &str) -> Self {
        Self(status, json!({ "errcode": errcode, "error": error }))
    }

    pub fn bad_request(errcode: &str, error: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, errcode, error)
    }

    pub fn forbidden(error: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "M_FORBIDDEN", error)
    }

    pub fn not_found(error: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "M_NOT_FOUND", error)
    }

    pub fn unrecognized(status: StatusCode) -> Self {
        Self::new(status, "M_UNRECOGNIZED", "Unrecognized request")
    }

    pub fn not_json() -> Self {
        Self::bad_request("M_NOT_JSON", "Content not JSON.")
    }

    pub fn unknown_token() -> Self {
        let mut error =
            Self::new(StatusCode::UNAUTHORIZED, "M_UNKNOWN_TOKEN", "Invalid access token passed.");
        error.1["soft_logout"] = false.into();
        error
    }

    /// Returns the rate limit. Synapse sends no `Retry-After` header with it. Rounded up, so that the wait is long
    /// enough.
    pub fn limit_exceeded(retry_after: Duration) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "M_LIMIT_EXCEEDED", "Too many requests");
        error.1["retry_after_ms"] =
            u64::try_from(retry_after.as_micros().div_ceil(1000)).unwrap_or(u64::MAX).into();
        error
    }

    pub fn status(&self) -> u16 {
        self.0.as_u16()
    }

    pub fn body(&self) -> String {
        self.1.to_string()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}
