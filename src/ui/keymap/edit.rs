//! The keys of a text input.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::{InputRequest, backend::crossterm::to_input_request};

use super::Key;

/// The effect of a key on a text input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Use the text.
    Submit,
    /// Close the input without a change.
    Cancel,
    /// Go to the next field or row.
    Next,
    /// Go to the previous field or row.
    Previous,
    /// End the program.
    Quit,
    /// Change the text or move the cursor.
    Text(InputRequest),
}

/// Returns the effect of a key press.
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
