//! The keys of a keyboard, and the bytes an xterm sends for them.

use vt100::Screen;

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Key {
    /// A letter or a whole sentence.
    Text(String),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Right,
    Left,
    Home,
    End,
    PageUp,
    PageDown,
    Ctrl(char),
    Alt(char),
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Key {
    /// Whether the dashboard's list takes it for the key of a state.
    pub(super) fn changes_presence(&self) -> bool {
        matches!(self, Self::Text(text) if ["b", "o", "u", "a", "i", "q", "z"].contains(&text.as_str()))
    }

    /// Whether the dashboard's list takes it for the key of a prompt.
    pub(super) fn opens_prompt(&self) -> bool {
        matches!(self, Self::Text(text) if ["m", "B", "S", ":"].contains(&text.as_str()))
    }

    /// The bytes of the arrows depend on the mode that the program has set.
    pub(super) fn bytes(&self, screen: &Screen) -> Vec<u8> {
        let cursor = |letter| {
            let introducer = if screen.application_cursor() { "\x1bO" } else { "\x1b[" };
            format!("{introducer}{letter}")
        };
        let bytes = match self {
            Self::Text(text) => text.clone(),
            Self::Enter => "\r".into(),
            Self::Escape => "\x1b".into(),
            Self::Tab => "\t".into(),
            Self::Backspace => "\x7f".into(),
            Self::Delete => "\x1b[3~".into(),
            Self::Insert => "\x1b[2~".into(),
            Self::Up => cursor('A'),
            Self::Down => cursor('B'),
            Self::Right => cursor('C'),
            Self::Left => cursor('D'),
            Self::Home => cursor('H'),
            Self::End => cursor('F'),
            Self::PageUp => "\x1b[5~".into(),
            Self::PageDown => "\x1b[6~".into(),
            Self::Ctrl(letter) => control(*letter).into(),
            Self::Alt(letter) => format!("\x1b{letter}"),
        };
        bytes.into_bytes()
    }
}

/// Control characters are the letters without their two highest bits.
fn control(letter: char) -> char {
    let code = u8::try_from(letter.to_ascii_uppercase()).expect("Ctrl goes with ASCII");
    char::from(code & 0x1f)
}
