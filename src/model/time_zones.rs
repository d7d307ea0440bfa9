//! The time zones that contacts say they are in.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use serde::{Deserialize, Serialize};

/// How long an answer is good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What was learned of time zones; each is asked for when it is first shown, one at a time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct TimeZones {
    /// When each was told, and where it is one.
    told: HashMap<OwnedUserId, Told>,
    /// Whose answer is outstanding.
    under_way: Option<OwnedUserId>,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    at: Timestamp,
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    zone: Option<TimeZone>,
}

impl TimeZones {
    /// A connection begins, on which those may be asked for again who had no answer.
    pub(super) fn on_connected(&mut self) {
        self.told.retain(|_, told| told.zone.is_some());
    }

    pub(super) fn of(&self, user_id: &UserId) -> Option<&TimeZone> {
        self.told.get(user_id)?.zone.as_ref()
    }

    /// Whether to ask now for whoever is shown.
    pub(super) fn asks_for(&mut self, user_id: &UserId, now: Timestamp) -> bool {
        let known = self.told.get(user_id).is_some_and(|told| now.duration_since(told.at) < GOOD_FOR);
        let asks = !known && self.under_way.is_none();
        if asks {
            self.under_way = Some(user_id.to_owned());
        }
        asks
    }

    /// An answer has come, or will not.
    pub(super) fn on_answer(&mut self, user_id: OwnedUserId, zone: Option<TimeZone>, now: Timestamp) {
        self.under_way = None;
        self.told.insert(user_id, Told { at: now, zone });
    }
}
