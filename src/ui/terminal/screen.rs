//! The terminal, taken for the program and given back whatever happens.

use std::{
    io::{self, Stdout, Write, stdout},
    panic,
};

use crossterm::{
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
        EnableFocusChange, EnableMouseCapture,
    },
    execute,
};
use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    buffer::{Buffer, CellDiffOption},
    layout::{Position, Rect},
};
use rustix::process::{Signal, kill_current_process_group};

use super::sgr::Palette;
use crate::model::text;

/// The terminal while the program has it. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Palette<Stdout>>>,
    /// Whether the mouse is taken too.
    mouse: bool,
}

impl Screen {
    /// Takes the terminal: alternate screen, raw keys, the mouse if wanted, pasted text as such.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        // For what it does to the terminal and to panics; what it returns writes colours in its own way.
        drop(ratatui::try_init()?);
        let terminal = Terminal::new(CrosstermBackend::new(Palette::of(stdout())))?;
        // ratatui gives back what it took on a panic; the rest is ours to give back.
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, DisableFocusChange);
            hook(info);
        }));
        let mut screen = Self { terminal, mouse };
        execute!(stdout(), EnableBracketedPaste, EnableFocusChange)?;
        screen.capture_mouse(mouse)?;
        Ok(screen)
    }

    /// Columns and rows.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Takes what the mouse does, or leaves it to the terminal, which can select text with it then.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn capture_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    /// Shows a picture, writing only what differs from the one before.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn show(
        &mut self,
        picture: &Buffer,
        before: Option<&Buffer>,
        cursor: Option<Position>,
    ) -> io::Result<()> {
        self.terminal.draw(|frame| {
            // A picture of another size is about to be replaced: the news of the size are on their way.
            if frame.area() == picture.area {
                frame.buffer_mut().clone_from(picture);
                if let Some(before) = before {
                    clear_behind(before, frame.buffer_mut());
                }
                if let Some(cursor) = cursor {
                    frame.set_cursor_position(cursor);
                }
            }
        })?;
        Ok(())
    }

    /// Writes an escape sequence that changes nothing of the picture.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn escape(&mut self, sequence: &str) -> io::Result<()> {
        let terminal = self.terminal.backend_mut();
        terminal.write_all(sequence.as_bytes())?;
        io::Write::flush(terminal)
    }

    /// Gives the terminal to the shell and stops, with everything that was started together with the program,
    /// as the terminal itself would do. [`Screen::resume`] follows on SIGCONT.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.terminal.show_cursor()?;
        release()?;
        kill_current_process_group(Signal::STOP)?;
        Ok(())
    }

    /// Takes the terminal again and forgets what was on it.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        execute!(
            stdout(),
            crossterm::terminal::EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange
        )?;
        self.capture_mouse(self.mouse)?;
        // Not `clear`, which asks the terminal where its cursor is and waits for keys to be read.
        let (columns, rows) = self.size()?;
        self.terminal.resize(Rect::new(0, 0, columns, rows))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = release();
    }
}

fn release() -> io::Result<()> {
    execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, DisableFocusChange)?;
    ratatui::try_restore()
}

/// Has the columns written anew that a group of letters took and that are blank now. ratatui takes it that a wide
/// character is gone when its first column is overwritten, but many terminals write such letters one by one, and each
/// stays until it is overwritten itself.
fn clear_behind(before: &Buffer, picture: &mut Buffer) {
    if before.area != picture.area {
        return;
    }
    for at in 0..before.content.len() {
        let (cell, next) = (&before.content[at], &picture.content[at]);
        let columns = if cell.symbol() == next.symbol() { 1 } else { text::width(cell.symbol()) };
        let end = (at + columns).min(picture.content.len());
        for behind in picture.content.get_mut(at + 1..end).into_iter().flatten() {
            behind.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

/// How many columns the terminal has; `None` where there is none.
#[must_use]
pub fn columns() -> Option<usize> {
    crossterm::terminal::size().ok().map(|(columns, _)| columns.into())
}
