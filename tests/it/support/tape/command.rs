//! The commands of a tape.

use std::time::Duration;

use regex::Regex;

use super::word::{Word, duration, number};
use crate::support::terminal::Key;

#[derive(Debug)]
pub(super) enum Command {
    Output,
    Require(String),
    Set(String, Word),
    Env(String, String),
    Press {
        key: Key,
        times: u32,
    },
    Copy(String),
    Paste,
    Wait(Wait),
    /// A pause for those who watch.
    Sleep(Duration),
    /// What makes a difference only to those who watch: stills, hidden parts.
    Spectacle,
}

/// With what is not said taken from the settings.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) scope: Scope,
    pub(super) limit: Option<Duration>,
    pub(super) pattern: Option<Regex>,
}

/// Where a wait looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// The line the cursor is on.
    Line,
    Screen,
}

/// Where in a tape a command may stand.
pub(super) enum Place {
    Start,
    Play,
    Anywhere,
}

impl Command {
    /// Nothing for a line without words.
    pub(super) fn parse(words: &[Word]) -> Result<Option<Self>, String> {
        let Some((first, arguments)) = words.split_first() else { return Ok(None) };
        let Word::Bare(first) = first else { return Err(format!("{first:?} is no command")) };
        // Ctrl+@ is a key.
        let (name, time) = match first.split_once('@') {
            Some((name, time)) if !time.is_empty() => (name, Some(duration(time)?)),
            _ => (first.as_str(), None),
        };
        let command = match (name, time, arguments) {
            ("Wait" | "Wait+Line", limit, pattern) => wait(Scope::Line, limit, pattern),
            ("Wait+Screen", limit, pattern) => wait(Scope::Screen, limit, pattern),
            ("Type", _, [_, ..]) => typed(arguments),
            ("Output", None, [file]) => file.text().map(|_| Self::Output),
            ("Require", None, [program]) => Ok(Self::Require(program.text()?.to_owned())),
            ("Set", None, [name, value]) => Ok(Self::Set(name.text()?.to_owned(), value.clone())),
            ("Env", None, [name, value]) => Ok(Self::Env(name.text()?.to_owned(), value.text()?.to_owned())),
            ("Sleep", None, [time]) => duration(time.text()?).map(Self::Sleep),
            ("Screenshot", None, [file]) => file.text().map(|_| Self::Spectacle),
            ("Hide" | "Show", None, []) => Ok(Self::Spectacle),
            ("Copy", None, [text]) => Ok(Self::Copy(text.text()?.to_owned())),
            ("Paste", None, []) => Ok(Self::Paste),
            (name, _, []) => Ok(Self::Press { key: key(name)?, times: 1 }),
            (name, _, [times]) => Ok(Self::Press { key: key(name)?, times: number(times)? }),
            _ => Err(format!("{name} does not go with {arguments:?}")),
        };
        command.map(Some)
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Self::Output => Place::Anywhere,
            Self::Set(name, _) if name == "TypingSpeed" => Place::Anywhere,
            Self::Set(..) | Self::Require(_) => Place::Start,
            _ => Place::Play,
        }
    }
}

fn wait(scope: Scope, limit: Option<Duration>, arguments: &[Word]) -> Result<Command, String> {
    let pattern = match arguments {
        [] => None,
        [pattern] => Some(pattern.pattern()?),
        _ => return Err("a wait has one pattern".to_owned()),
    };
    Ok(Command::Wait(Wait { scope, limit, pattern }))
}

fn typed(texts: &[Word]) -> Result<Command, String> {
    let texts = texts.iter().map(Word::text).collect::<Result<Vec<_>, _>>()?;
    Ok(Command::Press { key: Key::Text(texts.join(" ")), times: 1 })
}

/// Home and End are no keys to VHS.
fn key(name: &str) -> Result<Key, String> {
    Ok(match name {
        "Enter" => Key::Enter,
        "Space" => Key::from(" "),
        "Tab" => Key::Tab,
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "Insert" => Key::Insert,
        "Escape" => Key::Escape,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Left" => Key::Left,
        "Right" => Key::Right,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "Alt+Enter" => Key::Alt('\r'),
        "Alt+Tab" => Key::Alt('\t'),
        "Shift+Tab" => Key::from("\x1b[Z"),
        _ => {
            let key = name.split_once('+').and_then(|(held, letter)| modified(held, letter));
            key.ok_or_else(|| format!("{name} is no command that can be played like this"))?
        }
    })
}

fn modified(held: &str, letter: &str) -> Option<Key> {
    let mut letters = letter.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    match held {
        "Ctrl" if letter.is_ascii_alphabetic() || "@[\\]^".contains(letter) => Some(Key::Ctrl(letter)),
        "Alt" => Some(Key::Alt(letter)),
        "Shift" if letter.is_ascii_lowercase() => Some(Key::Text(letter.to_ascii_uppercase().into())),
        _ => None,
    }
}
