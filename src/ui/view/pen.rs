//! A pen that writes text into a row of cells and stops at its end.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::model::text;

/// A position in a row, and the end of the row.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    right: u16,
}

impl<'a> Pen<'a> {
    /// Starts at the left of a row of an area.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, row: u16) -> Self {
        Self { buffer, x: area.x, y: area.y + row, right: area.right() }
    }

    /// Returns the number of columns left.
    pub(super) fn left(&self) -> usize {
        usize::from(self.right - self.x)
    }

    /// Returns the next column.
    pub(super) fn x(&self) -> u16 {
        self.x
    }

    /// Writes text and cuts it at the end of the row.
    pub(super) fn write(&mut self, text: &str, style: Style) -> &mut Self {
        let left = self.left();
        self.x = self.buffer.set_stringn(self.x, self.y, text::cut(text, left), left, style).0;
        self
    }

    /// Writes text into this many columns, cut or padded.
    pub(super) fn column(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let end = self.x + u16::try_from(columns.min(self.left())).unwrap_or_default();
        let width = usize::from(end - self.x);
        self.buffer.set_stringn(self.x, self.y, text::cut(text, width), width, style);
        self.x = end;
        self
    }

    /// Writes text at the right end of the row, if it fits.
    pub(super) fn right(&mut self, text: &str, style: Style) -> &mut Self {
        if let Some(gap) = self.left().checked_sub(text::width(text)) {
            self.column("", gap, Style::new()).write(text, style);
        }
        self
    }
}
