//! Own presence on the wire: `PUT` and `GET /presence/{me}/status`.

use matrix_sdk::{
    HttpError,
    ruma::{api::client::presence, presence::PresenceState},
};

use super::{Kind, Session, once};
use crate::{
    event::{Answer, Put},
    presence::{Presence, Status},
};

impl Session {
    /// Sets the own presence. The message always goes along, because Synapse deletes it otherwise.
    pub async fn publish(&self, put: Put) -> Answer {
        let mut request = presence::set_presence::v3::Request::new(self.me(), put.presence.to_wire().into());
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
            Kind::Refused(_, words) => Answer::Refused(words),
            _ => Answer::Failed,
        }
    }

    /// What others see of us; `None` where the server does not say.
    pub async fn look_up_own(&self) -> Option<Status> {
        let request = presence::get_presence::v3::Request::new(self.me());
        let answer = self.client.send(request).with_request_config(once()).await;
        let answer =
            answer.inspect_err(|error| tracing::info!(trouble = %self.trouble(error), "own presence"));
        answer.ok().map(|answer| Status {
            presence: Presence::from_wire(answer.presence.as_str()),
            status_msg: answer.status_msg.filter(|text| !text.is_empty()).map(Into::into),
            last_active_ago: answer.last_active_ago.and_then(|ago| ago.as_millis().try_into().ok()),
            currently_active: answer.currently_active.unwrap_or_default(),
        })
    }
}

/// The `set_presence` of a `/sync`.
pub(super) fn sync_state(presence: &Presence) -> PresenceState {
    presence.to_wire().into()
}
