//! The settings that the palette of commands changes: their names, their values, and what there is to choose.

use std::collections::BTreeMap;

use super::keymap::{KEYMAP, Keymap};
use crate::model::contacts::Contacts;

mod choices;

pub use choices::{Choice, Offer};

/// A setting of the configuration with its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the configuration.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// True or false.
    Switch(bool),
    /// A whole number.
    Number(usize),
}

impl Value {
    /// Returns the value in one line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(texts) if texts.is_empty() => "none".to_owned(),
            Self::List(texts) => texts.join(", "),
            Self::Switch(on) => on.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// Returns the texts of a list, or the only one.
    fn texts(&self) -> Vec<String> {
        match self {
            Self::List(texts) => texts.clone(),
            value => vec![value.words()],
        }
    }
}

/// The values in force, by key. Those of the keymap are not among them.
pub type Values = BTreeMap<&'static str, Value>;

/// A setting that can be changed while the program runs.
#[derive(Debug)]
pub struct Definition {
    /// The key in the configuration.
    pub key: &'static str,
    /// What it is about, in [`LONGEST_HELP`](super::keymap::LONGEST_HELP) columns at most.
    pub help: &'static str,
    kind: Kind,
    /// Whether the value counts from the next start on.
    pub is_for_start: bool,
}

/// What the value of a setting is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// One of these names.
    One(&'static [&'static str]),
    /// One of these names, or several of those after the first two, which stand alone.
    Several(&'static [&'static str]),
    /// True or false.
    Switch,
    /// A length of time, such as these.
    Length(&'static [&'static str]),
    /// A whole number, such as these.
    Number(&'static [usize]),
    /// Rooms and spaces.
    Rooms,
    /// Patterns for user IDs.
    Users,
}

/// The settings that have a row of their own in the palette, without those of the keymap.
#[rustfmt::skip]
pub const SETTINGS: &[Definition] = &[
    known("theme", "the colors", Kind::One(&["auto", "dark", "light", "color-blind", "terminal", "mono"])),
    known("rooms", "rooms that have a view", Kind::Rooms),
    known("hide", "people to hide", Kind::Users),
    known("hide_ignored", "hide those you ignore", Kind::Switch),
    known("large_room", "members of no large room", Kind::Number(&[20, 50, 100, 200, 500, 0])),
    known("notify.via", "how you are told", Kind::Several(&["auto", "none", "desktop", "terminal", "bell"])),
    known("notify.quiet_when_busy", "be silent while busy", Kind::Switch),
    known("idle_after", "idle until unavailable", Kind::Length(&["off", "5m", "10m", "15m", "30m", "1h"])),
    known("busy_in_calls", "busy during a call", Kind::Switch),
    known("on_quit", "your state after quitting", Kind::One(&["offline", "keep"])),
    at_start("start", "your state at the start", Kind::One(&["online", "keep", "unavailable", "busy", "offline"])),
    at_start("view", "the first view", Kind::One(&["last", "favourites", "direct", "people", "everyone"])),
    known("chat", "how a chat opens", Kind::One(&["auto", "matrix", "matrix.to"])),
    known("mouse", "use clicks and the wheel", Kind::Switch),
    known("title", "set the window's title", Kind::Switch),
];

/// How the keys of the keymap are called: this and the name of a binding.
pub(crate) const KEYS: &str = "keys.";

const fn known(key: &'static str, help: &'static str, kind: Kind) -> Definition {
    Definition { key, help, kind, is_for_start: false }
}

const fn at_start(key: &'static str, help: &'static str, kind: Kind) -> Definition {
    Definition { is_for_start: true, ..known(key, help, kind) }
}

/// What the choices follow from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The values in force.
    pub values: &'a Values,
    /// The key bindings in force.
    pub keymap: &'a Keymap,
    /// The contacts and rooms.
    pub contacts: &'a Contacts,
}

impl Context<'_> {
    /// Returns the value in force. `None`: there is no such setting.
    #[must_use]
    pub fn value_of(&self, key: &str) -> Option<Value> {
        match key.strip_prefix(KEYS) {
            Some(name) => {
                let (_, keys) = self.keymap.bindings().find(|(binding, _)| binding.name == name)?;
                Some(Value::List(keys.iter().map(ToString::to_string).collect()))
            }
            None => self.values.get(key).cloned(),
        }
    }
}

/// Returns whether several values can be chosen one after the other.
#[must_use]
pub(crate) fn takes_several(key: &str) -> bool {
    matches!(kind_of(key), Some(Kind::Rooms | Kind::Users | Kind::Several(_)))
}

/// Returns whether a value counts from the next start on.
#[must_use]
pub(crate) fn is_for_start(key: &str) -> bool {
    SETTINGS.iter().any(|known| known.key == key && known.is_for_start)
}

/// Returns whether there is such a setting.
#[must_use]
pub fn exists(key: &str) -> bool {
    match key.strip_prefix(KEYS) {
        Some(name) => KEYMAP.iter().any(|binding| binding.name == name),
        None => kind_of(key).is_some(),
    }
}

fn kind_of(key: &str) -> Option<Kind> {
    SETTINGS.iter().find(|known| known.key == key).map(|known| known.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::text,
        ui::{keymap::LONGEST_HELP, theme::Palette},
    };

    #[test]
    fn the_words_of_each_setting_fit() {
        for known in SETTINGS {
            assert!(text::width(known.help) <= LONGEST_HELP, "{}", known.help);
        }
    }

    #[test]
    fn the_colors_are_those_that_there_are() {
        let Some(Kind::One(names)) = kind_of("theme") else { panic!("colors have names") };
        assert_eq!(names, Palette::ALL.map(Palette::name));
    }
}
