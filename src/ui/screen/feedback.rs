//! What the screen says to the person: the reply to a key, and what has failed.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;

use crate::model::Model;

/// The time to notice a sentence that appears unasked, and to read a short one.
const READ: SignedDuration = SignedDuration::from_secs(5);
/// The time to read one more letter.
const READ_LETTER: SignedDuration = SignedDuration::from_millis(50);

/// Sentences for the person, each until there was time to read it.
#[derive(Debug, Default)]
pub(super) struct Feedback {
    /// The reply to a key.
    reply: Option<String>,
    /// When the reply has been read. `None`: it has not been on screen yet.
    reply_until: Option<Timestamp>,
    /// Whom the reply promises a notification of, and whether the model knows it yet.
    promised: Option<(OwnedUserId, bool)>,
    /// What has failed, and since when that is on screen.
    problem: Option<(String, Timestamp)>,
    /// The problems of the model up to this time have been read.
    read_until: Option<Timestamp>,
}

impl Feedback {
    /// Replies to a key.
    pub(super) fn say(&mut self, sentence: impl Into<String>) {
        (self.reply, self.reply_until, self.promised) = (Some(sentence.into()), None, None);
    }

    /// Replies that a notification of somebody will come. The reply ends with the notification.
    pub(super) fn promise(&mut self, user_id: OwnedUserId, sentence: String) {
        self.say(sentence);
        self.promised = Some((user_id, false));
    }

    /// Drops the reply.
    pub(super) fn say_no_more(&mut self) {
        (self.reply, self.promised) = (None, None);
    }

    /// Says what has failed. That may be what the reply has just announced.
    pub(super) fn fail(&mut self, problem: String, now: Timestamp) {
        self.say_no_more();
        self.problem = Some((problem, now));
    }

    /// Forgets what has failed: it is mended.
    pub(super) fn forget_problem(&mut self) {
        self.problem = None;
    }

    /// Notes a key: it takes away the problems that have been read.
    pub(super) fn dismiss(&mut self, now: Timestamp) {
        self.problem.take_if(|(_, since)| now.duration_since(*since) >= READ);
        self.read_until = now.checked_sub(READ).ok();
    }

    /// Drops a promise that was kept, and lets the reply fade once there was time to read it.
    pub(super) fn refresh(&mut self, model: &Model, now: Timestamp) {
        if let Some((user_id, known)) = &mut self.promised {
            let waits = model.preferences().notify_once.contains(user_id);
            if *known && !waits {
                self.say_no_more();
            } else {
                *known = waits;
            }
        }
        let Some(reply) = &self.reply else { return };
        let until = *self.reply_until.get_or_insert_with(|| {
            let time = READ + READ_LETTER * i32::try_from(reply.chars().count()).unwrap_or(i32::MAX);
            now.saturating_add(time).unwrap_or(now)
        });
        if now >= until {
            self.say_no_more();
        }
    }

    /// Returns the reply to a key.
    pub(super) fn reply(&self) -> Option<&str> {
        self.reply.as_deref()
    }

    /// Returns when the reply fades.
    pub(super) fn fades_at(&self) -> Option<Timestamp> {
        self.reply_until.filter(|_| self.reply.is_some())
    }

    /// Returns a failure of the screen or the model, until the person has had time to read it.
    pub(super) fn problem(&self, model: &Model) -> Option<String> {
        if let Some((problem, _)) = &self.problem {
            return Some(problem.clone());
        }
        let (problem, since) = model.problem()?;
        let unread = self.read_until.is_none_or(|read| since > read);
        unread.then(|| problem.to_owned())
    }
}
