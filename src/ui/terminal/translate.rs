//! The translation of terminal events into screen input.

use crossterm::event::{Event as TerminalEvent, MouseButton, MouseEventKind};
use ratatui::layout::Position;

use crate::ui::{
    screen::{Focus, Input},
    view::Targets,
};

/// Translates an event. `None`: the screen ignores it.
#[must_use]
pub fn translate(event: TerminalEvent, targets: &Targets) -> Option<Input> {
    match event {
        TerminalEvent::Key(key) => Some(Input::Key(key)),
        TerminalEvent::Paste(text) => Some(Input::Paste(text)),
        TerminalEvent::Resize(columns, rows) => Some(Input::Resize(columns, rows)),
        TerminalEvent::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Input::Click(targets.at(Position::new(mouse.column, mouse.row)).cloned()))
            }
            MouseEventKind::ScrollDown => Some(Input::Scroll(1)),
            MouseEventKind::ScrollUp => Some(Input::Scroll(-1)),
            _ => Some(Input::Active),
        },
        // No activity: a window may get the focus by itself.
        TerminalEvent::FocusGained => Some(Input::Focus(Focus::Gained)),
        TerminalEvent::FocusLost => Some(Input::Focus(Focus::Lost)),
    }
}
