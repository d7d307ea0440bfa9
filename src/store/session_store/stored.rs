//! The content of `session.json`.

use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId};
use serde::{Deserialize, Serialize};

use crate::model::session::{SavedSession, SessionKind, TokenStore, Tokens};

/// The content of `session.json`. One from before kinds and keyrings is a session by password with its token inside.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredSession {
    /// The base URL of the homeserver.
    pub homeserver: String,
    /// The user.
    pub user_id: OwnedUserId,
    /// The device.
    pub device_id: OwnedDeviceId,
    #[serde(default)]
    kind: SessionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Where the tokens are.
    #[serde(default)]
    pub token_store: TokenStore,
    /// Only where the file is the token store.
    #[serde(flatten)]
    pub(super) tokens: Option<Tokens>,
}

impl StoredSession {
    /// Returns the content of a session's file, with the tokens where the file keeps them.
    #[must_use]
    pub fn of(session: &SavedSession) -> Self {
        Self {
            homeserver: session.homeserver.clone(),
            user_id: session.user_id.clone(),
            device_id: session.device_id.clone(),
            kind: session.kind,
            client_id: session.client_id.clone(),
            provider: session.provider.clone(),
            token_store: session.token_store,
            tokens: (session.token_store == TokenStore::File).then(|| session.tokens.clone()),
        }
    }

    /// Returns the name of its keyring entry within its profile.
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
            provider: self.provider,
            token_store: self.token_store,
            tokens,
        }
    }
}
