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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::parse;

    #[test]
    fn a_way_or_a_list_of_ways_is_read_in_either_form_of_the_table() {
        for (text, via, quiet) in [
            ("[notify]\nvia = \"bell\"\nquiet_when_busy = true", vec![Via::Bell], true),
            ("notify.via = [\"desktop\", \"bell\"]", vec![Via::Desktop, Via::Bell], false),
            ("notify.via = \"none\"", vec![Via::None], false),
            ("notify.quiet_when_busy = true", vec![Via::Auto], true),
        ] {
            assert_eq!(parse(text).unwrap().notify, Notify { via, quiet_when_busy: quiet }, "{text}");
        }
    }

    #[test]
    fn a_way_that_is_none_is_told_with_those_that_are() {
        for (text, what) in [
            (
                "\nnotify.via = \"dekstop\"",
                "line 2: invalid value \"dekstop\"; expected one of \"auto\", \"desk",
            ),
            ("\nnotify.via = [\"bell\", \"x\"]", "line 2: invalid value \"x\""),
            (
                "notify.via = 1",
                "line 1: invalid type: integer `1`, expected a way such as \"auto\", or a list",
            ),
            ("[notify]\nby = \"bell\"", "line 2: unknown key by; did you mean via?"),
        ] {
            let mistake = parse(text).unwrap_err().to_string();
            assert!(mistake.starts_with(what), "{mistake}");
        }
    }
}
