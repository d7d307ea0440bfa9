//! The `[keys]` table of the configuration.

use std::{collections::BTreeMap, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use toml::Spanned;

use crate::ui::keymap::{Conflict, KEYMAP, Key, Keymap};

/// The table, with positions in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Keys(BTreeMap<Spanned<String>, Spanned<Texts>>);

/// The keys of one name: a list, or one text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Texts {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;

        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Texts::Many(texts))
            }
        }

        deserializer.deserialize_any(OneOrMore)
    }
}

impl Keys {
    /// Returns the keymap with these changes.
    ///
    /// # Errors
    ///
    /// The position and the reason if a name or a key is unknown, or a key has two actions.
    pub(super) fn keymap(&self) -> Result<Keymap, (Range<usize>, String)> {
        let mut keymap = Keymap::default();
        for (name, keys) in &self.0 {
            let texts: Vec<(&str, Range<usize>)> = match keys.get_ref() {
                Texts::One(text) => vec![(text, keys.span())],
                Texts::Many(texts) => {
                    texts.iter().map(|text| (text.get_ref().as_str(), text.span())).collect()
                }
            };
            let parsed = texts.into_iter().map(|(text, span)| Key::parse(text).map_err(|why| (span, why)));
            let keys = parsed.collect::<Result<_, _>>()?;
            keymap.bind(name.get_ref(), keys).map_err(|near| (name.span(), unknown(name.get_ref(), near)))?;
        }
        match keymap.conflict() {
            Some(conflict) => Err((self.place(&conflict), in_words(&conflict))),
            None => Ok(keymap),
        }
    }

    /// Returns the position of a conflict: the later of the two names in the file.
    fn place(&self, conflict: &Conflict) -> Range<usize> {
        let names = self.0.keys().filter(|name| conflict.names.contains(&name.get_ref().as_str()));
        names.map(Spanned::span).max_by_key(|span| span.start).unwrap_or_default()
    }
}

fn unknown(name: &str, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("unknown name {name}; did you mean {near}?"),
        None => format!("unknown name {name}; `whosin config` prints all names"),
    }
}

fn in_words(Conflict { key, names: [first, second] }: &Conflict) -> String {
    match key {
        Key::Ctrl('c') => "Ctrl-C always quits".to_owned(),
        _ => format!("{key} cannot be both {first} and {second}; give one of them other keys"),
    }
}

/// Returns the default keys as a part of the file.
pub(super) fn printed() -> String {
    let lines = KEYMAP.iter().map(|binding| {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("{:?}", key.to_string())).collect();
        format!("#{} = [{}]  # {}\n", binding.name, keys.join(", "), binding.help)
    });
    lines.collect()
}
