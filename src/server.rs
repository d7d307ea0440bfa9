//! A signed-in session on a homeserver.

use std::sync::Arc;

use matrix_sdk::Client;
use serde_json::json;

use crate::model::event::Account;

mod devices;
mod discovery;
mod error;
mod http;
mod json;
mod presence;
mod profile;
mod session_file;
mod sign_in;
mod sync;
mod versions;

pub use error::{ErrorKind, ServerError};
use http::{Answer, Limits, Request};
pub use session_file::{Kept, SESSION, SessionFile};
pub use sync::{Orders, SyncResponse, follow};

/// A signed-in session.
#[derive(Clone)]
pub struct Session {
    client: Client,
    account: Arc<Account>,
}

impl Session {
    /// Returns the signed-in account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns whether others on the network can read the traffic: the server is on another machine and does not use
    /// TLS.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        let address = self.client.homeserver();
        address.scheme() == "http" && !http::is_loopback(&address)
    }

    /// Ends the session on the server.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server does not confirm it. The session may still exist then.
    pub async fn sign_out(&self) -> Result<(), ServerError> {
        let path = ["_matrix", "client", "v3", "logout"];
        self.send(Request::post(&path, json!({}), Limits::SMALL)).await.map(drop)
    }

    /// Sends a request with the access token. All requests of a session go through here.
    ///
    /// # Errors
    ///
    /// [`ServerError`] unless the server answers with success.
    async fn send(&self, request: Request) -> Result<Answer, ServerError> {
        let token = self.client.access_token();
        let homeserver = self.client.homeserver();
        let answer = http::send(self.client.http_client(), &homeserver, token.as_deref(), request).await;
        answer.map_err(|kind| self.error(kind))
    }

    fn error(&self, kind: ErrorKind) -> ServerError {
        ServerError::new(&host(&self.account.homeserver), kind)
    }
}

/// Returns the host of a URL, with the port unless it is the default.
fn host(url: &str) -> String {
    url.split("://").last().unwrap_or(url).trim_end_matches('/').to_owned()
}
