//! The account's other sessions (`GET /devices`).

use jiff::Timestamp;

use super::{
    Session,
    http::{Limits, Request},
    json::Object,
};
use crate::model::event::OtherSession;

impl Session {
    /// The account's other sessions. None where the server does not say.
    pub async fn other_sessions(&self) -> Vec<OtherSession> {
        let answer = self.send(Request::get(&["_matrix", "client", "v3", "devices"], Limits::SMALL)).await;
        let answer = answer.inspect_err(|error| tracing::info!(%error, "sessions"));
        let body = answer.map(|answer| answer.body).unwrap_or_default();
        let devices = Object::parse(&body).unwrap_or_default().array("devices");
        devices.into_iter().filter_map(|device| self.other_session(device.get())).collect()
    }

    /// The session of a device; `None` for our own, and for what is no device.
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
