//! What the mouse can press, and who receives it.

use jiff::SignedDuration;
use matrix_sdk::ruma::OwnedUserId;

/// The most time between the clicks of a double click.
pub(super) const DOUBLE: SignedDuration = SignedDuration::from_millis(400);

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A contact's row.
    Contact(OwnedUserId),
    /// The view at this place in the row of views.
    View(usize),
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
