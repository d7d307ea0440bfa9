//! Names on the wire, and events that federation lets through.

use serde_json::{Value, json};
use whosin::model::presence::{BusyName, Presence, PresenceEvent, Status};

#[test]
fn every_state_has_its_name_on_the_wire_and_its_word_for_people() {
    let table = [
        ("online", Presence::Online, "online"),
        ("org.matrix.msc3026.busy", Presence::Busy, "busy"),
        ("busy", Presence::Busy, "busy"),
        ("unavailable", Presence::Unavailable, "unavailable"),
        ("offline", Presence::Offline, "offline"),
        ("org.continuwuity.presence_v2.msc4532.active", Presence::Online, "online"),
        ("active", Presence::Online, "online"),
        ("org.continuwuity.presence_v2.msc4532.idle", Presence::Unavailable, "unavailable"),
        ("idle", Presence::Unavailable, "unavailable"),
        ("org.continuwuity.presence_v2.msc4532.busy", Presence::Busy, "busy"),
        ("dnd", Presence::Other("dnd".into()), "dnd"),
        ("ONLINE", Presence::Other("ONLINE".into()), "ONLINE"),
        ("", Presence::Other("".into()), ""),
    ];
    for (wire, presence, label) in table {
        assert_eq!(Presence::from_wire(wire), presence);
        assert_eq!(presence.label(), label);
    }
    assert_eq!(Presence::Busy.to_wire(BusyName::Unstable), "org.matrix.msc3026.busy");
    assert_eq!(Presence::Busy.to_wire(BusyName::Stable), "busy");
    assert_eq!("away".parse(), Ok(Presence::Unavailable));
}

#[test]
fn the_message_of_msc4532_is_read() {
    for (content, message) in [
        (json!({"presence": "busy", "status": {"msg": "lunch"}}), Some("lunch")),
        (
            json!({"org.continuwuity.presence_v2.msc4532.status": {"msg": "lunch", "more": [1]}}),
            Some("lunch"),
        ),
        (json!({"status_msg": "tea", "status": {"msg": "lunch"}}), Some("tea")),
        (json!({"status": {"msg": 7}}), None),
        (json!({"status": "lunch"}), None),
    ] {
        let status: Status = serde_json::from_value(content.clone()).unwrap();
        assert_eq!(status.status_msg.as_deref(), message, "{content}");
    }
}

#[test]
fn the_order_of_states_puts_who_is_free_first() {
    let other = Presence::Other("dnd".into());
    let order = [Presence::Online, Presence::Busy, Presence::Unavailable, other, Presence::Offline];
    assert!(order.is_sorted());
}

#[test]
fn busy_becomes_unavailable_where_it_is_not_offered() {
    assert_eq!(Presence::Busy.or_fallback(true), Presence::Busy);
    assert_eq!(Presence::Busy.or_fallback(false), Presence::Unavailable);
    for state in [Presence::Online, Presence::Unavailable, Presence::Offline] {
        assert_eq!(state.clone().or_fallback(false), state);
    }
}

fn read(content: &Value) -> Status {
    let event = json!({"type": "m.presence", "sender": "@bob:example.org", "content": content});
    serde_json::from_str::<PresenceEvent>(&event.to_string()).unwrap().content
}

/// Each malformed field is dropped without its neighbors.
#[test]
fn a_bad_field_does_not_spoil_the_others() {
    let good =
        json!({"presence": "online", "status_msg": "hi", "last_active_ago": 5, "currently_active": true});
    let expected = Status {
        presence: Presence::Online,
        status_msg: Some("hi".into()),
        last_active_ago: Some(5),
        currently_active: true,
    };
    assert_eq!(read(&good), expected);
    let unknown = || Presence::Other("unknown".into());
    let table: [(&str, Value, Status); 13] = [
        ("presence", json!(7), Status { presence: unknown(), ..expected.clone() }),
        ("presence", json!(["a"]), Status { presence: unknown(), ..expected.clone() }),
        ("presence", json!(null), Status { presence: unknown(), ..expected.clone() }),
        ("presence", json!("dnd"), Status { presence: Presence::Other("dnd".into()), ..expected.clone() }),
        ("last_active_ago", json!(-60_000), Status { last_active_ago: Some(0), ..expected.clone() }),
        ("last_active_ago", json!(17.5), Status { last_active_ago: Some(17), ..expected.clone() }),
        ("last_active_ago", json!(1e300), Status { last_active_ago: Some(u64::MAX), ..expected.clone() }),
        ("last_active_ago", json!("5"), Status { last_active_ago: None, ..expected.clone() }),
        ("status_msg", json!({"a": [1, {}]}), Status { status_msg: None, ..expected.clone() }),
        ("status_msg", json!(12), Status { status_msg: None, ..expected.clone() }),
        ("status_msg", json!(""), Status { status_msg: None, ..expected.clone() }),
        ("currently_active", json!("yes"), Status { currently_active: false, ..expected.clone() }),
        ("org.example.extra", json!({"deep": [[]]}), expected.clone()),
    ];
    for (field, value, expected) in table {
        let mut content = good.clone();
        content[field] = value.clone();
        assert_eq!(read(&content), expected, "with {field} = {value}");
    }
    assert_eq!(read(&json!({})), Status::new(unknown()));
}

#[test]
fn escapes_are_decoded_and_the_last_of_two_equal_fields_counts() {
    let event = r#"{"sender":"@bob:example.org","content":
        {"presence":"online","status_msg":"caf\u00e9 \"x\"","presence":"offline"}}"#;
    let status = serde_json::from_str::<PresenceEvent>(event).unwrap().content;
    assert_eq!(status.status_msg.as_deref(), Some("café \"x\""));
    assert_eq!(status.presence, Presence::Offline);
}
