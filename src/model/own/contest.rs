//! A state that another session's `/sync` replaces again and again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;

/// How long after a change another state may still come from an older answer to a `/sync`. Later it comes from another
/// session.
const SETTLED: SignedDuration = SignedDuration::from_secs(5);
/// How long to report a contest after the last replacement. Clients sync twice a minute while nothing happens.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(2);

/// Whether another session replaces our state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Contest {
    /// When our state counts as settled.
    settled: Option<Wait>,
    /// How long the last replacement is remembered.
    last: Option<Wait>,
}

impl Contest {
    /// Notes that our state has changed.
    pub(super) fn on_change(&mut self, now: Timestamp) {
        *self = Self { settled: Some(Wait::new(now, SETTLED)), last: None };
    }

    /// Notes that others see another state.
    pub(super) fn on_replaced(&mut self, now: Timestamp) {
        if self.settled.is_none_or(|wait| wait.is_over(now)) {
            self.last = Some(Wait::new(now, REMEMBERED));
        }
    }

    /// Forgets a contest that has ended.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.last = self.last.filter(|wait| !wait.is_over(now));
    }

    pub(super) fn is_on(&self) -> bool {
        self.last.is_some()
    }

    pub(super) fn wait(&self) -> Option<Wait> {
        self.last
    }
}
