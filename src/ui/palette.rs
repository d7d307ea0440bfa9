//! The palette: everything that has a name, found by typing a part of it, and the settings with their values.
//!
//! `set NAME VALUE` changes a setting. A setting that is chosen completes the line, and then the values are offered.

use tui_input::Input as Line;

use super::{
    keymap::{Action, Binding, Edit, Key},
    settings::{self, Choice, Context, KEYS, Offer, SETTINGS, Setting, Value},
};

/// What begins a line about a setting.
const SET: &str = "set ";

/// The typed text and the selected entry.
#[derive(Debug, Default)]
pub struct Palette {
    line: Line,
    /// The selected entry among those that match.
    at: usize,
    /// Why the last value was refused.
    refused: Option<String>,
}

/// A row of the palette.
#[derive(Debug)]
pub enum Entry<'a> {
    /// A command with its keys.
    Command(&'static Binding, &'a [Key]),
    /// A setting: how it is called, what it is about, and its value.
    Setting(String, &'static str, String),
    /// A value of the setting that is typed.
    Value(Choice),
}

/// The rows of the palette, and what is said instead or besides.
#[derive(Debug)]
pub struct Entries<'a> {
    /// The rows, the best match first.
    pub rows: Vec<Entry<'a>>,
    /// What is wrong with what is typed.
    pub complaint: Option<String>,
}

/// What the person has chosen.
#[derive(Debug)]
pub(crate) enum Chosen {
    /// A command to run.
    Command(Action),
    /// A setting to keep.
    Setting(Setting),
}

impl Palette {
    /// Returns the typed text.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Returns the typed text, to change it. The first match becomes the selected one.
    pub(crate) fn line_mut(&mut self) -> &mut Line {
        (self.at, self.refused) = (0, None);
        &mut self.line
    }

    /// Returns the place of the selected entry among the matches.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns the setting whose value is typed.
    #[must_use]
    pub fn setting(&self) -> Option<&str> {
        self.typed_value().map(|(key, _)| key)
    }

    /// Returns the setting whose value is typed, and what is typed of the value.
    fn typed_value(&self) -> Option<(&str, &str)> {
        let (key, typed) = self.line.value().trim_start().strip_prefix(SET)?.trim_start().split_once(' ')?;
        settings::exists(key).then_some((key, typed))
    }

    /// Returns the rows that match what is typed.
    #[must_use]
    pub fn entries<'a>(&self, context: &Context<'a>) -> Entries<'a> {
        if let Some((key, typed)) = self.typed_value() {
            let Offer { choices, complaint } = context.offer(key, typed);
            let complaint = self.refused.clone().or(complaint);
            return Entries { rows: choices.into_iter().map(Entry::Value).collect(), complaint };
        }
        let typed = self.line.value().trim_start().to_lowercase();
        let commands =
            context.keymap.bindings().filter(|(binding, _)| binding.action != Action::Palette).map(
                |(binding, keys)| {
                    (format!("{} {}", binding.name, binding.help), Entry::Command(binding, keys))
                },
            );
        let settings = named_settings(&typed, context)
            .into_iter()
            .map(|(name, help, value)| (format!("{name} {help}"), Entry::Setting(name, help, value)));
        let ranked = commands.chain(settings).filter_map(|(text, entry)| Some((rank(&text, &typed)?, entry)));
        let mut found: Vec<_> = ranked.collect();
        found.sort_by_key(|(rank, _)| *rank);
        let rows: Vec<Entry<'a>> = found.into_iter().map(|(_, entry)| entry).collect();
        let nothing = || match typed.strip_prefix(SET) {
            Some(_) => "No setting has this name.".to_owned(),
            None => "No command has this name.".to_owned(),
        };
        let complaint = rows.is_empty().then(nothing);
        Entries { rows, complaint }
    }

    /// Moves the selection or changes the text. Submitting and closing are up to the caller.
    pub fn edit(&mut self, edit: Edit, context: &Context<'_>) {
        let last = self.entries(context).rows.len().saturating_sub(1);
        match edit {
            Edit::Next => self.at = (self.at + 1).min(last),
            Edit::Previous => self.at = self.at.saturating_sub(1),
            Edit::Text(request) => _ = self.line_mut().handle(request),
            Edit::Submit | Edit::Cancel | Edit::Quit => {}
        }
    }

    /// Takes the selected entry. A setting completes the line.
    pub(crate) fn submit(&mut self, context: &Context<'_>) -> Option<Chosen> {
        let mut rows = self.entries(context).rows;
        if self.at >= rows.len() {
            return None;
        }
        match rows.swap_remove(self.at) {
            Entry::Command(binding, _) => Some(Chosen::Command(binding.action.clone())),
            Entry::Setting(name, ..) => {
                let gap = if name.ends_with('.') { "" } else { " " };
                *self.line_mut() = format!("{name}{gap}").into();
                None
            }
            Entry::Value(choice) => {
                let key = self.setting()?.to_owned();
                Some(Chosen::Setting(Setting { key, value: choice.value }))
            }
        }
    }

    /// Returns whether the last value was refused.
    #[must_use]
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Keeps why a value was refused, until the text is changed.
    pub(crate) fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }
}

/// Returns the settings by the names that are typed, with what they are about and their values. The keys have one row
/// together until they are typed.
fn named_settings(typed: &str, context: &Context<'_>) -> Vec<(String, &'static str, String)> {
    let value = |key: &str| context.value_of(key).as_ref().map(Value::words).unwrap_or_default();
    if typed.starts_with(&format!("{SET}{KEYS}")) {
        let bindings = context.keymap.bindings().map(|(binding, _)| {
            let key = format!("{KEYS}{}", binding.name);
            (format!("{SET}{key}"), binding.help, value(&key))
        });
        return bindings.collect();
    }
    let own = SETTINGS.iter().map(|known| (format!("{SET}{}", known.key), known.help, value(known.key)));
    own.chain([(format!("{SET}{KEYS}"), "the keys of a command", String::new())]).collect()
}

/// Returns how well a text matches. 0: it begins with what is typed. 1: each typed word begins a word of it. 2: each is
/// a part of it.
fn rank(text: &str, typed: &str) -> Option<u8> {
    let text = text.to_lowercase();
    let typed = typed.trim_end();
    let begins = |typed: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(typed));
    if text.starts_with(typed) {
        Some(0)
    } else if typed.split_whitespace().all(begins) {
        Some(1)
    } else if typed.split_whitespace().all(|word| text.contains(word)) {
        Some(2)
    } else {
        None
    }
}
