//! The time zone in a user's profile (`GET /profile/{user}`).

use jiff::tz::TimeZone;
use matrix_sdk::ruma::UserId;

use super::{
    ErrorKind, ServerError, Session,
    http::{Limits, Request},
    json::Object,
};

/// The field of a profile that names its owner's time zone (MSC4175), and its names before. tuwunel 1.4 says `tz`.
const TIME_ZONE: [&str; 3] = ["m.tz", "us.cloke.msc4175.tz", "tz"];

impl Session {
    /// The time zone that somebody says they are in. `None` where they name none that exists, or their server does not
    /// share it with us.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when there is no answer.
    pub async fn time_zone_of(&self, user_id: &UserId) -> Result<Option<TimeZone>, ServerError> {
        let path = ["_matrix", "client", "v3", "profile", user_id.as_str()];
        match self.send(Request::get(&path, Limits::SMALL)).await {
            Ok(answer) => {
                let profile = Object::parse(&answer.body).unwrap_or_default();
                let name = TIME_ZONE.iter().find_map(|field| profile.text(field));
                Ok(name.and_then(|name| time_zone(&name)))
            }
            Err(ServerError { kind: ErrorKind::Refused { .. }, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The time zone of that name in the time zone database. `None` for what others have made up.
fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| *zone != TimeZone::unknown())
}
