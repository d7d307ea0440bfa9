//! A signed-in session on a homeserver.

use std::sync::Arc;

use auth::{AccountPages, AuthorizedClient, SignOutError};
use matrix_sdk::{reqwest::Url, ruma::UserId};
use tokio::sync::OnceCell;

use crate::model::{
    credentials::Credentials,
    event::{Account, ProfileAnswer, StatusAnswer, StatusUpdate},
    session::{SavedSession, SessionVault},
};

pub mod auth;
mod discovery;
mod error;
mod http;
mod json;
mod look_ups;
pub mod parsers;
mod presence;
mod profile;
mod sign_in;
mod sync;

use discovery::find;
pub use error::{ErrorKind, ServerError};
use http::{Answer, Limits, Request};
pub use look_ups::Features;
pub use sync::{SyncControl, SyncResponse, follow};

/// Returns whether others on the network can read the traffic with a server. They can if it is on another machine and
/// its address does not use TLS.
#[must_use]
pub(crate) fn is_in_the_clear(homeserver: &str) -> bool {
    Url::parse(homeserver).is_ok_and(|address| address.scheme() == "http" && !http::is_loopback(&address))
}

/// A signed-in session.
#[derive(Clone)]
pub struct Session {
    client: AuthorizedClient,
    account: Arc<Account>,
    /// Asked for once, with the first other session.
    account_pages: Arc<OnceCell<AccountPages>>,
}

impl Session {
    /// Signs in as a new device, or with a token as the device that it belongs to. Nothing is saved.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server is not found or refuses.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, ServerError> {
        let (server, user) = credentials.server_and_user();
        let client = find(server).await?;
        let session = auth::sign_in_with(&client, user, &credentials.secret).await?;
        Self::restore(session, None)
    }

    /// Resumes a saved session without asking the server: the first request shows whether it is still valid.
    /// Renewed tokens go to the store, or end with the program.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when the saved address is none.
    pub fn restore(session: SavedSession, store: Option<Arc<dyn SessionVault>>) -> Result<Self, ServerError> {
        let account = Account {
            user_id: session.user_id.clone(),
            homeserver: session.homeserver.clone(),
            device_id: session.device_id.to_string(),
            in_the_clear: is_in_the_clear(&session.homeserver),
        };
        let client = AuthorizedClient::new(session, store)?;
        Ok(Self { client, account: Arc::new(account), account_pages: Arc::default() })
    }

    /// Gets ready for the first request: to read the system's certificates takes milliseconds.
    pub fn prepare(&self) {
        self.client.prepare();
    }

    /// Returns the signed-in account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the session as plain data, with its tokens as they are now.
    #[must_use]
    pub fn saved(&self) -> SavedSession {
        self.client.session()
    }

    /// Ends the session on the server. One that has ended already counts as ended.
    ///
    /// # Errors
    ///
    /// [`SignOutError`] when the server does not confirm it. The session may be alive then.
    pub async fn sign_out(&self) -> Result<(), SignOutError> {
        auth::sign_out(&self.saved()).await
    }

    /// Asks the server whether the session is alive.
    ///
    /// # Errors
    ///
    /// [`ServerError`], of [`ErrorKind::SignedOut`] when it is not.
    pub async fn check(&self) -> Result<(), ServerError> {
        let path = ["_matrix", "client", "v3", "account", "whoami"];
        self.send(Request::get(&path, Limits::SMALL)).await.map(drop)
    }

    /// Looks up a user's profile. One request tells the status, the call and the time zone.
    pub async fn profile_of(&self, user_id: &UserId) -> ProfileAnswer {
        profile::look_up(self, user_id).await
    }

    /// Writes the own user status.
    pub async fn publish_status(&self, update: StatusUpdate) -> StatusAnswer {
        profile::publish(self, update).await
    }

    /// Returns whether the account may set a user status. `None`: the server does not say.
    pub async fn can_set_status(&self) -> Option<bool> {
        profile::can_set(self).await
    }

    /// Returns whether people without an account can read the own profile. `None`: no answer.
    pub async fn can_strangers_read_profile(&self) -> Option<bool> {
        profile::is_readable_without_token(self).await
    }

    /// Sends a request with the session's token, which it renews if necessary. All requests of a session are sent here.
    ///
    /// # Errors
    ///
    /// [`ServerError`] unless the server answers with success.
    async fn send(&self, request: Request) -> Result<Answer, ServerError> {
        self.client.send(request).await
    }

    fn error(&self, kind: ErrorKind) -> ServerError {
        ServerError::new(&host(&self.account.homeserver), kind)
    }
}

/// Returns the host of a URL, with the port unless it is the default.
fn host(url: &str) -> String {
    url.split("://").last().unwrap_or(url).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_can_read_http_to_another_machine_only() {
        let table = [
            ("http://matrix.example.org", true),
            ("http://192.168.1.5:8008/", true),
            ("http://localhost.example.org", true),
            ("http://127.0.0.1@example.org", true),
            ("https://matrix.example.org", false),
            ("https://192.168.1.5", false),
            ("http://localhost:8008", false),
            ("http://127.0.0.1:8008", false),
            ("http://[::1]:8008", false),
        ];
        for (address, clear) in table {
            assert_eq!(is_in_the_clear(address), clear, "{address}");
        }
    }
}
