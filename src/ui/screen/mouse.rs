//! The effects of clicks.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Mode, Screen, Target};
use crate::{model::Model, ui::keymap};

/// The most time between the clicks of a double click.
const DOUBLE: SignedDuration = SignedDuration::from_millis(400);

/// Who receives the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The program, which captures it.
    Taken,
    /// The terminal, for selecting text, until the person changes it.
    LetGo,
    /// The terminal, by configuration.
    Unwanted,
}

impl Screen {
    pub(super) fn click(&mut self, target: Option<Target>, model: &Model, now: Timestamp) -> Option<Action> {
        let before = self.clicked.take();
        let twice = before.is_some_and(|(before, at)| {
            Some(&before) == target.as_ref() && now.duration_since(at).abs() <= DOUBLE
        });
        match (&self.mode, target) {
            (Mode::Pick(_), Some(Target::Pick(at))) => return self.pick(at),
            (Mode::Pick(_), _) => self.mode = Mode::List,
            (Mode::List, Some(Target::Own)) => self.open_picker(model),
            (Mode::List | Mode::Filter(_), Some(Target::View(at))) => {
                let view = self.list.views().nth(at);
                if let Some(view) = view {
                    self.list.show(view, model.contacts());
                }
            }
            (Mode::List | Mode::Filter(_), Some(Target::Contact(user_id))) => {
                self.selected = Some(user_id.clone());
                if twice {
                    return self.act(&keymap::Action::Details, model);
                }
                self.clicked = Some((Target::Contact(user_id), now));
            }
            _ => {}
        }
        None
    }

    /// Releases the mouse so that the terminal can select text, or captures it.
    pub(super) fn toggle_mouse(&mut self) -> Action {
        self.mouse = match self.mouse {
            Mouse::Taken => Mouse::LetGo,
            Mouse::LetGo | Mouse::Unwanted => Mouse::Taken,
        };
        Action::CaptureMouse(self.mouse == Mouse::Taken)
    }
}
