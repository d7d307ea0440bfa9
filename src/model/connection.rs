//! How things stand between the engine and the homeserver.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The connection to the homeserver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// No answer yet since the start.
    Connecting,
    /// The server answers; the members of this many rooms are still to come.
    Loading(Option<usize>),
    /// What is known is true now.
    Live,
    /// The server cannot be reached, or answers with errors.
    Lost {
        /// When what is known was last true; `None` if it never was.
        as_of: Option<Timestamp>,
        /// What is wrong, in a sentence.
        reason: String,
        /// When the next try is made; `None` while one is under way.
        retry_at: Option<Timestamp>,
    },
    /// The server has ended the session. Only signing in again helps.
    SignedOut,
}

impl Connection {
    /// Whether what is known is true now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live | Self::Loading(_))
    }
}
