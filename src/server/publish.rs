//! Own presence on the wire: `PUT /presence/{me}/status`, and who else sets it.

use std::time::Duration;

use jiff::Timestamp;
use matrix_sdk::{
    HttpError,
    ruma::api::client::{device::get_devices, presence},
};

use super::{Kind, Session, Trouble, once};
use crate::model::{
    event::{Answer, OtherSession, PresenceUpdate},
    presence::{BUSY_FLAG, BusyName},
    quirks::Software,
};

/// How long a server may take to say what it is: not all do, and a connection must not wait for it.
const NAME: Duration = Duration::from_secs(3);

impl Session {
    /// Sets the own presence. The message always goes along, because Synapse deletes it otherwise.
    pub async fn publish(&self, put: PresenceUpdate, busy_name: BusyName) -> Answer {
        let state = put.presence.to_wire(busy_name).into();
        let mut request = presence::set_presence::v3::Request::new(self.me(), state);
        request.status_msg = Some(put.status_msg);
        tracing::info!(presence = %put.presence, "publishing");
        match self.client.send(request).with_request_config(once()).await {
            Ok(_) => Answer::Accepted,
            Err(error) => self.answer(&error),
        }
    }

    fn answer(&self, error: &HttpError) -> Answer {
        let trouble = self.trouble(error);
        tracing::info!(%trouble, "the presence was not taken");
        match trouble.kind {
            Kind::Limited(wait) => Answer::Limited(wait),
            Kind::Refused(403, _) => Answer::SwitchedOff,
            Kind::Refused(_, words) => Answer::Refused(words),
            _ => Answer::Failed,
        }
    }

    /// Whether the server offers MSC3026's busy.
    ///
    /// # Errors
    ///
    /// When it does not say what it offers.
    pub async fn offers_busy(&self) -> Result<bool, Trouble> {
        let versions = self.client.fetch_server_versions(Some(once())).await;
        let versions = versions.map_err(|error| self.trouble(&error))?;
        Ok(versions.unstable_features.get(BUSY_FLAG) == Some(&true))
    }

    /// What the server says that it is, where it does.
    pub async fn software(&self) -> Option<Software> {
        let answer = self.client.server_vendor_info(Some(once().timeout(NAME))).await;
        let answer = answer.inspect_err(|error| tracing::info!(trouble = %self.trouble(error), "no name"));
        answer.ok().map(|it| Software { name: it.server_name, version: it.version })
    }

    /// The account's other sessions.
    ///
    /// # Errors
    ///
    /// [`Trouble`] when the server does not answer or refuses.
    pub async fn other_sessions(&self) -> Result<Vec<OtherSession>, Trouble> {
        let request = get_devices::v3::Request::new();
        let answer = self.client.send(request).with_request_config(once()).await;
        let mut devices = answer.map_err(|error| self.trouble(&error))?.devices;
        devices.retain(|device| Some(&*device.device_id) != self.client.device_id());
        let session = |device: matrix_sdk::ruma::api::client::device::Device| OtherSession {
            name: device.display_name.unwrap_or_else(|| device.device_id.to_string()),
            last_seen: device.last_seen_ts.and_then(|at| Timestamp::from_millisecond(at.get().into()).ok()),
        };
        Ok(devices.into_iter().map(session).collect())
    }
}
