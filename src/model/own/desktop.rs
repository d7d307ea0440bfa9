//! The question to the machine how long the person has been idle.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::event::Effect;

/// How often to ask whether the desktop is in use while the keyboard is idle.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// How often to ask where nothing on the machine tells.
const AGAIN_WITHOUT_ANSWER: SignedDuration = SignedDuration::from_mins(1);

/// When to ask the desktop, and whether it answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Desktop {
    again: Option<Wait>,
    /// Whether anything on the machine tells its idle time. `None`: it has not been asked yet.
    tells: Option<bool>,
}

impl Desktop {
    /// Returns the question, if it is due.
    pub(super) fn ask(&mut self, now: Timestamp) -> Option<Effect> {
        let due = self.again.is_none_or(|wait| wait.is_over(now));
        due.then(|| {
            self.again = Some(Wait::new(now, AGAIN));
            Effect::AskIdle
        })
    }

    /// Asks no more, because the answer makes no difference.
    pub(super) fn stop(&mut self) {
        self.again = None;
    }

    /// Notes the answer.
    pub(super) fn on_answer(&mut self, idle: Option<SignedDuration>, now: Timestamp) {
        self.tells = Some(idle.is_some());
        if idle.is_none() {
            self.again = self.again.map(|_| Wait::new(now, AGAIN_WITHOUT_ANSWER));
        }
    }

    pub(super) fn tells_nothing(&self) -> bool {
        self.tells == Some(false)
    }

    /// Returns when to ask again.
    pub(super) fn wait(&self) -> Option<Wait> {
        self.again
    }
}
