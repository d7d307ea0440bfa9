//! Time zones from the profiles of contacts.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use serde::{Deserialize, Serialize};

/// How long an answer is valid.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Cache of time zones. Each is requested when it is first shown, one at a time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct TimeZones {
    /// The answers by contact.
    answers: HashMap<OwnedUserId, Answer>,
    /// The contact whose answer is outstanding.
    under_way: Option<OwnedUserId>,
}

/// A cached answer.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    at: Timestamp,
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    zone: Option<TimeZone>,
}

impl TimeZones {
    /// Allows contacts without an answer to be requested again on a new connection.
    pub(super) fn on_connected(&mut self) {
        self.answers.retain(|_, answer| answer.zone.is_some());
    }

    pub(super) fn of(&self, user_id: &UserId) -> Option<&TimeZone> {
        self.answers.get(user_id)?.zone.as_ref()
    }

    /// Returns whether to request a contact's time zone now, and notes the request.
    pub(super) fn request(&mut self, user_id: &UserId, now: Timestamp) -> bool {
        let known = self.answers.get(user_id).is_some_and(|answer| now.duration_since(answer.at) < GOOD_FOR);
        let due = !known && self.under_way.is_none();
        if due {
            self.under_way = Some(user_id.to_owned());
        }
        due
    }

    /// Stores an answer. `None`: there is none.
    pub(super) fn on_answer(&mut self, user_id: OwnedUserId, zone: Option<TimeZone>, now: Timestamp) {
        self.under_way = None;
        self.answers.insert(user_id, Answer { at: now, zone });
    }
}
