//! Keys, as terminals report them and as people write them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key, with or without Ctrl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The key alone. Shift changes its character.
    Plain(KeyCode),
    /// The key with Ctrl, in lower case.
    Ctrl(char),
}

/// The keys that are not characters. The first name is printed; the others are understood too.
const NAMED: &[(KeyCode, &[&str])] = &[
    (KeyCode::Char(' '), &["Space"]),
    (KeyCode::Enter, &["Enter", "Return"]),
    (KeyCode::Esc, &["Esc", "Escape"]),
    (KeyCode::Tab, &["Tab"]),
    (KeyCode::BackTab, &["Shift-Tab", "BackTab"]),
    (KeyCode::Backspace, &["Backspace"]),
    (KeyCode::Delete, &["Delete", "Del"]),
    (KeyCode::Insert, &["Insert", "Ins"]),
    (KeyCode::Up, &["Up"]),
    (KeyCode::Down, &["Down"]),
    (KeyCode::Left, &["Left"]),
    (KeyCode::Right, &["Right"]),
    (KeyCode::Home, &["Home"]),
    (KeyCode::End, &["End"]),
    (KeyCode::PageUp, &["PgUp", "PageUp"]),
    (KeyCode::PageDown, &["PgDn", "PageDown"]),
];

/// Letters that terminals with Ctrl report as another key.
const SAME_AS: [(char, &str); 3] = [('i', "Tab"), ('m', "Enter"), ('[', "Esc")];

impl Key {
    /// Returns the key of an event. Releases and keys with other modifiers are `None`: no binding has them.
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

    /// Parses a key: `b`, `B`, `?`, `F2`, `Down`, `Ctrl-n`.
    ///
    /// # Errors
    ///
    /// A [`String`] with the reason if no such key exists or terminals report it as another key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && !c.is_control()
        {
            return Ok(Self::Plain(KeyCode::Char(c)));
        }
        if let Some(letter) = strip_prefix(text, "Ctrl-") {
            return Self::with_ctrl(text, letter);
        }
        let function = strip_prefix(text, "F").and_then(|number| number.parse().ok());
        if let Some(number @ 1..=12) = function {
            return Ok(Self::Plain(KeyCode::F(number)));
        }
        let is_named = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(text));
        let named = NAMED.iter().find(|(_, names)| is_named(names));
        named.map(|(code, _)| Self::Plain(*code)).ok_or_else(|| {
            format!("\"{text}\" is no key; keys are written like \"b\", \"B\", \"F2\", \"Down\", \"Ctrl-N\"")
        })
    }

    fn with_ctrl(text: &str, letter: &str) -> Result<Self, String> {
        let letter = letter.to_ascii_lowercase();
        if let Some((_, other)) = SAME_AS.iter().find(|(same, _)| letter.starts_with(*same)) {
            return Err(format!("terminals send {text} as {other}; write \"{other}\""));
        }
        match letter.as_bytes() {
            [letter @ b'a'..=b'z'] => Ok(Self::Ctrl((*letter).into())),
            _ => Err(format!("\"{text}\" is no key; Ctrl goes with a letter")),
        }
    }
}

/// Removes a prefix in upper or lower case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The spelling of the configuration.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ctrl(c) => write!(f, "Ctrl-{}", c.to_ascii_uppercase()),
            Self::Plain(code) => match NAMED.iter().find(|(named, _)| named == code) {
                Some((_, names)) => f.write_str(names[0]),
                None => write!(f, "{code}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let plain = [
            ("b", KeyCode::Char('b')),
            ("B", KeyCode::Char('B')),
            ("F", KeyCode::Char('F')),
            ("-", KeyCode::Char('-')),
            ("ß", KeyCode::Char('ß')),
            ("Space", KeyCode::Char(' ')),
            ("F2", KeyCode::F(2)),
            ("Down", KeyCode::Down),
            ("Shift-Tab", KeyCode::BackTab),
            ("PgUp", KeyCode::PageUp),
        ];
        let plain = plain.map(|(text, code)| (text, Key::Plain(code)));
        for (text, key) in plain.into_iter().chain([("Ctrl-N", Key::Ctrl('n'))]) {
            assert_eq!(Key::parse(text), Ok(key));
            assert_eq!(key.to_string(), text);
        }
        assert_eq!(Key::parse("ctrl-n"), Ok(Key::Ctrl('n')));
        assert_eq!(Key::parse("pageup"), Ok(Key::Plain(KeyCode::PageUp)));
        assert_eq!(Key::parse("f12"), Ok(Key::Plain(KeyCode::F(12))));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "busy", "F0", "F13", "Fn", "Ctrl-", "Ctrl-Ä", "Ctrl-F1", "Alt-b", "\t"] {
            let why = Key::parse(text).unwrap_err();
            assert!(why.contains(&format!("\"{text}\" is no key")), "{why}");
        }
        assert_eq!(Key::parse("Ctrl-I").unwrap_err(), "terminals send Ctrl-I as Tab; write \"Tab\"");
    }

    #[test]
    fn shift_shows_in_the_character_and_releases_are_no_keys() {
        let key = |code, modifiers| Key::of(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Key::Plain(KeyCode::Char('G'))));
        assert_eq!(key(KeyCode::Char('b'), KeyModifiers::ALT), None);
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Ctrl('c')));
        let mut release = KeyEvent::new(KeyCode::Char('b'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(Key::of(&release), None);
    }
}
