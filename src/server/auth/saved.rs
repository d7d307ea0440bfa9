//! A signed-in session as plain data, and its form on disk.

use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::tokens::Tokens;
use crate::store::secrets::TokenStore;

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
    /// Where its tokens are kept.
    pub token_store: TokenStore,
    /// Its tokens.
    pub tokens: Tokens,
}

/// The content of `session.json`. One from before kinds and keyrings is a session by password with its token inside.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredSession {
    homeserver: String,
    user_id: OwnedUserId,
    device_id: OwnedDeviceId,
    #[serde(default)]
    kind: SessionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default)]
    pub(super) token_store: TokenStore,
    /// Only where the file is the token store.
    #[serde(flatten)]
    pub(super) tokens: Option<Tokens>,
}

impl SavedSession {
    /// The content of its file, with the tokens where the file keeps them.
    #[must_use]
    pub fn stored(&self) -> StoredSession {
        StoredSession {
            homeserver: self.homeserver.clone(),
            user_id: self.user_id.clone(),
            device_id: self.device_id.clone(),
            kind: self.kind,
            client_id: self.client_id.clone(),
            token_store: self.token_store,
            tokens: (self.token_store == TokenStore::File).then(|| self.tokens.clone()),
        }
    }

    /// Whether another sign-in of the same account can take its place in a running program.
    pub(super) fn is_same_account(&self, other: &Self) -> bool {
        self.user_id == other.user_id && self.homeserver == other.homeserver
    }
}

impl StoredSession {
    /// The name of its keyring entry. Each sign-in has a device of its own, so profiles never share one.
    pub(super) fn entry(&self) -> String {
        format!("{} {}", self.user_id, self.device_id)
    }

    pub(super) fn with(self, tokens: Tokens) -> SavedSession {
        SavedSession {
            homeserver: self.homeserver,
            user_id: self.user_id,
            device_id: self.device_id,
            kind: self.kind,
            client_id: self.client_id,
            token_store: self.token_store,
            tokens,
        }
    }
}
