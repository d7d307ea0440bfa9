//! The state of the open help: how far it is scrolled, and what is searched in it.

use tui_input::{Input as Line, InputRequest};

/// The open help.
#[derive(Debug, Default)]
pub struct Help {
    /// The first visible row.
    top: usize,
    /// The search.
    line: Line,
    /// Whether keys go to the search.
    typing: bool,
}

impl Help {
    /// Returns the first visible row.
    #[must_use]
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// Returns the search. Empty: everything is shown.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Returns whether keys go to the search.
    #[must_use]
    pub(crate) fn is_typing(&self) -> bool {
        self.typing
    }

    pub(super) fn scroll(&mut self, rows: isize, last: usize) {
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    pub(super) fn search(&mut self) {
        self.typing = true;
    }

    pub(super) fn keep_search(&mut self) {
        self.typing = false;
    }

    /// Forgets the search. Returns whether there was one.
    pub(super) fn clear_search(&mut self) -> bool {
        let searched = self.typing || !self.line.value().is_empty();
        *self = Self::default();
        searched
    }

    pub(super) fn edit(&mut self, request: InputRequest) {
        self.top = 0;
        self.line.handle(request);
    }

    pub(super) fn line_mut(&mut self) -> &mut Line {
        self.top = 0;
        &mut self.line
    }
}
