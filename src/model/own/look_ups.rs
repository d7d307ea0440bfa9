//! When to look up what others see.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::event::Effect;

/// How often to look up what others see where echoes do not show every change.
const POLL: SignedDuration = SignedDuration::from_secs(10);

/// The look-ups of the own presence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OwnLookUps {
    /// When to check a state, because no echo came.
    check: Option<Wait>,
    /// When to look it up regularly.
    poll: Option<Wait>,
}

impl OwnLookUps {
    /// Starts the regular look-ups, or lets them go on.
    pub(super) fn poll(&mut self, now: Timestamp) {
        self.poll.get_or_insert_with(|| Wait::new(now, POLL));
    }

    pub(super) fn stop_polling(&mut self) {
        self.poll = None;
    }

    /// Checks the state after a wait.
    pub(super) fn check_after(&mut self, wait: SignedDuration, now: Timestamp) {
        self.check = Some(Wait::new(now, wait));
    }

    /// Checks the state after a wait, unless a check is due earlier.
    pub(super) fn expect_echo(&mut self, wait: SignedDuration, now: Timestamp) {
        self.check.get_or_insert_with(|| Wait::new(now, wait));
    }

    /// Checks nothing: others see the state, or no echo can come.
    pub(super) fn stop_checking(&mut self) {
        self.check = None;
    }

    /// Returns whether what others see is still to be checked.
    pub(super) fn is_checking(&self) -> bool {
        self.check.is_some()
    }

    /// Returns whether an echo may still come.
    pub(super) fn expects_echo(&self, now: Timestamp) -> bool {
        self.check.is_some_and(|wait| !wait.is_over(now))
    }

    /// Returns the look-up, if it is due.
    pub(super) fn ask(&mut self, now: Timestamp) -> Option<Effect> {
        let due = self.waits().into_iter().flatten().any(|wait| wait.is_over(now));
        due.then(|| {
            self.check = self.check.map(|_| Wait::FOR_EVER);
            self.poll = self.poll.map(|_| Wait::FOR_EVER);
            Effect::LookUpOwn
        })
    }

    /// Notes the answer to a look-up.
    pub(super) fn on_answer(&mut self, now: Timestamp) {
        self.poll = self.poll.map(|_| Wait::new(now, POLL));
        self.check = None;
    }

    /// Asks again, because no answer comes.
    pub(super) fn ask_again(&mut self) {
        self.check = self.check.map(|_| Wait::OVER);
    }

    /// Returns when to look up.
    pub(super) fn waits(&self) -> [Option<Wait>; 2] {
        [self.check, self.poll]
    }
}
