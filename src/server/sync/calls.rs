//! Call membership events, in the three forms that clients send.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::response::StateEvent;
use crate::model::event::{CallEvent, CallMembership};

/// The types of call membership events: per session, per user, and of Element's video rooms.
pub(super) const CALL_EVENTS: [&str; 3] =
    ["org.matrix.msc3401.call.member", "m.call.member", "io.element.video.member"];

/// The lifetime of a membership that does not name one, in milliseconds (matrix-js-sdk's `DEFAULT_EXPIRE_DURATION`).
const EXPIRES: i64 = 14_400_000;

/// Parses a call membership event. One that ends a call has no memberships.
pub(super) fn read(event: &StateEvent) -> Option<CallEvent> {
    if !CALL_EVENTS.contains(&&*event.r#type) {
        return None;
    }
    let content = &event.content;
    let sent = event.origin_server_ts;
    let memberships = if let Some(list) = content.get("memberships").and_then(Value::as_array) {
        list.iter().filter_map(|one| membership(one, sent)).collect()
    } else if let Some(devices) = content.get("devices").and_then(Value::as_array) {
        let until = number(content, "expires_ts").map(at);
        let device_ids = devices.iter().filter_map(Value::as_str);
        let joined = |id: &str, until| CallMembership { device_id: Some(id.to_owned()), until };
        until.map(|until| device_ids.map(|id| joined(id, until)).collect()).unwrap_or_default()
    } else {
        content.get("application").and_then(|_| membership(content, sent)).into_iter().collect()
    };
    let key = (event.r#type.clone(), event.state_key.clone());
    Some(CallEvent { key, sender: event.sender.clone()?, memberships })
}

fn membership(content: &Value, sent: i64) -> Option<CallMembership> {
    let content = content.as_object().map(|_| content)?;
    let until = number(content, "expires_ts").unwrap_or_else(|| {
        let created = number(content, "created_ts").unwrap_or(sent);
        created.saturating_add(number(content, "expires").unwrap_or(EXPIRES))
    });
    let device_id = content.get("device_id").and_then(Value::as_str).map(ToOwned::to_owned);
    Some(CallMembership { device_id, until: at(until) })
}

fn number(content: &Value, field: &str) -> Option<i64> {
    content.get(field).and_then(Value::as_i64)
}

/// Converts milliseconds to a time. Saturates.
fn at(milliseconds: i64) -> Timestamp {
    let since_epoch = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_millis(milliseconds));
    since_epoch.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Device and end, in milliseconds, of what an event of 1,000 ms says.
    fn said(content: &Value) -> Vec<(Option<String>, i64)> {
        let event = StateEvent {
            r#type: "m.call.member".to_owned(),
            state_key: "_@a:x_DEV_m.call".to_owned(),
            sender: "@a:x".try_into().ok(),
            origin_server_ts: 1_000,
            content: content.clone(),
        };
        let read = read(&event).unwrap();
        read.memberships.into_iter().map(|it| (it.device_id, it.until.as_millisecond())).collect()
    }

    #[test]
    fn the_three_forms_are_read_and_the_empty_one_is_nobody() {
        let dev = || Some("DEV".to_owned());
        let table = [
            (json!({}), vec![]),
            (json!({"application": "m.call", "device_id": "DEV", "expires": 500}), vec![(dev(), 1_500)]),
            (json!({"application": "m.call", "device_id": "DEV"}), vec![(dev(), 14_401_000)]),
            (
                json!({"application": "m.call", "device_id": "DEV", "created_ts": 5_000, "expires": 500}),
                vec![(dev(), 5_500)],
            ),
            (json!({"application": "m.call", "device_id": 7, "expires": "x"}), vec![(None, 14_401_000)]),
            (json!({"memberships": []}), vec![]),
            (json!({"memberships": [7, {"device_id": "DEV", "expires": 500}]}), vec![(dev(), 1_500)]),
            (json!({"memberships": [{"device_id": "DEV", "expires_ts": 9_000}]}), vec![(dev(), 9_000)]),
            (json!({"devices": ["DEV", 7], "expires_ts": 9_000}), vec![(dev(), 9_000)]),
            (json!({"devices": ["DEV"]}), vec![]),
            (json!({"devices": [], "expires_ts": 9_000}), vec![]),
            (json!("nonsense"), vec![]),
        ];
        for (content, expected) in table {
            assert_eq!(said(&content), expected, "{content}");
        }
        let far = said(&json!({"application": "m.call", "expires": i64::MAX}));
        assert_eq!(far[0].1, Timestamp::MAX.as_millisecond());
    }
}
