//! A stretch of time to wait for, which a clock set back cannot prolong.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From when until when to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    since: Timestamp,
    /// When it is over.
    pub until: Timestamp,
}

impl Wait {
    /// Never over: for what somebody else ends.
    pub const FOR_EVER: Self = Self { since: Timestamp::MIN, until: Timestamp::MAX };

    /// Waits so long from now.
    #[must_use]
    pub fn new(now: Timestamp, duration: SignedDuration) -> Self {
        Self { since: now, until: now.saturating_add(duration).unwrap_or(Timestamp::MAX) }
    }

    /// Whether it is over: also when the clock now shows a time before it began.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || now < self.since
    }
}
