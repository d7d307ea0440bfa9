//! A JSON Schema validator for the keywords that the published schema uses.

use regex::Regex;
use serde_json::{Map, Value, json};

/// Checks `value` against `schema`. An unknown keyword is an error.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(rules) = schema.as_object() else {
        return if schema == true { Ok(()) } else { Err(format!("{value} may not be there")) };
    };
    for (keyword, rule) in rules {
        if !holds(keyword, rule, rules, value)? {
            return Err(format!("{value} against {keyword}: {rule}"));
        }
    }
    Ok(())
}

fn holds(keyword: &str, rule: &Value, rules: &Map<String, Value>, value: &Value) -> Result<bool, String> {
    Ok(match (keyword, value) {
        ("type", _) => names(rule).any(|name| is_of(name, value)),
        ("const", _) => rule == value,
        ("enum", _) => members(rule).any(|member| member == value),
        ("oneOf", _) => members(rule).filter(|schema| check(schema, value).is_ok()).count() == 1,
        ("required", Value::Object(object)) => names(rule).all(|name| object.contains_key(name)),
        ("properties", Value::Object(object)) => {
            for (name, schema) in rule.as_object().into_iter().flatten() {
                object.get(name).map_or(Ok(()), |value| check(schema, value))?;
            }
            true
        }
        ("additionalProperties", Value::Object(object)) => {
            object.keys().all(|name| rule == true || rules["properties"].get(name).is_some())
        }
        ("items", Value::Array(items)) => {
            for item in items {
                check(rule, item)?;
            }
            true
        }
        ("pattern", Value::String(text)) => {
            Regex::new(rule.as_str().unwrap_or_default()).map_err(|error| error.to_string())?.is_match(text)
        }
        ("minLength", Value::String(text)) => {
            text.chars().count() as u64 >= rule.as_u64().unwrap_or(u64::MAX)
        }
        ("minimum", Value::Number(number)) => number.as_f64() >= rule.as_f64(),
        // Annotations, and keywords that do not apply to a value of this type.
        (
            "$schema"
            | "$id"
            | "title"
            | "default"
            | "items"
            | "description"
            | "format"
            | "required"
            | "properties"
            | "additionalProperties"
            | "pattern"
            | "minLength"
            | "minimum",
            _,
        ) => true,
        _ => return Err(format!("{keyword} is not known")),
    })
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// The strings of a rule that is a string or a list.
fn names(rule: &Value) -> impl Iterator<Item = &str> {
    rule.as_str().into_iter().chain(members(rule).filter_map(Value::as_str))
}

fn members(rule: &Value) -> impl Iterator<Item = &Value> {
    rule.as_array().into_iter().flatten()
}

#[test]
fn a_violation_of_the_schema_is_an_error() {
    let schema: Value = serde_json::from_str(include_str!("../../../assets/watch.schema.json")).unwrap();
    let lost = json!({"v": 1, "at": "2026-01-01T00:00:00Z", "type": "lost", "reason": "gone"});
    assert_eq!(check(&schema, &lost), Ok(()));
    for (field, value) in [
        ("v", json!(2)),
        ("at", json!(7)),
        ("type", json!("was")),
        ("reason", json!("")),
        ("other", json!(1)),
    ] {
        let mut wrong = lost.clone();
        wrong[field] = value;
        assert!(check(&schema, &wrong).is_err(), "{wrong}");
    }
    let missing = json!({"v": 1, "at": "2026-01-01T00:00:00Z", "type": "lost"});
    assert!(check(&schema, &missing).is_err());
    assert!(check(&json!({"maximum": 1}), &json!(0)).is_err());
}
