//! Requests about presence (`/presence/{user}/status`).

use matrix_sdk::ruma::UserId;
use serde_json::json;

use super::{
    ErrorKind, ServerError, Session,
    http::{Limits, Request},
    json::Object,
};
use crate::model::{
    event::{Answer, PresenceUpdate},
    presence::{BusyName, Presence, PresenceEvent, Status, Visibility},
};

impl Session {
    /// Sets the own presence. Always sends the message, because Synapse deletes it otherwise.
    pub async fn publish(&self, put: PresenceUpdate, busy_name: BusyName) -> Answer {
        let body = json!({"presence": put.presence.to_wire(busy_name), "status_msg": put.status_msg});
        tracing::info!(presence = %put.presence, "publishing");
        let request = Request::put(&path(&self.account.user_id), body, Limits::SMALL);
        let Err(error) = self.send(request).await else { return Answer::Accepted };
        tracing::info!(%error, "the presence was not accepted");
        match error.kind {
            ErrorKind::Limited(wait) => Answer::Limited(wait),
            ErrorKind::Refused { status, errcode, words } => {
                let words = if words.is_empty() { format!("HTTP {status}").into() } else { words };
                match status {
                    // A suspended account and a guest are refused with 403 too.
                    403 if *errcode == *FORBIDDEN && self.is_switched_off().await.is_ok_and(|off| off) => {
                        Answer::SwitchedOff
                    }
                    401 | 403 => Answer::Forbidden(words),
                    _ => Answer::Refused(words),
                }
            }
            _ => Answer::Failed,
        }
    }

    /// Looks up a user's presence.
    ///
    /// | answer | means |
    /// |---|---|
    /// | 401 `M_UNAUTHORIZED` | not shared, on palpo. The token is fine |
    /// | 403 `M_FORBIDDEN` | not shared, on Synapse. Presence is switched off, on the others. The own presence tells |
    /// | 404 `M_NOT_FOUND` | not shared, on tuwunel and continuwuity. The own presence too, while in no room |
    /// | 404 `M_UNRECOGNIZED` | the server has no presence |
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer, or one without presence.
    pub async fn presence_of(&self, user_id: &UserId) -> Result<Visibility, ServerError> {
        let error = match self.send(Request::get(&path(user_id), Limits::SMALL)).await {
            Ok(answer) => {
                let status = read_status(&answer.body);
                return status.map(Visibility::Shown).ok_or_else(|| self.error(ErrorKind::ProtocolError));
            }
            Err(error) => error,
        };
        let ErrorKind::Refused { status, errcode, .. } = &error.kind else { return Err(error) };
        match (status, &**errcode) {
            (_, "M_UNRECOGNIZED") => Ok(Visibility::SwitchedOff),
            (401, _) | (404, "M_NOT_FOUND") => Ok(Visibility::NotShared),
            (403, FORBIDDEN) => {
                let off = *user_id == *self.account.user_id || self.is_switched_off().await?;
                Ok(if off { Visibility::SwitchedOff } else { Visibility::NotShared })
            }
            _ => Err(error),
        }
    }

    /// Returns whether the server refuses even the own presence, as it does while presence is switched off.
    async fn is_switched_off(&self) -> Result<bool, ServerError> {
        match self.send(Request::get(&path(&self.account.user_id), Limits::SMALL)).await {
            Ok(_) => Ok(false),
            Err(error) if matches!(error.kind, ErrorKind::Refused { .. }) => {
                Ok(error.kind.is_refused_with(FORBIDDEN))
            }
            Err(error) => Err(error),
        }
    }

    /// Looks up the own presence as others see it. `None`: no answer.
    pub async fn look_up_own(&self) -> Option<Visibility> {
        let answer = self.presence_of(&self.account.user_id).await;
        answer.inspect_err(|error| tracing::info!(%error, "own presence")).ok()
    }
}

/// The errcode of refusals of many kinds.
const FORBIDDEN: &str = "M_FORBIDDEN";

fn path(user_id: &UserId) -> [&str; 6] {
    ["_matrix", "client", "v3", "presence", user_id.as_str(), "status"]
}

/// The names of MSC4532's object with the message.
const MSC4532_STATUS: [&str; 2] = ["status", "org.continuwuity.presence_v2.msc4532.status"];

/// Parses an `m.presence` event. `None`: it has no sender or no content.
pub(super) fn read_event(json: &str) -> Option<PresenceEvent> {
    // The fast path: nearly all events are well formed.
    if let Ok(event) = serde_json::from_str(json) {
        return Some(event);
    }
    let event = Object::parse(json)?;
    let sender = UserId::parse(event.text("sender")?).ok()?;
    Some(PresenceEvent { sender, content: read_status(event.get("content")?.get())? })
}

/// Parses the content of an `m.presence` event, each field by itself.
pub(super) fn read_status(json: &str) -> Option<Status> {
    if let Ok(status) = serde_json::from_str(json) {
        return Some(status);
    }
    let content = Object::parse(json)?;
    let presence = content.text("presence");
    let message = content.text("status_msg").filter(|it| !it.is_empty());
    let message = message.or_else(|| MSC4532_STATUS.iter().find_map(|name| content.object(name).text("msg")));
    Some(Status {
        status_msg: message.filter(|it| !it.is_empty()).map(Into::into),
        last_active_ago: content.number("last_active_ago").map(|ago| ago.try_into().unwrap_or(0)),
        currently_active: content.truth("currently_active").unwrap_or(false),
        ..Status::new(
            presence.map_or_else(|| Presence::Other("unknown".into()), |it| Presence::from_wire(&it)),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_cannot_be_read_costs_the_event_no_other() {
        for bad in [
            r#""status_msg": "\ud800""#,
            r#""currently_active": "\udc00x""#,
            r#""last_active_ago": 1e999"#,
            r#""displayname": "\ud800", "displayname": 7"#,
        ] {
            let json = format!(
                r#"{{"type": "m.presence", "sender": "@bob:x", "content": {{"presence": "busy", {bad}}}}}"#
            );
            let event = read_event(&json).unwrap();
            assert_eq!((event.sender.as_str(), event.content.presence), ("@bob:x", Presence::Busy), "{bad}");
        }
        let twice = r#"{"sender": 7, "sender": "@bob:x", "content": {"presence": "busy"}}"#;
        assert_eq!(read_event(twice).unwrap().sender, "@bob:x");
        for nothing in ["7", "{}", r#"{"sender": "bob", "content": {}}"#, r#"{"sender": "@bob:x"}"#] {
            assert!(read_event(nothing).is_none(), "{nothing}");
        }
    }
}
