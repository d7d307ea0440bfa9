//! A text input that may start with a text to replace.

use tui_input::{Input as Line, InputRequest};

use super::insert;

/// A text and its cursor. A selected text is replaced by the first letter, and edited after an arrow key.
#[derive(Debug, Default)]
pub struct Field {
    line: Line,
    selected: bool,
}

impl Field {
    /// Returns a field with a text to edit.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { line: text.into(), selected: false }
    }

    /// Returns a field with a selected text.
    #[must_use]
    pub fn selected(text: &str) -> Self {
        Self { line: text.into(), selected: !text.is_empty() }
    }

    /// Returns the text.
    #[must_use]
    pub fn value(&self) -> &str {
        self.line.value()
    }

    /// Returns the text and its cursor.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Returns whether the text is selected.
    #[must_use]
    pub fn is_selected(&self) -> bool {
        self.selected
    }

    /// Replaces the text.
    pub(super) fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    /// Changes the text or moves the cursor.
    pub(super) fn edit(&mut self, request: InputRequest) {
        use InputRequest as Is;
        let deletes = matches!(
            request,
            Is::DeletePrevChar
                | Is::DeleteNextChar
                | Is::DeletePrevWord
                | Is::DeleteNextWord
                | Is::DeleteLine
                | Is::DeleteTillEnd
                | Is::DeleteFromStart
        );
        if std::mem::take(&mut self.selected) && (deletes || matches!(request, Is::InsertChar(_))) {
            self.line = Line::default();
        }
        self.line.handle(request);
    }

    /// Inserts pasted text.
    pub(super) fn paste(&mut self, pasted: &str) {
        if std::mem::take(&mut self.selected) {
            self.line = Line::default();
        }
        insert(&mut self.line, pasted);
    }
}
