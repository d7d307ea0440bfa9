//! The configuration: one TOML file. Every key has a default.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, value::Error as ValueError},
};

use crate::{
    host::{chat::Chat, notify::Via},
    model::{
        contacts::{Glob, Hiding},
        settings::{OnQuit, Settings, Start},
    },
    store::secrets::TokenStorePreference,
    ui::{
        keymap::Keymap,
        list::{NAMES, View},
        screen,
        settings::{Value, Values},
        theme::Palette,
    },
};

pub mod command;
mod edit;
mod file;
mod keys;
mod text;
mod text_or_list;
mod watcher;

pub use edit::{changed, keep};
pub(crate) use file::VARIABLE;
pub(super) use file::chosen;
pub use file::{choose, load};
pub use keys::Keys;
pub(super) use text::explained;
pub use text::{ConfigError, parse, printed};
use text_or_list::{TextOrList, named, one_or_more};
pub(super) use watcher::Watcher;

/// What is wrong with a program without a name.
const NAMELESS: &str = "the name of the program is empty";

/// The configuration. `assets/config.toml` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub struct Config {
    /// The state at the start.
    pub start: Start,
    /// The own state after the end.
    #[serde(deserialize_with = "named")]
    pub on_quit: OnQuit,
    /// The idle time after which online becomes unavailable. `None`: never.
    #[serde(deserialize_with = "length_or_off")]
    pub idle_after: Option<SignedDuration>,
    /// Whether a call in another session makes the own state busy.
    pub busy_in_calls: bool,
    /// Whether never to change the own presence.
    pub watch_only: bool,
    /// The first view. `None`: the one that was left.
    #[serde(deserialize_with = "view_or_last")]
    pub view: Option<View>,
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
    #[serde(deserialize_with = "way_or_program")]
    pub chat: Chat,
    /// The program for each change of a contact, with its arguments. Empty: none.
    #[serde(deserialize_with = "program_or_none")]
    pub on_change: Vec<String>,
    /// The colors.
    #[serde(deserialize_with = "named")]
    pub theme: Palette,
    /// How long to keep the history on disk. `None`: not at all.
    #[serde(deserialize_with = "length_or_off")]
    pub history: Option<SignedDuration>,
    /// Whether to keep the contacts on disk for the next start.
    pub cache: bool,
    /// Where the next sign-in keeps its tokens.
    #[serde(deserialize_with = "named")]
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
            view: None,
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
            values: self.values(),
        }
    }

    /// Returns the values of the settings that the palette changes, as the file spells them.
    fn values(&self) -> Values {
        let text = |text: &str| Value::Text(text.to_owned());
        let length = |length: Option<SignedDuration>| match length {
            Some(length) => Value::Text(format!("{length:#}")),
            None => text("off"),
        };
        let via: Vec<String> = self.notify.via.iter().map(|via| via.name().to_owned()).collect();
        Values::from([
            ("theme", text(self.theme.name())),
            ("rooms", Value::List(self.rooms.clone())),
            ("hide", Value::List(self.hide.clone())),
            ("hide_ignored", Value::Switch(self.hide_ignored)),
            ("large_room", Value::Number(self.large_room)),
            ("notify.via", if let [one] = &*via { text(one) } else { Value::List(via) }),
            ("notify.quiet_when_busy", Value::Switch(self.notify.quiet_when_busy)),
            ("idle_after", length(self.idle_after)),
            ("busy_in_calls", Value::Switch(self.busy_in_calls)),
            ("on_quit", text(self.on_quit.name())),
            ("start", Value::Text(self.start.name())),
            ("view", text(self.view.map_or("last", View::name))),
            (
                "chat",
                match &self.chat {
                    Chat::Auto => text("auto"),
                    Chat::Matrix => text("matrix"),
                    Chat::MatrixTo => text("matrix.to"),
                    Chat::Program { program, arguments } => {
                        Value::List([program].into_iter().chain(arguments).cloned().collect())
                    }
                },
            ),
            ("mouse", Value::Switch(self.mouse)),
            ("title", Value::Switch(self.title)),
        ])
    }
}

/// Reads how to open a chat: a way with a name, or a program with its arguments.
fn way_or_program<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Chat, D::Error> {
    match TextOrList::<String>::deserialize(deserializer)? {
        TextOrList::Text(way) => match way.as_str() {
            "auto" => Ok(Chat::Auto),
            "matrix" => Ok(Chat::Matrix),
            "matrix.to" => Ok(Chat::MatrixTo),
            _ => Err(D::Error::unknown_variant(&way, &["auto", "matrix", "matrix.to"])),
        },
        TextOrList::List(words) => match words.split_first() {
            None => Err(D::Error::custom("the list is empty, but a program is expected")),
            Some((program, _)) if program.trim().is_empty() => Err(D::Error::custom(NAMELESS)),
            Some((program, arguments)) => {
                Ok(Chat::Program { program: program.clone(), arguments: arguments.to_vec() })
            }
        },
    }
}

/// Reads a program with its arguments. An empty list is no program.
fn program_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let words: Vec<String> = one_or_more(deserializer)?;
    if words.first().is_some_and(|program| program.trim().is_empty()) {
        return Err(D::Error::custom(NAMELESS));
    }
    Ok(words)
}

/// Reads the first view, or "last".
fn view_or_last<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<View>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match View::deserialize(name.as_str().into_deserializer()) {
        Ok(view) => Ok(Some(view)),
        Err::<_, ValueError>(_) if name == "last" => Ok(None),
        Err(_) => Err(D::Error::unknown_variant(&name, &["last", NAMES[0], NAMES[1], NAMES[2], NAMES[3]])),
    }
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
            ("notify.via = 1", "line 1: this is the number 1, but a text or a list of texts is expected"),
            ("[notify]\nby = \"bell\"", "line 2: unknown key by; did you mean via?"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(what), "{error}");
        }
    }
}
