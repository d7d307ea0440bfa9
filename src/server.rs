//! The homeserver, as one signed-in session sees it.

use std::{sync::Arc, time::Duration};

use matrix_sdk::{Client, HttpError, config::RequestConfig, ruma::OwnedUserId};

use crate::model::event::Account;

mod calls;
mod clock;
mod sync;
mod look_up;
mod members;
mod polling;
mod publish;
mod read;
mod rooms;
mod session_file;
mod sign_in;
mod error;

pub use error::{Kind, Trouble};
pub use read::read;
pub use session_file::{Kept, SESSION, SessionFile};
pub use sync::{Orders, follow};

/// How long a request may take that the server does not hold on purpose.
const PATIENCE: Duration = Duration::from_secs(30);

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

    /// Ends the session on the server.
    ///
    /// # Errors
    ///
    /// When the server does not confirm it; the session may be alive then.
    pub async fn sign_out(&self) -> Result<(), Trouble> {
        self.client.matrix_auth().logout().await.map(drop).map_err(|error| self.trouble(&error))
    }

    fn me(&self) -> OwnedUserId {
        self.account.user_id.clone()
    }

    fn trouble(&self, error: &HttpError) -> Trouble {
        Trouble::new(&host(&self.account.homeserver), error)
    }
}

/// What people call a server: its host, with the port if it has an unusual one.
fn host(url: &str) -> String {
    url.split("://").last().unwrap_or(url).trim_end_matches('/').to_owned()
}

/// No retries behind our back: the SDK would apply an outdated state minutes later.
fn once() -> RequestConfig {
    RequestConfig::new().disable_retry().timeout(PATIENCE)
}
