//! The account's other sessions (`GET /devices`).

use jiff::Timestamp;

use super::{
    ServerError, Session,
    http::{Limits, Request},
    json::Object,
};
use crate::model::event::OtherSession;

impl Session {
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
        let device_id = device.text("device_id").filter(|id| *id != self.account.device_id)?;
        let last_seen = device.number("last_seen_ts");
        Some(OtherSession {
            name: device.text("display_name").unwrap_or(device_id),
            last_seen: last_seen.and_then(|at| Timestamp::from_millisecond(at).ok()),
        })
    }
}
