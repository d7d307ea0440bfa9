//! What the terminal tells, in the program's terms.

use crossterm::event::{Event as TerminalEvent, MouseButton, MouseEventKind};
use ratatui::layout::Position;

use crate::{model::event::Event, ui::view::Targets};

/// What a terminal's event means here, if anything.
pub(super) fn translate(event: TerminalEvent, targets: &Targets) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) => Some(Event::Key(key)),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        TerminalEvent::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Event::Click(targets.at(Position::new(mouse.column, mouse.row)).cloned()))
            }
            MouseEventKind::ScrollDown => Some(Event::Scroll(1)),
            MouseEventKind::ScrollUp => Some(Event::Scroll(-1)),
            _ => Some(Event::Active),
        },
        TerminalEvent::FocusGained => Some(Event::Active),
        TerminalEvent::FocusLost => None,
    }
}
