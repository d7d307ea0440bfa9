//! The false answers that tests order.

use std::time::Duration;

use super::api_error::ApiError;

/// How to answer a request otherwise than the homeserver would. The default is its own answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(super) delay: Duration,
    pub(super) content: Content,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    /// The homeserver's own.
    #[default]
    Real,
    /// A `/sync` in which nothing happened.
    Nothing,
    Instead {
        status: u16,
        content_type: &'static str,
        body: String,
    },
}

impl Answer {
    /// This status and, as JSON, this body, whatever it is.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "application/json", body.into())
    }

    /// A `/sync` answered at once with nothing in it: its `next_batch` is the request's `since`.
    #[must_use]
    pub fn nothing() -> Self {
        Self { content: Content::Nothing, ..Self::default() }
    }

    /// JSON that ends in the middle, under a 200.
    #[must_use]
    pub fn truncated() -> Self {
        Self::new(200, r#"{"next_batch":"s1","presence":{"events":[{"type":"m.pres"#)
    }

    /// 502 and a page for people, as a reverse proxy sends it while the homeserver is down.
    #[must_use]
    pub fn bad_gateway() -> Self {
        let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
        Self::typed(502, "text/html", page.to_owned())
    }

    /// 429 `M_LIMIT_EXCEEDED`, which says in its body only how long to wait.
    #[must_use]
    pub fn limit_exceeded(retry_after: Duration) -> Self {
        Self::refuse(&ApiError::limit_exceeded(retry_after))
    }

    /// 401 `M_UNKNOWN_TOKEN`.
    #[must_use]
    pub fn unknown_token() -> Self {
        Self::refuse(&ApiError::unknown_token())
    }

    /// The homeserver's own answer, late.
    #[must_use]
    pub fn late(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// The same answer, after a while.
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
