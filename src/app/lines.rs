//! Which lines of the list are in sight.

use std::ops::Range;

use matrix_sdk::ruma::UserId;

use super::Dashboard;
use crate::contacts::Contact;

/// A line of the list.
#[derive(Debug)]
pub enum Line<'a> {
    /// What the contacts below have in common.
    Heading(&'static str),
    /// A contact.
    Contact(&'a UserId, &'a Contact),
}

impl Dashboard {
    /// The lines of the list that fit into so many: around the selected contact, or from the first.
    pub fn lines(&self, height: usize) -> impl Iterator<Item = Line<'_>> {
        let (headings, direct) = (self.headings(), self.contacts.direct());
        self.window(height).filter_map(move |line| match (headings, line) {
            (0, row) => self.contact_line(row),
            (_, 0) => Some(Line::Heading("Direct chats")),
            (_, line) if line <= direct => self.contact_line(line - 1),
            (_, line) if line == direct + 1 => Some(Line::Heading("Rooms")),
            (_, line) => self.contact_line(line - 2),
        })
    }

    /// How many contacts stand below those lines.
    #[must_use]
    pub fn below(&self, height: usize) -> usize {
        let end = self.window(height).end;
        let headings = match self.headings() {
            0 => 0,
            _ => end.min(1) + usize::from(end > self.contacts.direct() + 1),
        };
        self.contacts.len() - (end - headings)
    }

    fn window(&self, height: usize) -> Range<usize> {
        let selected = self.selected_row().map_or(0, |row| match self.headings() {
            0 => row,
            _ => row + 1 + usize::from(row >= self.contacts.direct()),
        });
        let len = self.contacts.len() + self.headings();
        let top = selected.saturating_sub(height / 2).min(len.saturating_sub(height));
        top..len.min(top + height)
    }

    /// There are two where the list has two parts.
    fn headings(&self) -> usize {
        let (rows, direct) = (self.contacts.len(), self.contacts.direct());
        if direct == 0 || direct == rows { 0 } else { 2 }
    }

    fn contact_line(&self, row: usize) -> Option<Line<'_>> {
        self.contacts.at(row).map(|(user_id, contact)| Line::Contact(user_id, contact))
    }
}
