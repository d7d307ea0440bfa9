//! Time zones in user profiles (`GET /profile/{user}`).

use jiff::tz::TimeZone;
use matrix_sdk::ruma::UserId;

use super::{
    ErrorKind, ServerError, Session,
    http::{Limits, Request},
    json::Object,
};

/// The profile fields with a time zone (MSC4175): the stable name first, then earlier ones. tuwunel 1.4 uses `tz`.
const TIME_ZONE: [&str; 3] = ["m.tz", "us.cloke.msc4175.tz", "tz"];

impl Session {
    /// Looks up the time zone in a user's profile. `None`: there is none, it is not a real one, or the server does
    /// not share it.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
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

/// Returns a time zone of the time zone database. `None`: the name is made up.
fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| *zone != TimeZone::unknown())
}
