//! The `[keys]` table of the configuration.

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;
use toml::Spanned;

use super::text_or_list::TextOrList;
use crate::ui::keymap::{Conflict, KEYMAP, Key, Keymap};

/// The table, with positions in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Keys(BTreeMap<Spanned<String>, Spanned<TextOrList<Spanned<String>>>>);

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
                TextOrList::Text(text) => vec![(text, keys.span())],
                TextOrList::List(texts) => {
                    texts.iter().map(|text| (text.get_ref().as_str(), text.span())).collect()
                }
            };
            let parsed = texts.into_iter().map(|(text, span)| Key::parse(text).map_err(|why| (span, why)));
            let keys = parsed.collect::<Result<_, _>>()?;
            keymap.bind(name.get_ref(), keys).map_err(|near| (name.span(), unknown(name.get_ref(), near)))?;
        }
        match keymap.conflict() {
            Some(conflict) => Err((self.place(&conflict), conflict.to_string())),
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

/// Returns the default keys as a part of the file.
pub(super) fn printed() -> String {
    let lines = KEYMAP.iter().map(|binding| {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("{:?}", key.to_string())).collect();
        format!("#{} = [{}]  # {}\n", binding.name, keys.join(", "), binding.help)
    });
    lines.collect()
}
