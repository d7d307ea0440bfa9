//! The homeserver, as one signed-in session sees it.

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

/// One signed-in device of an account.
#[derive(Clone)]
pub struct Session {
    client: Client,
    account: Arc<Account>,
}

impl Session {
    /// Who is signed in where.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Whether others can read on its way what is sent to the server: it is on another machine, without TLS.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        let address = self.client.homeserver();
        address.scheme() == "http" && !http::is_loopback(&address)
    }

    /// Ends the session on the server.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when the server does not confirm it. The session may be alive then.
    pub async fn sign_out(&self) -> Result<(), ServerError> {
        let path = ["_matrix", "client", "v3", "logout"];
        self.send(Request::post(&path, json!({}), Limits::SMALL)).await.map(drop)
    }

    /// Sends a request with the session's token: the one place for all requests of a session.
    ///
    /// # Errors
    ///
    /// [`ServerError`] for every answer but a success.
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

/// What people call a server: its host, with the port if it has an unusual one.
fn host(url: &str) -> String {
    url.split("://").last().unwrap_or(url).trim_end_matches('/').to_owned()
}
