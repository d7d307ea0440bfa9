//! A wait that a clock set back cannot prolong.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A wait with its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    since: Timestamp,
    /// The end.
    pub until: Timestamp,
}

impl Wait {
    /// A wait for an event. Time alone does not end it.
    pub const FOR_EVER: Self = Self { since: Timestamp::MIN, until: Timestamp::MAX };

    /// A wait that is over.
    pub const OVER: Self = Self { since: Timestamp::MIN, until: Timestamp::MIN };

    /// Starts a wait of this length.
    #[must_use]
    pub fn new(now: Timestamp, duration: SignedDuration) -> Self {
        Self { since: now, until: now.saturating_add(duration).unwrap_or(Timestamp::MAX) }
    }

    /// Returns whether it is over. A clock that shows a time before the start ends it too.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || now < self.since
    }
}
