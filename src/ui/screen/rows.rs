//! The visible rows of the list, and the selection.

use std::ops::Range;

use matrix_sdk::ruma::UserId;

use super::Screen;
use crate::{
    model::{Model, contacts::Contact},
    ui::list::Heading,
};

/// A visible row.
#[derive(Debug)]
pub enum Row<'a> {
    /// The heading of a group, and the number of rows below it.
    Heading(Heading, usize),
    /// A contact.
    Contact(&'a UserId, &'a Contact),
}

/// The groups of the list.
struct Parts {
    headings: Vec<Part>,
}

/// A group of the list.
struct Part {
    /// The line of the heading.
    line: usize,
    /// The first row.
    first: usize,
    heading: Heading,
    rows: usize,
}

impl Screen {
    /// Returns the rows that fit into a height: around the selected contact, or from the first row.
    pub fn rows<'a>(&'a self, model: &'a Model, height: usize) -> impl Iterator<Item = Row<'a>> {
        let parts = self.parts(model);
        self.window(&parts, model, height).filter_map(move |line| match parts.at(line) {
            Ok(part) => Some(Row::Heading(part.heading.clone(), part.rows)),
            Err(row) => {
                let (user_id, contact) = self.list.at(row, model.contacts())?;
                Some(Row::Contact(user_id, contact))
            }
        })
    }

    /// Returns the number of contacts below the visible rows.
    #[must_use]
    pub fn below(&self, model: &Model, height: usize) -> usize {
        let parts = self.parts(model);
        let end = self.window(&parts, model, height).end;
        let headings = parts.headings.iter().filter(|part| part.line < end).count();
        self.list.len() - (end - headings)
    }

    /// Returns the row of the selected contact, if it is listed.
    #[must_use]
    pub fn selected_row(&self, model: &Model) -> Option<usize> {
        self.selected.as_ref().and_then(|user_id| self.list.row_of(user_id, model.contacts()))
    }

    /// Selects the contact in a row.
    pub(super) fn select(&mut self, row: usize, model: &Model) {
        self.selected = self.list.at(row, model.contacts()).map(|(user_id, _)| user_id.to_owned());
    }

    /// Selects the first contact, unless a listed one is selected.
    pub(super) fn select_first(&mut self, model: &Model) {
        if self.selected_row(model).is_none() {
            self.select(0, model);
        }
    }

    fn window(&self, parts: &Parts, model: &Model, height: usize) -> Range<usize> {
        let selected = self.selected_row(model).map_or(0, |row| parts.line_of(row));
        let len = self.list.len() + parts.headings.len();
        let top = selected.saturating_sub(height / 2).min(len.saturating_sub(height));
        top..len.min(top + height)
    }

    fn parts(&self, model: &Model) -> Parts {
        let mut headings: Vec<Part> = Vec::new();
        let mut first = 0;
        for (heading, rows) in self.list.headings(model.contacts()) {
            headings.push(Part { line: first + headings.len(), first, heading, rows });
            first += rows;
        }
        Parts { headings }
    }
}

impl Parts {
    /// Returns the group whose heading is in a line, or the row of the contact in it.
    fn at(&self, line: usize) -> Result<&Part, usize> {
        let above = self.headings.partition_point(|part| part.line <= line);
        match above.checked_sub(1).map(|last| &self.headings[last]) {
            Some(part) if part.line == line => Ok(part),
            _ => Err(line - above),
        }
    }

    fn line_of(&self, row: usize) -> usize {
        row + self.headings.partition_point(|part| part.first <= row)
    }
}
