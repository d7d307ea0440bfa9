//! What keys do while a line of text is edited.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::{InputRequest, backend::crossterm::to_input_request};

use super::Key;

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
