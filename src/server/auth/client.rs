//! A client whose requests carry a valid token: the one renewal path around all of them.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use matrix_sdk::{Client, reqwest::Url};
use oauth2::AccessToken;
use tokio::{
    runtime::Handle,
    sync::{Mutex, OnceCell},
    task::spawn_blocking,
};

use super::{
    super::{
        ErrorKind, ServerError,
        discovery::{address_of_saved, client_at},
        host,
        http::{Answer, Request},
        sign_in::send,
    },
    renewal::{RenewalError, refresh},
};
use crate::model::session::{SavedSession, SessionVault};

/// A session's client. Its clones share their tokens.
#[derive(Clone)]
pub(crate) struct AuthorizedClient(Arc<Shared>);

struct Shared {
    /// Made with the first request: it reads the system's certificates, which takes longer than an answer of the
    /// engine.
    client: OnceCell<Client>,
    homeserver: Url,
    session: RwLock<SavedSession>,
    /// Held by the one renewal of this process. Tokens that could not be saved wait in it. Another refresh would cost
    /// the session on servers that take a refresh token once.
    unsaved: Mutex<Option<SavedSession>>,
    store: Option<Arc<dyn SessionVault>>,
}

impl AuthorizedClient {
    /// Returns a client for a saved session. Renewed tokens go to the store; without one they end with the program.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when the saved address is none.
    pub fn new(session: SavedSession, store: Option<Arc<dyn SessionVault>>) -> Result<Self, ServerError> {
        let homeserver = address_of_saved(&session.homeserver)?;
        let (client, session) = (OnceCell::new(), RwLock::new(session));
        Ok(Self(Arc::new(Shared { client, homeserver, session, unsaved: Mutex::default(), store })))
    }

    /// Returns the client without the session, for requests in nobody's name.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no connection can be tried.
    pub(in super::super) async fn client(&self) -> Result<&Client, ServerError> {
        // Boxed: it is large, rarely runs, and would be a part of each request.
        let make = || Box::pin(client_at(self.0.homeserver.as_str()));
        self.0.client.get_or_try_init(make).await
    }

    /// Makes the client in the background, unless it is made. If that fails, so does the first request, which says why.
    pub fn prepare(&self) {
        if self.0.client.initialized() {
            return;
        }
        let client = self.clone();
        spawn_blocking(move || Handle::current().block_on(async { client.client().await.map(drop) }));
    }

    /// Returns the base URL of the homeserver.
    #[must_use]
    pub fn homeserver(&self) -> Url {
        self.0.homeserver.clone()
    }

    /// Returns the session as it is now.
    #[must_use]
    pub fn session(&self) -> SavedSession {
        self.0.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request, and sends it once more where that renews the token.
    ///
    /// # Errors
    ///
    /// [`ServerError`] for every answer but a success, or where there is no valid token to send the request with.
    pub(in super::super) async fn send(&self, request: Request) -> Result<Answer, ServerError> {
        let mut session = self.session();
        if session.tokens.is_due(Timestamp::now()) {
            match self.renew(&session.tokens.access_token).await {
                Ok(()) => session = self.session(),
                Err(error @ RenewalError::Ended(_)) => return Err(self.not_renewed(&error)),
                // The token may still be good, and the server decides.
                Err(error) => tracing::info!(%error, "the early renewal failed"),
            }
        }
        let used = session.tokens.access_token;
        let client = self.client().await?;
        match send(client, Some(used.secret()), request.clone()).await {
            // `soft_logout` does not tell whether a renewal helps. On Synapse it is false for an expired OAuth token,
            // and true for an expired legacy one.
            Err(ServerError { kind: ErrorKind::SignedOut, .. }) => {
                self.renew(&used).await.map_err(|error| self.not_renewed(&error))?;
                let token = self.session().tokens.access_token;
                send(client, Some(token.secret()), request).await
            }
            answer => answer,
        }
    }

    fn not_renewed(&self, error: &RenewalError) -> ServerError {
        let kind = match error {
            RenewalError::Ended(_) => ErrorKind::SignedOut,
            error => ErrorKind::NotRenewed(error.to_string().into()),
        };
        ServerError::new(&host(self.homeserver().as_str()), kind)
    }

    /// Renews the tokens unless that has happened since. In a task of its own: a request that is dropped must not lose
    /// new tokens before they are saved.
    async fn renew(&self, used: &AccessToken) -> Result<(), RenewalError> {
        let (this, used) = (self.clone(), used.clone());
        let renewal = tokio::spawn(async move { this.renew_once(&used).await });
        renewal.await.unwrap_or_else(|error| {
            let server = host(self.homeserver().as_str());
            Err(RenewalError::Unavailable { server, reason: error.to_string().into() })
        })
    }

    async fn renew_once(&self, used: &AccessToken) -> Result<(), RenewalError> {
        let mut unsaved = self.0.unsaved.lock().await;
        let current = self.session();
        if current.tokens.access_token != *used {
            return Ok(());
        }
        let client = self.client().await.map_err(|error| RenewalError::Unavailable {
            server: host(self.0.homeserver.as_str()),
            reason: error.to_string().into(),
        })?;
        let Some(store) = &self.0.store else {
            let tokens = refresh(client, &current).await?;
            self.adopt(SavedSession { tokens, ..current });
            return Ok(());
        };
        let _lock = store.lock().await?;
        let stored = store.load().await?;
        if let Some(stored) = &stored
            && stored.tokens.access_token != *used
        {
            // Another process was faster, or somebody has signed in again.
            *unsaved = None;
            if !stored.is_same_account(&current) {
                return Err(RenewalError::Ended(host(&current.homeserver)));
            }
            self.adopt(stored.clone());
            return Ok(());
        }
        let renewed = if let Some(renewed) = unsaved.take() {
            renewed
        } else {
            let session = stored.clone().unwrap_or(current);
            let tokens = refresh(client, &session).await?;
            SavedSession { tokens, ..session }
        };
        // Before the first use: until then the server still takes the old refresh token, should the program end here.
        // A session without a file is not made one by its renewal.
        if stored.is_some()
            && let Err(error) = store.save(renewed.clone()).await
        {
            *unsaved = Some(renewed);
            return Err(error.into());
        }
        self.adopt(renewed);
        Ok(())
    }

    fn adopt(&self, session: SavedSession) {
        *self.0.session.write().unwrap_or_else(PoisonError::into_inner) = session;
    }
}
