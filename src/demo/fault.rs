//! Answers that tests put in place of the homeserver's own.

use std::time::Duration;

use serde_json::Value;

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
    /// The homeserver's own answer, with these members in place of its own.
    Altered(Value),
    /// A `/sync` answer without changes.
    Nothing,
    /// No answer, on an open connection.
    Never,
    Instead {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Body,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Whole(Vec<u8>),
    /// These bytes again and again, without an end.
    Endless(Vec<u8>),
}

impl Answer {
    /// Returns an answer with this status and body. The content type is JSON whatever the body is.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::typed(status, "application/json", Body::Whole(body.into()))
    }

    /// Returns a 200 whose body has no end: these bytes again and again.
    #[must_use]
    pub fn endless(bytes: impl Into<Vec<u8>>) -> Self {
        Self::typed(200, "application/json", Body::Endless(bytes.into()))
    }

    /// Returns a redirect with this status.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "moved").with_header("location", location)
    }

    /// Returns the homeserver's own answer, with other or more members. Objects are merged.
    #[must_use]
    pub fn altered(members: Value) -> Self {
        Self { content: Content::Altered(members), ..Self::default() }
    }

    /// Returns no answer at all: the request hangs.
    #[must_use]
    pub fn never() -> Self {
        Self { content: Content::Never, ..Self::default() }
    }

    /// Adds a header to an answer of its own.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Content::Instead { headers, .. } = &mut self.content {
            headers.push((name, value.to_owned()));
        }
        self
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
        Self::typed(502, "text/html", Body::Whole(page.into()))
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

    fn typed(status: u16, content_type: &str, body: Body) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { content: Content::Instead { status, headers, body }, ..Self::default() }
    }
}
