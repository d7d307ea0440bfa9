//! State events about names, addresses and types of rooms.

use matrix_sdk::ruma::RoomId;
use serde_json::Value;

use super::response::StateEvent;
use crate::model::event::RoomChange;

pub(super) const ROOM_EVENTS: [&str; 4] =
    ["m.room.name", "m.room.canonical_alias", "m.room.create", "m.space.child"];

/// Parses one of these events.
pub(super) fn read(event: &StateEvent) -> Option<RoomChange> {
    let text = |field| event.text(field);
    match (&*event.r#type, &*event.state_key) {
        ("m.room.name", "") => Some(RoomChange::Named(text("name").map(Into::into))),
        ("m.room.canonical_alias", "") => Some(RoomChange::Aliased(text("alias").map(Into::into))),
        ("m.room.create", "") => (text("type") == Some("m.space")).then_some(RoomChange::Space),
        ("m.space.child", child) => {
            let listed = event.content.get("via").is_some_and(Value::is_array);
            Some(RoomChange::Child { room_id: RoomId::parse(child).ok()?, listed })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(r#type: &str, state_key: &str, content: Value) -> Option<RoomChange> {
        read(&StateEvent {
            r#type: r#type.to_owned(),
            state_key: state_key.to_owned(),
            sender: None,
            origin_server_ts: 0,
            content,
        })
    }

    #[test]
    fn a_name_or_an_address_that_is_none_takes_the_old_one_away() {
        let named = |content| said("m.room.name", "", content);
        assert_eq!(named(json!({"name": "Tea"})), Some(RoomChange::Named(Some("Tea".into()))));
        for nonsense in [json!({}), json!({"name": 7}), json!("Tea")] {
            assert_eq!(named(nonsense), Some(RoomChange::Named(None)));
        }
        let aliased = |content| said("m.room.canonical_alias", "", content);
        let tea = Some("#tea:x".into());
        assert_eq!(aliased(json!({"alias": "#tea:x"})), Some(RoomChange::Aliased(tea)));
        assert_eq!(aliased(json!({"alt_aliases": ["#tea:x"]})), Some(RoomChange::Aliased(None)));
    }

    #[test]
    fn only_a_room_made_as_a_space_is_one() {
        assert_eq!(said("m.room.create", "", json!({"type": "m.space"})), Some(RoomChange::Space));
        assert_eq!(said("m.room.create", "", json!({"room_version": "12"})), None);
        assert_eq!(said("m.room.create", "", json!({"type": ["m.space"]})), None);
    }

    #[test]
    fn a_child_without_servers_to_ask_is_gone() {
        let child = |content| said("m.space.child", "!tea:x", content);
        let tea = |listed| Some(RoomChange::Child { room_id: RoomId::parse("!tea:x").unwrap(), listed });
        assert_eq!(child(json!({"via": ["x"], "order": "a"})), tea(true));
        for gone in [json!({}), json!({"via": null}), json!({"suggested": true}), json!([])] {
            assert_eq!(child(gone), tea(false));
        }
        assert_eq!(said("m.space.child", "tea", json!({"via": ["x"]})), None);
    }
}
