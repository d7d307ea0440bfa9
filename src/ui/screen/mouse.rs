//! What the mouse can press, and who receives it.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;

/// The most time between the clicks of a double click.
const DOUBLE: SignedDuration = SignedDuration::from_millis(400);

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A contact's row.
    Contact(OwnedUserId),
    /// The view at this place in the row of views.
    View(usize),
    /// A room in the details, by its index.
    Room(usize),
    /// The line of the own state.
    Own,
    /// An entry of the state picker.
    Pick(usize),
}

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

/// The mouse of a screen.
#[derive(Debug)]
pub(super) struct Pointer {
    mouse: Mouse,
    /// The last click and its time.
    clicked: Option<(Target, Timestamp)>,
}

impl Pointer {
    /// Returns a mouse that belongs to the program or the terminal.
    pub(super) fn new(mouse: Mouse) -> Self {
        Self { mouse, clicked: None }
    }

    /// Returns who receives the mouse.
    pub(super) fn mouse(&self) -> Mouse {
        self.mouse
    }

    /// Gives the mouse to the program or the terminal.
    pub(super) fn give_to(&mut self, mouse: Mouse) {
        self.mouse = mouse;
    }

    /// Releases the mouse so that the terminal can select text, or captures it.
    pub(super) fn toggle(&mut self) {
        self.mouse = match self.mouse {
            Mouse::Taken => Mouse::LetGo,
            Mouse::LetGo | Mouse::Unwanted => Mouse::Taken,
        };
    }

    /// Notes a click. Returns whether it is the second one of a double click.
    pub(super) fn is_double(&mut self, target: Option<&Target>, now: Timestamp) -> bool {
        let before = self.clicked.take();
        let is_double = before
            .is_some_and(|(before, at)| Some(&before) == target && now.duration_since(at).abs() <= DOUBLE);
        self.clicked = target.filter(|_| !is_double).map(|target| (target.clone(), now));
        is_double
    }
}
