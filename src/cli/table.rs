//! Tables: aligned columns in a terminal, tabs elsewhere.

use std::io::{IsTerminal, stdout};

use super::{
    output::{OutputError, link, print, shows_links},
    session::print_theme,
};
use crate::{
    model::{
        contacts::{Group, Heard},
        text,
    },
    ui::{
        terminal,
        theme::{Theme, glyph},
    },
};

/// Rows of cells.
#[derive(Debug, Default)]
pub struct Table(Vec<Vec<Cell>>);

/// A text, and the state that it shows, if any.
#[derive(Debug)]
pub struct Cell {
    text: String,
    state: Option<Group>,
    /// The page that a terminal opens for the text.
    page: Option<String>,
}

impl Cell {
    /// Creates a cell with text. The caller has removed control characters.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), state: None, page: None }
    }

    /// Creates a cell with a state, its glyph and its color.
    pub fn state(heard: Option<&Heard>) -> Self {
        let group = Group::of(heard.map(|heard| &heard.presence));
        let word = heard.map_or(group.label(), |heard| heard.presence.label());
        Self { text: word.to_owned(), state: Some(group), page: None }
    }

    /// Makes a terminal open a page for the text, if it shows links.
    #[must_use]
    pub fn linked(self, page: impl FnOnce() -> String) -> Self {
        Self { page: shows_links().then(page), ..self }
    }

    /// Returns the text for a terminal, with the glyph.
    fn shown(&self) -> String {
        match self.state {
            Some(group) => format!("{} {}", glyph(group), self.text),
            None => self.text.clone(),
        }
    }

    /// Returns the text in the color of the state. The output removes colors that are not wanted.
    fn painted(&self, text: &str, theme: Theme) -> String {
        self.state.map_or_else(|| text.to_owned(), |group| theme.paint_state(group, text))
    }
}

impl Table {
    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.0.push(cells.into_iter().collect());
    }

    /// Prints the rows.
    ///
    /// # Errors
    ///
    /// [`OutputError`] if standard output cannot be written to.
    pub async fn print(&self) -> Result<(), OutputError> {
        print(&self.text()).await
    }

    /// Returns the rows in the form for standard output.
    pub fn text(&self) -> String {
        let theme = print_theme();
        if stdout().is_terminal() {
            theme.charset.spell(&self.columns(terminal::columns(), theme))
        } else {
            self.tabs(theme)
        }
    }

    /// Returns one line per row, cut to this many columns.
    fn columns(&self, columns: Option<usize>, theme: Theme) -> String {
        let mut text = String::new();
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| text::width(&cell.shown())).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.0.first().map_or(0, Vec::len)).map(width).collect();
        for row in &self.0 {
            let mut used = 0;
            let mut gap = 0;
            for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
                let shown = cell.shown();
                let left = columns.unwrap_or(usize::MAX).saturating_sub(used);
                let shown = text::cut(&shown, left);
                if !shown.is_empty() {
                    text.push_str(&" ".repeat(gap));
                    let painted = cell.painted(&shown, theme);
                    text.push_str(&cell.page.as_ref().map_or(painted.clone(), |page| link(&painted, page)));
                    gap = 0;
                }
                used += width + 2;
                gap += width + 2 - text::width(&shown);
            }
            text.push('\n');
        }
        text
    }

    fn tabs(&self, theme: Theme) -> String {
        let line = |row: &Vec<Cell>| {
            let cells: Vec<String> = row.iter().map(|cell| cell.painted(&cell.text, theme)).collect();
            format!("{}\n", cells.join("\t"))
        };
        self.0.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::presence::{Presence, Status};
    use jiff::Timestamp;

    fn table() -> Table {
        let mut table = Table::default();
        let heard = |presence| Heard::new(Status::new(presence), Timestamp::UNIX_EPOCH);
        let message = "in a meeting";
        table.row([
            Cell::text("@bob"),
            Cell::state(Some(&heard(Presence::Busy))),
            Cell::text(""),
            Cell::text(message),
        ]);
        table.row([Cell::text("@日本"), Cell::state(None), Cell::text(""), Cell::text("")]);
        table
    }

    #[test]
    fn columns_line_up_and_an_empty_one_takes_no_room() {
        let plain = anstream::adapter::strip_str(&table().columns(None, Theme::default())).to_string();
        assert_eq!(plain, "@bob   ■ busy    in a meeting\n@日本  · silent\n");
    }

    #[test]
    fn a_line_never_wraps() {
        let plain = anstream::adapter::strip_str(&table().columns(Some(22), Theme::default())).to_string();
        assert_eq!(plain, "@bob   ■ busy    in a…\n@日本  · silent\n");
    }

    #[test]
    fn elsewhere_words_stand_between_tabs() {
        let plain = anstream::adapter::strip_str(&table().tabs(Theme::default())).to_string();
        assert_eq!(plain, "@bob\tbusy\t\tin a meeting\n@日本\tsilent\t\t\n");
    }
}
