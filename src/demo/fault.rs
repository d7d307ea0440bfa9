//! Answers that tests put in place of the homeserver's own.

use std::time::Duration;

use super::api_error::ApiError;

/// A replacement for the homeserver's answer. By default it is the homeserver's own answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(super) delay: Duration,
    pub(super) content: Content,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    /// The homeserver's own answer.
    #[default]
    Real,
    /// A `/sync` answer without changes.
    Nothing,
    Instead {
        status: u16,
        content_type: &'static str,
        body: String,
    },
}

impl Answer {
    /// Returns an answer with this status and body. The content type is JSON whatever the body is.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "application/json", body.into())
    }

    /// Returns an immediate `/sync` answer without changes: its `next_batch` is the request's `since`.
    #[must_use]
    pub fn nothing() -> Self {
        Self { content: Content::Nothing, ..Self::default() }
    }

    /// Returns a 200 with JSON that is cut off.
    #[must_use]
    pub fn truncated() -> Self {
        Self::new(200, r#"{"next_batch":"s1","presence":{"events":[{"type":"m.pres"#)
    }

    /// Returns a 502 with an HTML page, as a reverse proxy sends it while the homeserver is down.
    #[must_use]
    pub fn bad_gateway() -> Self {
        let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
        Self::typed(502, "text/html", page.to_owned())
    }

    /// Returns 429 `M_LIMIT_EXCEEDED` with `retry_after_ms` in the body and no header, as Synapse does.
    #[must_use]
    pub fn limit_exceeded(retry_after: Duration) -> Self {
        Self::refuse(&ApiError::limit_exceeded(retry_after))
    }

    /// Returns 401 `M_UNKNOWN_TOKEN`.
    #[must_use]
    pub fn unknown_token() -> Self {
        Self::refuse(&ApiError::unknown_token())
    }

    /// Returns the homeserver's own answer after a delay.
    #[must_use]
    pub fn late(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Delays the answer.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    fn refuse(refusal: &ApiError) -> Self {
        Self::new(refusal.status(), refusal.body())
    }

    fn typed(status: u16, content_type: &'static str, body: String) -> Self {
        Self { content: Content::Instead { status, content_type, body }, ..Self::default() }
    }
}
