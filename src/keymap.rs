//! The keys of the dashboard: one table, which the help screen prints too.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::{InputRequest, backend::crossterm::to_input_request};

use crate::presence::Presence;

/// What a key asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Busy, or back to what was before it.
    ToggleBusy,
    /// Another state.
    Ask(Presence),
    /// Busy that ends by itself.
    BusyUntil,
    /// Edit the status message.
    EditMessage,
    /// Filter the list.
    EditFilter,
    /// Move the selection by so many rows.
    Move(isize),
    /// Move the selection by so many halves of a screen.
    Page(isize),
    /// Select the first row.
    First,
    /// Select the last row.
    Last,
    /// Leave what is open; then the filter; then the selection.
    Back,
    /// Show or hide the keys.
    Help,
    /// Stop until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// Some keys that ask for the same.
pub struct Binding {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The keys, the one to remember first.
    pub keys: &'static [Key],
    /// What they ask for.
    pub action: Action,
    /// What that is, for the help screen.
    pub help: &'static str,
    /// One word for the bottom of the screen, where the binding is worth its place there.
    pub hint: Option<&'static str>,
}

/// A key with or without Ctrl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The key alone; Shift shows in its character.
    Plain(KeyCode),
    /// The key with Ctrl.
    Ctrl(char),
}

const fn char(c: char) -> Key {
    Key::Plain(KeyCode::Char(c))
}

/// Every key of the dashboard.
#[rustfmt::skip]
pub const KEYMAP: &[Binding] = &[
    bind("busy", &[char('b')], Action::ToggleBusy, "busy; again: back to what was before", Some("busy")),
    bind("busy-for", &[char('B')], Action::BusyUntil, "busy for a while; then back to state and message from before", None),
    bind("online", &[char('o')], Action::Ask(Presence::Online), "online", Some("online")),
    bind("unavailable", &[char('u'), char('a')], Action::Ask(Presence::Unavailable), "unavailable (away)", Some("unavailable")),
    bind("offline", &[char('i')], Action::Ask(Presence::Offline), "offline: stay connected, but invisible", Some("offline")),
    bind("message", &[char('m')], Action::EditMessage, "edit your status message; Ctrl-U empties it", Some("message")),
    bind("filter", &[char('/')], Action::EditFilter, "filter by name or user ID", Some("filter")),
    bind("down", &[char('j'), Key::Plain(KeyCode::Down)], Action::Move(1), "next contact", None),
    bind("up", &[char('k'), Key::Plain(KeyCode::Up)], Action::Move(-1), "previous contact", None),
    bind("page-down", &[Key::Plain(KeyCode::PageDown), Key::Ctrl('d')], Action::Page(1), "half a screen down", None),
    bind("page-up", &[Key::Plain(KeyCode::PageUp), Key::Ctrl('u')], Action::Page(-1), "half a screen up", None),
    bind("first", &[char('g'), Key::Plain(KeyCode::Home)], Action::First, "first contact", None),
    bind("last", &[char('G'), Key::Plain(KeyCode::End)], Action::Last, "last contact", None),
    bind("back", &[Key::Plain(KeyCode::Esc)], Action::Back, "close, clear the filter, select nobody", None),
    bind("help", &[char('?'), Key::Plain(KeyCode::F(1))], Action::Help, "show or hide this help", Some("help")),
    bind("suspend", &[Key::Ctrl('z')], Action::Suspend, "back to the shell; fg returns", None),
    bind("quit", &[char('q'), Key::Ctrl('c')], Action::Quit, "quit", Some("quit")),
];

const fn bind(
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { name, keys, action, help, hint }
}

/// The action of a key press.
#[must_use]
pub fn action(event: &KeyEvent) -> Option<Action> {
    let key = Key::of(event)?;
    KEYMAP.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action.clone())
}

/// What a key asks for while a line of text is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Take the text.
    Submit,
    /// Leave it.
    Cancel,
    /// Go to the next field, or row.
    Next,
    /// Go to the previous one.
    Previous,
    /// End the program.
    Quit,
    /// Change the text or move in it.
    Text(InputRequest),
}

/// The edit of a key press.
#[must_use]
pub fn edit(event: &KeyEvent) -> Option<Edit> {
    match Key::of(event) {
        Some(Key::Plain(KeyCode::Enter)) => Some(Edit::Submit),
        Some(Key::Plain(KeyCode::Esc)) => Some(Edit::Cancel),
        Some(Key::Plain(KeyCode::Tab | KeyCode::Down)) => Some(Edit::Next),
        Some(Key::Plain(KeyCode::BackTab | KeyCode::Up)) => Some(Edit::Previous),
        Some(Key::Ctrl('c')) => Some(Edit::Quit),
        _ => to_input_request(&Event::Key(*event)).map(Edit::Text),
    }
}

impl Key {
    /// The key of an event, unless it is a release or carries modifiers that no binding has.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        match (event.code, event.modifiers.difference(KeyModifiers::SHIFT)) {
            (code, KeyModifiers::NONE) => Some(Self::Plain(code)),
            (KeyCode::Char(c), KeyModifiers::CONTROL) => Some(Self::Ctrl(c.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// The key's name for people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Plain(KeyCode::Char(c)) => c.to_string(),
            Self::Plain(KeyCode::Up) => "↑".to_owned(),
            Self::Plain(KeyCode::Down) => "↓".to_owned(),
            Self::Plain(KeyCode::PageUp) => "PgUp".to_owned(),
            Self::Plain(KeyCode::PageDown) => "PgDn".to_owned(),
            Self::Plain(code) => code.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_asks_for_two_things() {
        let mut seen = HashSet::new();
        for key in KEYMAP.iter().flat_map(|binding| binding.keys) {
            assert!(seen.insert(key.name()), "{} is bound twice", key.name());
        }
    }

    #[test]
    fn shift_shows_in_the_character_and_releases_do_nothing() {
        let press = |code, modifiers| action(&KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Action::Last));
        assert_eq!(press(KeyCode::Char('b'), KeyModifiers::ALT), None);
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        let mut release = KeyEvent::new(KeyCode::Char('b'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(action(&release), None);
    }
}
