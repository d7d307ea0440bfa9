//! Which lines of the list are in sight.

use std::ops::Range;

use matrix_sdk::ruma::UserId;

use super::Dashboard;
use crate::model::contacts::{Contact, Section};

/// A line of the list.
#[derive(Debug)]
pub enum Line<'a> {
    /// What the contacts below have in common.
    Heading(&'static str),
    /// A contact.
    Contact(&'a UserId, &'a Contact),
}

/// The parts of the list, each with a heading where there is more than one.
struct Parts {
    /// Each with the line of its heading, and the first row of its contacts.
    headings: Vec<(usize, usize, Section)>,
}

impl Dashboard {
    /// The lines of the list that fit into so many: around the selected contact, or from the first.
    pub fn lines(&self, height: usize) -> impl Iterator<Item = Line<'_>> {
        let parts = self.parts();
        self.window(&parts, height).filter_map(move |line| match parts.at(line) {
            Ok(section) => Some(Line::Heading(section.label())),
            Err(row) => self.contacts.at(row).map(|(user_id, contact)| Line::Contact(user_id, contact)),
        })
    }

    /// How many contacts stand below those lines.
    #[must_use]
    pub fn below(&self, height: usize) -> usize {
        let parts = self.parts();
        let end = self.window(&parts, height).end;
        let headings = parts.headings.iter().filter(|(line, ..)| *line < end).count();
        self.contacts.len() - (end - headings)
    }

    fn window(&self, parts: &Parts, height: usize) -> Range<usize> {
        let selected = self.selected_row().map_or(0, |row| parts.line_of(row));
        let len = self.contacts.len() + parts.headings.len();
        let top = selected.saturating_sub(height / 2).min(len.saturating_sub(height));
        top..len.min(top + height)
    }

    fn parts(&self) -> Parts {
        let sections = self.contacts.sections();
        let mut headings = Vec::new();
        let mut row = 0;
        for (section, rows) in sections.iter().copied().filter(|_| sections.len() > 1) {
            headings.push((row + headings.len(), row, section));
            row += rows;
        }
        Parts { headings }
    }
}

impl Parts {
    /// The part whose heading stands in a line, or the row of the contact that does.
    fn at(&self, line: usize) -> Result<Section, usize> {
        let above = self.headings.iter().filter(|(heading, ..)| *heading <= line);
        match above.clone().next_back() {
            Some((heading, _, section)) if *heading == line => Ok(*section),
            _ => Err(line - above.count()),
        }
    }

    fn line_of(&self, row: usize) -> usize {
        row + self.headings.iter().filter(|(_, first, _)| *first <= row).count()
    }
}
