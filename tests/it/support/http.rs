//! The HTTP client of tests and benches.

use std::{sync::LazyLock, thread};

use matrix_sdk::reqwest::{Client, Method, Result, header::CONTENT_TYPE};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The answer of a homeserver.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    pub status: u16,
    pub retry_after: bool,
    /// Null where no JSON came.
    pub body: Value,
}

impl Answer {
    /// Returns the body of a successful answer. Panics otherwise.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

/// An HTTP client, with an access token or without.
#[derive(Clone, Debug, Default)]
pub struct Http {
    client: Client,
    token: Option<String>,
}

impl Http {
    pub fn with_token(&self, token: &str) -> Self {
        Self { client: self.client.clone(), token: Some(token.to_owned()) }
    }

    /// # Errors
    ///
    /// A [`reqwest::Error`](matrix_sdk::reqwest::Error) when no answer comes.
    pub async fn ask(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Answer> {
        let mut request = self.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().contains_key("retry-after");
        let body = response.bytes().await.unwrap_or_default();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answer { status, retry_after, body })
    }

    /// The same for a test that is not asynchronous.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub fn ask_and_wait(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Answer> {
        static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads for requests"));
        // On a thread of its own, because a runtime cannot block inside another one.
        thread::scope(|scope| scope.spawn(|| RUNTIME.block_on(self.ask(method, url, body))).join())
            .expect("a request does not panic")
    }
}
