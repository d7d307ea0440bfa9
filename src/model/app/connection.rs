//! How things stand between the program and the homeserver.

use jiff::Timestamp;

/// The connection to the homeserver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// No answer yet since the start.
    Connecting,
    /// The server answers; the members of so many rooms are still to come.
    Loading(Option<usize>),
    /// What is on screen is true now.
    Live,
    /// The server cannot be reached, or answers with errors.
    Lost {
        /// When what is on screen was last true; `None` if it never was.
        as_of: Option<Timestamp>,
        /// What is wrong, in a sentence.
        reason: String,
        /// When the next try is made; `None` while one is under way.
        retry_at: Option<Timestamp>,
    },
}

impl Connection {
    /// Whether what is on screen is true now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live | Self::Loading(_))
    }
}
