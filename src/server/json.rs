//! Lenient JSON: each part is parsed by itself, and a malformed part costs only itself.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A JSON object with unparsed members.
#[derive(Debug, Default)]
pub(super) struct Object<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Splits an object into its members. `None`: the text is not an object.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the last member with a name, as browsers and Python do.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let named = |key: &RawValue| {
            let key = key.get();
            let plain = key.get(1..key.len().saturating_sub(1));
            if key.contains('\\') { text(key).is_some_and(|it| it == name) } else { plain == Some(name) }
        };
        self.0.iter().rev().find(|(key, _)| named(key)).map(|(_, value)| *value)
    }

    /// Returns a member as an object, or an empty one if it is not an object.
    pub(super) fn object(&self, name: &str) -> Self {
        self.get(name).and_then(|value| Self::parse(value.get())).unwrap_or_default()
    }

    /// Returns the elements of a member, or none if it is not an array.
    pub(super) fn array(&self, name: &str) -> Vec<&'a RawValue> {
        self.elements(name).unwrap_or_default()
    }

    /// Returns the elements of a member. `None`: it is not an array.
    pub(super) fn elements(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Returns a member as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?.get())
    }

    /// Returns a member as a number. Some servers send whole numbers with a decimal point.
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates at both ends")]
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let value = self.get(name)?.get();
        value.parse().ok().or_else(|| value.parse::<f64>().ok().map(|number| number as i64))
    }

    /// Returns a member as a number, which some servers write as a text.
    pub(super) fn numeral(&self, name: &str) -> Option<i64> {
        self.number(name).or_else(|| self.text(name)?.trim().parse().ok())
    }

    /// Returns a member as a truth value.
    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        self.read(name)
    }

    /// Parses a member.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Returns all members with readable names.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.0.iter().filter_map(|(key, value)| Some((text(key.get())?, *value)))
    }
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_cannot_be_read_costs_no_other() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for bad in ["null", "1.0", "[7]", r#""\ud800""#, "1e999", &deep] {
            let text = format!(r#"{{"bad": {bad}, "\ud800": 1, "good": "yes"}}"#);
            let object = Object::parse(&text).unwrap();
            assert_eq!(object.text("good").as_deref(), Some("yes"), "{bad:.20}");
            assert_eq!(object.text("bad"), None, "{bad:.20}");
            assert!(object.object("bad").get("x").is_none(), "{bad:.20}");
        }
    }

    #[test]
    fn of_members_of_one_name_the_last_counts_however_it_is_spelled() {
        let object = Object::parse(r#"{"a": 1, "\u0061": 2}"#).unwrap();
        assert_eq!(object.number("a"), Some(2));
        assert_eq!(object.members().count(), 2);
    }

    #[test]
    fn whole_numbers_with_a_point_are_numbers() {
        let object = Object::parse(r#"{"a": 1.0, "b": -3.7, "c": 1e300, "d": "4", "e": null}"#).unwrap();
        let read = ["a", "b", "c", "d", "e"].map(|name| object.number(name));
        assert_eq!(read, [Some(1), Some(-3), Some(i64::MAX), None, None]);
        let read = ["a", "d", "e"].map(|name| object.numeral(name));
        assert_eq!(read, [Some(1), Some(4), None]);
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in ["", "null", "[]", "7", "{", r#"{"a":1} x"#, "<html>"] {
            assert!(Object::parse(text).is_none(), "{text}");
        }
    }
}
