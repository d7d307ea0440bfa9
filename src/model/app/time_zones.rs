//! The time zones that contacts say they are in.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::Dashboard;
use crate::model::event::Effect;

/// How long an answer is good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What was learned of time zones; each is asked for when it is first shown, one at a time.
#[derive(Debug, Default)]
pub(super) struct TimeZones {
    /// When each was told, and where it is one.
    told: HashMap<OwnedUserId, (Timestamp, Option<TimeZone>)>,
    /// Whose answer is outstanding.
    under_way: Option<OwnedUserId>,
}

impl TimeZones {
    /// A connection begins, on which those may be asked for again who had no answer.
    pub fn connected(&mut self) {
        self.told.retain(|_, (_, zone)| zone.is_some());
    }

    fn of(&self, user_id: &UserId) -> Option<&TimeZone> {
        self.told.get(user_id)?.1.as_ref()
    }

    /// Whether to ask now for whoever is shown.
    fn asks_for(&mut self, user_id: &UserId, now: Timestamp) -> bool {
        let known = self.told.get(user_id).is_some_and(|(at, _)| now.duration_since(*at) < GOOD_FOR);
        let asks = !known && self.under_way.is_none();
        if asks {
            self.under_way = Some(user_id.to_owned());
        }
        asks
    }

    /// An answer has come, or will not.
    pub fn answered(&mut self, user_id: OwnedUserId, zone: Option<TimeZone>, now: Timestamp) {
        self.under_way = None;
        self.told.insert(user_id, (now, zone));
    }
}

impl Dashboard {
    /// The time zone that somebody says they are in.
    #[must_use]
    pub fn time_zone_of(&self, user_id: &UserId) -> Option<&TimeZone> {
        self.time_zones.of(user_id)
    }

    /// Asks for the time zone of whoever is shown with details.
    pub(super) fn look_up_time_zone(&mut self, is_wide: bool, now: Timestamp) -> Option<Effect> {
        let user_id = self.detailed(is_wide)?.to_owned();
        let asks = self.connection.is_live() && self.time_zones.asks_for(&user_id, now);
        asks.then_some(Effect::LookUpTimeZone(user_id))
    }

    /// When the time of day becomes another where whoever is shown with details is.
    pub(super) fn local_time_changes_at(&self, is_wide: bool, now: Timestamp) -> Option<Timestamp> {
        self.time_zone_of(self.detailed(is_wide)?)?;
        Timestamp::from_second((now.as_second().div_euclid(60) + 1) * 60).ok()
    }

    /// Who is shown with details, beside the list or in place of it.
    fn detailed(&self, is_wide: bool) -> Option<&UserId> {
        let selected = self.selected.as_deref().filter(|_| is_wide || self.shows_details())?;
        self.contacts.get(selected).map(|_| selected)
    }
}
