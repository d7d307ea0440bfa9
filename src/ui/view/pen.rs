//! Writing text into a row of cells from left to right, and never over its end.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::model::text;

/// A place in a row, and the end of that row.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    right: u16,
}

impl<'a> Pen<'a> {
    /// Begins at the left of a row of an area.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, row: u16) -> Self {
        Self { buffer, x: area.x, y: area.y + row, right: area.right() }
    }

    /// How many columns are left.
    pub(super) fn left(&self) -> usize {
        usize::from(self.right - self.x)
    }

    /// The column that is written next.
    pub(super) fn x(&self) -> u16 {
        self.x
    }

    /// Writes text, cut where the row ends.
    pub(super) fn write(&mut self, text: &str, style: Style) -> &mut Self {
        let left = self.left();
        self.x = self.buffer.set_stringn(self.x, self.y, text::cut(text, left), left, style).0;
        self
    }

    /// Writes text into so many columns, cut or filled up.
    pub(super) fn column(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let end = self.x + u16::try_from(columns.min(self.left())).unwrap_or_default();
        let width = usize::from(end - self.x);
        self.buffer.set_stringn(self.x, self.y, text::cut(text, width), width, style);
        self.x = end;
        self
    }

    /// Writes text at the right end, if it fits beside what is there.
    pub(super) fn right(&mut self, text: &str, style: Style) -> &mut Self {
        if let Some(gap) = self.left().checked_sub(text::width(text)) {
            self.column("", gap, Style::new()).write(text, style);
        }
        self
    }
}
