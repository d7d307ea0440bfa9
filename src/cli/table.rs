//! Tables: aligned columns in a terminal, tabs elsewhere.

use std::{
    borrow::Cow,
    io::{IsTerminal, stdout},
};

use super::{
    output::{OutputError, link, print, shows_links, takes_colors},
    session::print_theme,
};
use crate::{
    model::{
        contacts::{Group, LastPresence},
        text,
    },
    ui::{
        terminal,
        theme::{Theme, glyph},
    },
};

/// Rows of cells.
#[derive(Debug)]
pub struct Table<'a>(Form<'a>);

#[derive(Debug)]
enum Form<'a> {
    /// For a terminal: the columns are as wide as their cells.
    Columns(Vec<Vec<Cell<'a>>>),
    /// The finished lines, with tabs. The theme paints them if colors are wanted.
    Tabs(String, Option<Theme>),
}

/// A text, and the state that it shows, if any.
#[derive(Debug)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    state: Option<Group>,
    /// The page that a terminal opens for the text.
    page: Option<String>,
}

impl<'a> Cell<'a> {
    /// Creates a cell with text. The caller has removed control characters.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), state: None, page: None }
    }

    /// Creates a cell with a state, its glyph and its color.
    pub fn state(heard: Option<&'a LastPresence>) -> Self {
        let group = Group::of(heard.map(|heard| &heard.presence));
        Self { text: state_word(heard).into(), state: Some(group), page: None }
    }

    /// Makes a terminal open a page for the text, if it shows links.
    #[must_use]
    pub(crate) fn linked(self, page: impl FnOnce() -> String) -> Self {
        Self { page: shows_links().then(page), ..self }
    }

    /// Returns the text for a terminal, with the glyph.
    fn shown(&self) -> String {
        match self.state {
            Some(group) => format!("{} {}", glyph(group), self.text),
            None => self.text.to_string(),
        }
    }

    /// Returns the text in the color of the state. The output removes colors that are not wanted.
    fn painted(&self, text: &str, theme: Theme) -> String {
        self.state.map_or_else(|| text.to_owned(), |group| theme.paint_state(group, text))
    }
}

/// A table for standard output.
impl Default for Table<'_> {
    fn default() -> Self {
        let stdout = stdout();
        if stdout.is_terminal() {
            return Self(Form::Columns(Vec::new()));
        }
        Self(Form::Tabs(String::new(), takes_colors(&stdout).then(print_theme)))
    }
}

impl<'a> Table<'a> {
    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        match &mut self.0 {
            Form::Columns(rows) => rows.push(cells.into_iter().collect()),
            Form::Tabs(text, theme) => {
                for (column, cell) in cells.into_iter().enumerate() {
                    if column > 0 {
                        text.push('\t');
                    }
                    match theme {
                        Some(theme) => text.push_str(&cell.painted(&cell.text, *theme)),
                        None => text.push_str(&cell.text),
                    }
                }
                text.push('\n');
            }
        }
    }

    /// Prints the rows.
    ///
    /// # Errors
    ///
    /// [`OutputError`] if standard output cannot be written to.
    pub async fn print(self) -> Result<(), OutputError> {
        print(&self.into_text()).await
    }

    /// Returns the rows in the form for standard output.
    #[must_use]
    pub fn into_text(self) -> String {
        match self.0 {
            Form::Columns(rows) => {
                let theme = print_theme();
                theme.charset.spell(&columns(&rows, terminal::columns(), theme))
            }
            Form::Tabs(text, _) => text,
        }
    }
}

/// Returns the word for a state: an unknown one as the server spelled it.
pub(super) fn state_word(heard: Option<&LastPresence>) -> &str {
    heard.map_or(Group::of(None).label(), |heard| heard.presence.label())
}

/// Returns one line per row, cut to `most` columns.
fn columns(rows: &[Vec<Cell<'_>>], most: Option<usize>, theme: Theme) -> String {
    let mut text = String::new();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| text::width(&cell.shown())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    for row in rows {
        let mut used = 0;
        let mut gap = 0;
        for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            let shown = cell.shown();
            let left = most.unwrap_or(usize::MAX).saturating_sub(used);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::presence::{Presence, Status};
    use anstream::adapter::strip_str;
    use jiff::Timestamp;

    /// Returns a table of two contacts as text.
    fn text(form: Form, most: Option<usize>) -> String {
        let mut table = Table(form);
        let busy = LastPresence::new(Status::new(Presence::Busy), Timestamp::UNIX_EPOCH);
        let message = "in a meeting";
        table.row([Cell::text("@bob"), Cell::state(Some(&busy)), Cell::text(""), Cell::text(message)]);
        table.row([Cell::text("@日本"), Cell::state(None), Cell::text(""), Cell::text("")]);
        let text = match &table.0 {
            Form::Columns(rows) => columns(rows, most, Theme::default()),
            Form::Tabs(text, _) => text.clone(),
        };
        strip_str(&text).to_string()
    }

    #[test]
    fn columns_line_up_and_an_empty_one_takes_no_room() {
        let plain = text(Form::Columns(Vec::new()), None);
        assert_eq!(plain, "@bob   ■ busy    in a meeting\n@日本  · silent\n");
    }

    #[test]
    fn a_line_never_wraps() {
        let plain = text(Form::Columns(Vec::new()), Some(22));
        assert_eq!(plain, "@bob   ■ busy    in a…\n@日本  · silent\n");
    }

    #[test]
    fn elsewhere_words_stand_between_tabs() {
        for theme in [None, Some(Theme::default())] {
            let plain = text(Form::Tabs(String::new(), theme), None);
            assert_eq!(plain, "@bob\tbusy\t\tin a meeting\n@日本\tsilent\t\t\n");
        }
    }
}
