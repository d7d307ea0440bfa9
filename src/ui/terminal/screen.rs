//! The bytes that make the terminal show a picture.

use std::io;

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    style::{Attribute, ResetColor, SetAttribute},
    terminal::{Clear, ClearType},
};
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::{Buffer, Cell, CellDiffOption},
    layout::Position,
};

use super::sgr;
use crate::model::text;

/// Alternate screen, bracketed paste, reports of the focus.
pub(super) const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1004h";
/// Undoes [`ENTER`] and the mouse, and shows the cursor.
pub(super) const LEAVE: &[u8] =
    b"\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h";
/// Keeps the title of the window (XTWINOPS 22).
pub(super) const KEEP_TITLE: &str = "\x1b[22;2t";
/// Brings the kept title back. GNU screen keeps none, and an empty one is better there than an old one.
pub(super) const RESTORE_TITLE: &[u8] = b"\x1b]2;\x1b\\\x1b[23;2t";
/// Ends an escape sequence of which only a part was written (CAN).
pub(super) const CANCEL: &[u8] = b"\x18";
/// Reports of clicks, moves and the wheel, in the encodings that crossterm reads.
pub(super) const CAPTURE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1015h\x1b[?1006h";
pub(super) const RELEASE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l";

/// The picture on the terminal. `None`: unknown.
#[derive(Default)]
pub(super) struct Shown {
    shown: Option<(Buffer, Option<Position>)>,
}

impl Shown {
    /// Appends the bytes that turn the last picture into this one. For equal pictures there are none.
    pub(super) fn draw(&mut self, mut picture: Buffer, cursor: Option<Position>, bytes: &mut Vec<u8>) {
        let before = self.shown.take().filter(|(shown, _)| shown.area == picture.area);
        if let Some((before, _)) = &before {
            clear_behind(before, &mut picture);
        }
        let written = change(before, &picture, cursor).expect("a vector takes everything");
        bytes.extend_from_slice(&sgr::spell(&written));
        for cell in &mut picture.content {
            // The comparison includes this option, and a cell on screen needs no update.
            cell.set_diff_option(CellDiffOption::None);
        }
        self.shown = Some((picture, cursor));
    }
}

/// Returns the bytes that set the title of the window (OSC 2).
pub(super) fn set_title(title: &str) -> String {
    format!("\x1b]2;{}\x1b\\", text::line(title))
}

fn change(
    before: Option<(Buffer, Option<Position>)>,
    picture: &Buffer,
    cursor: Option<Position>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let cursor_before = before.as_ref().map(|(_, cursor)| *cursor);
    let before = if let Some((before, _)) = before {
        before
    } else {
        queue!(bytes, Clear(ClearType::All))?;
        Buffer::empty(picture.area)
    };
    let anew: Vec<u16> =
        picture.area.rows().map(|row| row.y).filter(|y| is_drawn_anew(&before, picture, *y)).collect();
    let mut changes = before.diff(picture);
    changes.retain(|(_, y, _)| !anew.contains(y));
    if anew.is_empty() && changes.is_empty() && cursor_before == Some(cursor) {
        return Ok(bytes);
    }
    if !changes.is_empty() {
        CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
    }
    for y in anew {
        draw_anew(picture, y, &mut bytes)?;
    }
    match cursor {
        Some(Position { x, y }) => queue!(bytes, Show, MoveTo(x, y))?,
        None if cursor_before != Some(None) => queue!(bytes, Hide)?,
        None => {}
    }
    Ok(bytes)
}

/// Returns whether a row differs, and has or had letters whose width terminals disagree about. Such a row is drawn as a
/// whole: what is where on the screen is not known.
fn is_drawn_anew(before: &Buffer, picture: &Buffer, y: u16) -> bool {
    let (before, now) = (row(before, y), row(picture, y));
    before.iter().chain(now).any(|cell| is_cluster(cell.symbol()))
        && before.iter().zip(now).any(|(before, now)| before != now)
}

/// Clears a row and draws it. After each cluster the next column is named.
fn draw_anew(picture: &Buffer, y: u16, bytes: &mut Vec<u8>) -> io::Result<()> {
    queue!(bytes, MoveTo(0, y), ResetColor, SetAttribute(Attribute::Reset), Clear(ClearType::UntilNewLine))?;
    let mut part = Vec::new();
    let mut covered = 0;
    for (x, cell) in (0..).zip(row(picture, y)) {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        covered = text::width(cell.symbol()).saturating_sub(1);
        part.push((x, y, cell));
        if is_cluster(cell.symbol()) {
            CrosstermBackend::new(&mut *bytes).draw(part.drain(..))?;
        }
    }
    CrosstermBackend::new(bytes).draw(part.into_iter())
}

/// Returns the cells of a row.
fn row(picture: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(picture.area.width);
    let start = usize::from(y) * width;
    &picture.content[start..start + width]
}

/// Returns whether a symbol consists of several characters, such as letters that combine.
fn is_cluster(symbol: &str) -> bool {
    symbol.chars().nth(1).is_some()
}

/// Forces an update of the columns behind a wide character that becomes blank. ratatui assumes that overwriting its
/// first column removes it. Many terminals write such letters one by one, and each stays until it is overwritten.
fn clear_behind(before: &Buffer, picture: &mut Buffer) {
    for at in 0..before.content.len() {
        let (cell, next) = (&before.content[at], &picture.content[at]);
        let columns = if cell.symbol() == next.symbol() { 1 } else { text::width(cell.symbol()) };
        let end = (at + columns).min(picture.content.len());
        for behind in picture.content.get_mut(at + 1..end).into_iter().flatten() {
            behind.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(screen: &mut Shown, line: &str, cursor: Option<Position>) -> String {
        let mut bytes = Vec::new();
        screen.draw(Buffer::with_lines([line]), cursor, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_what_differs_is_written() {
        let mut screen = Shown::default();
        let first = drawn(&mut screen, "free busy", None);
        assert!(first.starts_with("\x1b[2J") && first.ends_with("\x1b[?25l"), "{first:?}");
        assert_eq!(drawn(&mut screen, "free busy", None), "");
        let second = drawn(&mut screen, "free Busy", None);
        assert!(second.starts_with("\x1b[1;6HB\x1b["), "{second:?}");
        assert_eq!(drawn(&mut screen, "free Busy", Some(Position::new(2, 0))), "\x1b[?25h\x1b[1;3H");
    }

    #[test]
    fn what_a_wide_group_of_letters_leaves_behind_is_written_once() {
        let mut screen = Shown::default();
        drawn(&mut screen, "👨‍👩‍👧 x", None);
        assert!(drawn(&mut screen, "a  x", None).contains("a "));
        assert_eq!(drawn(&mut screen, "a  x", None), "");
    }

    #[test]
    fn a_row_with_letters_that_combine_is_drawn_anew_as_a_whole() {
        let padded = |line: &str| format!("{line}{}", " ".repeat(24 - text::width(line)));
        let (bob, priya) = (padded("● Bob Builder  free"), padded("■ प्रिया शर्मा  busy"));
        let mut screen = Shown::default();
        let _ = drawn(&mut screen, &priya, None);
        let bytes = drawn(&mut screen, &bob, None);
        assert!(bytes.contains("\x1b[K") && bytes.contains("● Bob Builder  free"), "{bytes:?}");
        let bytes = drawn(&mut screen, &priya, None);
        assert!(bytes.starts_with("\x1b[1;1H") && bytes.contains("\x1b[K"), "{bytes:?}");
        // After each cluster the place is named, so a terminal that takes it for wider goes wrong nowhere else.
        assert!(bytes.matches('H').count() >= 4, "{bytes:?}");
        assert_eq!(drawn(&mut screen, &priya, None), "");
    }

    #[test]
    fn another_size_is_drawn_as_a_whole() {
        let mut screen = Shown::default();
        drawn(&mut screen, "free", None);
        assert!(drawn(&mut screen, "free!", None).contains("free!"));
    }
}
