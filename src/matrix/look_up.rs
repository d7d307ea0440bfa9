//! Looking somebody up: `GET /presence/{user}/status`.

use matrix_sdk::ruma::{UserId, api::client::presence::get_presence};

use super::{Kind, Session, Trouble, once};
use crate::presence::{Presence, Status};

impl Session {
    /// What somebody's server says of them; `None` where it does not share that with us.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that says nothing of them.
    pub async fn presence_of(&self, user_id: &UserId) -> Result<Option<Status>, Trouble> {
        let request = get_presence::v3::Request::new(user_id.to_owned());
        match self.client.send(request).with_request_config(once()).await {
            Ok(answer) => Ok(Some(Status {
                presence: Presence::from_wire(answer.presence.as_str()),
                status_msg: answer.status_msg.filter(|text| !text.is_empty()).map(Into::into),
                last_active_ago: answer.last_active_ago.and_then(|ago| ago.as_millis().try_into().ok()),
                currently_active: answer.currently_active.unwrap_or_default(),
            })),
            Err(error) => match self.trouble(&error) {
                Trouble { kind: Kind::Refused(401 | 403 | 404, _), .. } => Ok(None),
                trouble => Err(trouble),
            },
        }
    }
}
