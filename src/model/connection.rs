//! The state of the connection to the homeserver.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::Clean;

/// The reason to fail after the server has ended the session.
pub(crate) const SIGNED_OUT: &str = "the server has ended the session; run whosin login";

/// The connection to the homeserver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// The server has not answered since the start.
    Connecting,
    /// The contacts are those of an earlier process, until the server has answered.
    Resuming {
        /// When the model was last up to date.
        as_of: Timestamp,
    },
    /// The server answers. The members of this many rooms are missing.
    Loading(Option<usize>),
    /// The model is up to date.
    Live,
    /// The server is unreachable or answers with errors.
    Lost {
        /// When the model was last up to date. `None`: never.
        as_of: Option<Timestamp>,
        /// The reason, as a sentence.
        reason: Clean,
        /// When the next try starts. `None`: it is under way.
        retry_at: Option<Timestamp>,
    },
    /// The server ended the session. Only signing in again helps.
    SignedOut,
}

impl Connection {
    /// Returns whether contacts are known, but not up to date.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self, Self::Resuming { .. } | Self::Lost { as_of: Some(_), .. })
    }

    /// Returns whether the model is up to date.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live | Self::Loading(_))
    }
}
