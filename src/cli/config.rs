//! What can be configured: one TOML file, of which every key has a default.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{
    Deserialize, Deserializer,
    de::{self, Error, IntoDeserializer},
};

use crate::{
    model::{
        contacts::{Glob, Hiding, View},
        presence::State,
    },
    ui::keymap::Keymap,
};

pub mod command;
mod file;
mod keys;
mod notify;
mod text;

pub use file::load;
pub use keys::Keys;
pub use notify::{Notify, Via};
pub use text::{ConfigError, parse, printed};

/// What the owner wants; the keys of the file, which says what each is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub struct Config {
    /// The state at the start.
    pub start: Start,
    /// What the end leaves behind.
    pub on_quit: OnQuit,
    /// After how long at no key online becomes unavailable; `None` for never.
    #[serde(deserialize_with = "length_or_off")]
    pub idle_after: Option<SignedDuration>,
    /// Whether a call in another session makes busy.
    pub busy_in_calls: bool,
    /// Whether to leave the own presence alone.
    pub watch_only: bool,
    /// The view to begin with.
    pub view: View,
    /// The rooms and spaces with a view of their own, each by name, address or ID.
    pub rooms: Vec<String>,
    /// A room with more joined members counts in the view of everyone only; 0 for no limit.
    #[serde(alias = "crowd")]
    pub large_room: usize,
    /// Patterns for the IDs of those who are left out.
    pub hide: Vec<String>,
    /// Whether ignored users are left out.
    pub hide_ignored: bool,
    /// How the person is told of others.
    pub notify: Notify,
    /// The program that is run for each change of a contact, with its arguments; empty for none.
    pub on_change: Vec<String>,
    /// Which colours to show, as far as the terminal can.
    pub theme: Palette,
    /// For how long to keep on disk what happens; `None` for not at all.
    #[serde(deserialize_with = "length_or_off")]
    pub history: Option<SignedDuration>,
    /// Whether to take what the mouse does from the terminal.
    pub mouse: bool,
    /// Which keys ask for what.
    #[serde(skip)]
    pub keymap: Keymap,
    /// The keys that the file names; the keymap follows from them.
    pub keys: Keys,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            start: Start::State(State::Online),
            on_quit: OnQuit::Offline,
            idle_after: Some(SignedDuration::from_mins(10)),
            busy_in_calls: true,
            watch_only: false,
            history: None,
            view: View::default(),
            rooms: Vec::new(),
            large_room: 100,
            hide: Vec::new(),
            hide_ignored: true,
            notify: Notify::default(),
            on_change: Vec::new(),
            theme: Palette::Terminal,
            mouse: true,
            keymap: Keymap::default(),
            keys: Keys::default(),
        }
    }
}

impl Config {
    /// Whom to leave out.
    #[must_use]
    pub fn hiding(&self) -> Hiding {
        let users = self.hide.iter().map(|pattern| Glob::new(pattern)).collect();
        Hiding { large_room: self.large_room, users, ignored: self.hide_ignored }
    }
}

/// What to set at the start. A busy that others already see is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A state.
    State(State),
    /// What others see at that moment.
    Keep,
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "keep" {
            return Ok(Self::Keep);
        }
        let state: Result<State, de::value::Error> = State::deserialize(text.as_str().into_deserializer());
        state.map(Self::State).map_err(|_| D::Error::unknown_variant(&text, &START))
    }
}

/// The values of `start`.
const START: [&str; 5] = ["online", "keep", "unavailable", "busy", "offline"];

/// What the end leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnQuit {
    /// Offline, as far as this session goes.
    Offline,
    /// What others see, as long as the server keeps it.
    Keep,
}

/// Which colours to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// The terminal's own sixteen.
    #[default]
    Terminal,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Told apart by the colour-blind, on both.
    #[serde(alias = "color-blind")]
    ColourBlind,
    /// None.
    Mono,
}

/// Reads a length; a day has 24 hours here.
fn length_or_off<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SignedDuration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == "off" {
        return Ok(None);
    }
    let span: Option<Span> = text.parse().ok();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let length = length.filter(|length| *length >= SignedDuration::from_secs(1));
    let wrong = || D::Error::custom("expected a length such as \"10m\", \"1h30m\" or \"30d\", or \"off\"");
    length.map(Some).ok_or_else(wrong)
}
