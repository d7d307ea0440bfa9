//! What a session asks of its homeserver besides presence: features, software, clock, other sessions and time zones.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::UserId;

use super::{
    ErrorKind, ServerError, Session,
    error::words,
    http::{Answer, Limits, Request},
    json::Object,
};
use crate::model::{event::OtherSession, presence::BUSY_FLAG, quirks::Software, text::Clean};

/// The time limit for the software's name. Not all servers answer, and a connection must not wait.
const SOFTWARE: Duration = Duration::from_secs(3);
/// The profile fields with a time zone (MSC4175): the stable name first, then earlier ones. tuwunel 1.4 uses `tz`.
const TIME_ZONE: [&str; 3] = ["m.tz", "us.cloke.msc4175.tz", "tz"];

impl Session {
    /// Returns the server's clock, to a second. `None`: its answers have no date.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, ServerError> {
        Ok(self.versions().await?.date)
    }

    /// Returns whether the server offers MSC3026's busy.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn offers_busy(&self) -> Result<bool, ServerError> {
        let answer = self.versions().await?;
        let versions = Object::parse(&answer.body);
        let versions = versions.ok_or_else(|| self.error(ErrorKind::ProtocolError))?;
        Ok(versions.object("unstable_features").truth(BUSY_FLAG) == Some(true))
    }

    /// Returns the server's software. `None`: it does not name it.
    pub async fn software(&self) -> Option<Software> {
        let path = ["_matrix", "federation", "v1", "version"];
        let answer = self.send(Request::get(&path, Limits::SMALL.within(SOFTWARE))).await;
        let answer =
            answer.inspect_err(|error| tracing::info!(%error, "the server does not name its software"));
        let body = answer.ok()?.body;
        let server = Object::parse(&body)?.object("server");
        let version = server.text("version").unwrap_or_default();
        Some(Software { name: words(&server.text("name")?), version: words(&version) })
    }

    async fn versions(&self) -> Result<Answer, ServerError> {
        self.send(Request::get(&["_matrix", "client", "versions"], Limits::SMALL)).await
    }

    /// Looks up the account's other sessions.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server does not answer or refuses.
    pub async fn other_sessions(&self) -> Result<Vec<OtherSession>, ServerError> {
        let request = Request::get(&["_matrix", "client", "v3", "devices"], Limits::SMALL);
        let body = self.send(request).await?.body;
        let devices = Object::parse(&body).unwrap_or_default().array("devices");
        Ok(devices.into_iter().filter_map(|device| self.other_session(device.get())).collect())
    }

    /// Reads a device. `None`: it is our own, or malformed.
    fn other_session(&self, json: &str) -> Option<OtherSession> {
        let device = Object::parse(json)?;
        // As it is now: a sign-in elsewhere may have replaced the session.
        let own = self.saved().device_id;
        let device_id = device.text("device_id").filter(|id| *id != own.as_str())?;
        let last_seen = device.number("last_seen_ts");
        Some(OtherSession {
            name: device.text("display_name").and_then(|name| Clean::name(&name)).unwrap_or(device_id.into()),
            last_seen: last_seen.and_then(|at| Timestamp::from_millisecond(at).ok()),
        })
    }

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
