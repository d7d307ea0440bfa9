//! A signed-in session as plain data, and where it is kept.

use std::{any::Any, error::Error, pin::Pin};

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId};
use oauth2::{AccessToken, RefreshToken};
use serde::{Deserialize, Serialize};

/// A renewal starts this long before the access token expires. It saves a failing request in each short command.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// How a session came about, which decides how it is renewed and ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// By a password.
    #[default]
    Password,
    /// By legacy single sign-on.
    Sso,
    /// By OAuth 2.0.
    Oauth,
    /// By an access token of a session that somebody else made.
    Token,
}

/// A signed-in session. `Debug` shows no token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SavedSession {
    /// The homeserver's base URL.
    pub homeserver: String,
    /// Whose session it is.
    pub user_id: OwnedUserId,
    /// The session's device.
    pub device_id: OwnedDeviceId,
    /// How it came about.
    pub kind: SessionKind,
    /// What whosin is called at the authorization server.
    pub client_id: Option<String>,
    /// The identity provider of single sign-on, by its identifier. `None`: the server chose it.
    pub provider: Option<String>,
    /// Where its tokens are kept.
    pub token_store: TokenStore,
    /// Its tokens.
    pub tokens: Tokens,
}

impl SavedSession {
    /// Returns whether another sign-in of the same account can take its place in a running program.
    #[must_use]
    pub(crate) fn is_same_account(&self, other: &Self) -> bool {
        self.user_id == other.user_id && self.homeserver == other.homeserver
    }
}

/// Where the tokens of a session are. Decided at sign-in, and never again.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStore {
    /// In the session's file, which only its owner can read.
    #[default]
    File,
    /// In the system's keyring.
    Keyring,
}

/// The tokens of one session. `Debug` shows neither of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tokens {
    /// Authorizes requests.
    pub access_token: AccessToken,
    /// Renews the access token. A server that issues none issues access tokens that do not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<RefreshToken>,
    /// When to renew before the next request. A hint only, because clocks jump; the server's 401 decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_after: Option<Timestamp>,
}

impl Tokens {
    /// Returns tokens with a lifetime. Without one, they live until the server says otherwise.
    #[must_use]
    pub fn new(
        access_token: AccessToken,
        refresh_token: Option<RefreshToken>,
        lifetime: Option<SignedDuration>,
        now: Timestamp,
    ) -> Self {
        // A fifth of a short lifetime: with the whole margin each request would renew a token of 30 s.
        let renew_in = |lifetime: SignedDuration| lifetime - MARGIN.min(lifetime / 5);
        let renew_after = lifetime.and_then(|lifetime| now.checked_add(renew_in(lifetime)).ok());
        Self { access_token, refresh_token, renew_after }
    }

    /// Returns tokens that never expire, as pasted by the person.
    #[must_use]
    pub fn from_access_token(access_token: String) -> Self {
        Self { access_token: AccessToken::new(access_token), refresh_token: None, renew_after: None }
    }

    /// Keeps the previous refresh token where the response has none: it stays valid then.
    #[must_use]
    pub(crate) fn replacing(mut self, previous: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&previous.refresh_token);
        }
        self
    }

    /// Returns whether to renew before the next request.
    #[must_use]
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.refresh_token.is_some() && self.renew_after.is_some_and(|at| at <= now)
    }
}

/// Where a session is kept and its renewed tokens go, locked against other processes.
pub trait SessionVault: Send + Sync {
    /// Waits until no other process renews the session. The lock ends with what is returned.
    fn lock(&self) -> VaultFuture<'_, Box<dyn Any + Send>>;

    /// Loads the session, if there is one.
    fn load(&self) -> VaultFuture<'_, Option<SavedSession>>;

    /// Saves the session.
    fn save(&self, session: SavedSession) -> VaultFuture<'_, ()>;
}

/// What a [`SessionVault`] answers in the end.
pub type VaultFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, VaultError>> + Send + 'a>>;

/// Why a [`SessionVault`] does not do what is asked, as a sentence.
pub type VaultError = Box<dyn Error + Send + Sync>;
