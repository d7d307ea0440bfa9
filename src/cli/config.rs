//! The configuration: one TOML file. Every key has a default.

use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{
    host::{chat::Chat, notify::Notify},
    model::{
        contacts::{Glob, Hiding},
        settings::{OnQuit, Settings, Start},
    },
    store::secrets::TokenStorePreference,
    ui::{keymap::Keymap, list::View, screen, theme::Palette},
};

pub mod command;
mod edit;
mod file;
mod keys;
mod text;

pub use edit::keep;
pub(super) use file::chosen;
pub use file::{VARIABLE, choose, load};
pub use keys::Keys;
pub(super) use text::explained;
pub use text::{ConfigError, parse, printed};

/// The configuration. `assets/config.toml` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub struct Config {
    /// The state at the start.
    pub start: Start,
    /// The own state after the end.
    pub on_quit: OnQuit,
    /// The idle time after which online becomes unavailable. `None`: never.
    #[serde(deserialize_with = "length_or_off")]
    pub idle_after: Option<SignedDuration>,
    /// Whether a call in another session makes the own state busy.
    pub busy_in_calls: bool,
    /// Whether never to change the own presence.
    pub watch_only: bool,
    /// The first view.
    pub view: View,
    /// The rooms and spaces that have a view, by name, address or ID.
    #[serde(deserialize_with = "one_or_more")]
    pub rooms: Vec<String>,
    /// The most members of a room that is not large. 0: no room is large.
    #[serde(alias = "crowd")]
    pub large_room: usize,
    /// Patterns for the user IDs of hidden contacts.
    #[serde(deserialize_with = "one_or_more")]
    pub hide: Vec<String>,
    /// Whether to hide ignored users.
    pub hide_ignored: bool,
    /// The notification settings.
    pub notify: Notify,
    /// How to open a chat.
    pub chat: Chat,
    /// The program for each change of a contact, with its arguments. Empty: none.
    #[serde(deserialize_with = "one_or_more")]
    pub on_change: Vec<String>,
    /// The colors.
    pub theme: Palette,
    /// How long to keep the history on disk. `None`: not at all.
    #[serde(deserialize_with = "length_or_off")]
    pub history: Option<SignedDuration>,
    /// Whether to keep the contacts on disk for the next start.
    pub cache: bool,
    /// Where the next sign-in keeps its tokens.
    pub token_store: TokenStorePreference,
    /// Whether to capture the mouse.
    pub mouse: bool,
    /// Whether to set the title of the window.
    pub title: bool,
    /// The key bindings.
    #[serde(skip)]
    pub keymap: Keymap,
    /// The `[keys]` table, from which the key bindings follow.
    pub keys: Keys,
}

impl Default for Config {
    fn default() -> Self {
        let Settings { start, on_quit, idle_after, busy_in_calls, watch_only, hiding, .. } =
            Settings::default();
        Self {
            start,
            on_quit,
            idle_after,
            busy_in_calls,
            watch_only,
            history: None,
            cache: true,
            view: View::default(),
            rooms: Vec::new(),
            large_room: hiding.large_room,
            hide: Vec::new(),
            hide_ignored: hiding.ignored,
            notify: Notify::default(),
            chat: Chat::default(),
            on_change: Vec::new(),
            theme: Palette::Auto,
            token_store: TokenStorePreference::Auto,
            mouse: true,
            title: true,
            keymap: Keymap::default(),
            keys: Keys::default(),
        }
    }
}

impl Config {
    /// Returns the settings of the model.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let users = self.hide.iter().map(|pattern| Glob::new(pattern)).collect();
        Settings {
            start: self.start,
            on_quit: self.on_quit,
            idle_after: self.idle_after,
            busy_in_calls: self.busy_in_calls,
            watch_only: self.watch_only,
            quiet_when_busy: self.notify.quiet_when_busy,
            recorded: self.history.is_some(),
            hiding: Hiding { large_room: self.large_room, users, ignored: self.hide_ignored },
        }
    }

    /// Returns the settings of the screen.
    #[must_use]
    pub fn screen(&self) -> screen::Preferences {
        screen::Preferences {
            view: self.view,
            rooms: self.rooms.clone(),
            keymap: self.keymap.clone(),
            mouse: self.mouse,
            watch_only: self.watch_only,
            palette: self.theme,
        }
    }
}

/// Reads a list of texts, or one text.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = list.next_element()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(Texts)
}

/// Parses a duration or "off". A day has 24 hours.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::notify::Via;

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
                "line 1: this is the number 1, but a way such as \"auto\", or a list of ways is expected",
            ),
            ("[notify]\nby = \"bell\"", "line 2: unknown key by; did you mean via?"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(what), "{error}");
        }
    }
}
