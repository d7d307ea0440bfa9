//! The `[notify]` table of the configuration.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor},
};

/// The keys of `[notify]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// The methods, all of which are used.
    #[serde(deserialize_with = "one_or_more")]
    pub via: Vec<Via>,
    /// Whether to show no notifications while the own state is busy.
    pub quiet_when_busy: bool,
}

impl Default for Notify {
    fn default() -> Self {
        Self { via: vec![Via::Auto], quiet_when_busy: false }
    }
}

/// A method of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The desktop if there is one, otherwise the terminal.
    Auto,
    /// A desktop notification.
    Desktop,
    /// A terminal notification: an escape sequence.
    Terminal,
    /// The terminal's bell.
    Bell,
    /// No notification.
    None,
}

/// Reads one method or a list of methods.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Via>, D::Error> {
    struct OneOrMore;

    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<Via>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a way such as \"auto\", or a list of ways")
        }

        fn visit_str<E: Error>(self, way: &str) -> Result<Vec<Via>, E> {
            Via::deserialize(way.into_deserializer()).map(|via| vec![via])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Via>, A::Error> {
            let mut ways = Vec::new();
            while let Some(via) = list.next_element()? {
                ways.push(via);
            }
            Ok(ways)
        }
    }

    deserializer.deserialize_any(OneOrMore)
}
