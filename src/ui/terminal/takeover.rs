//! The terminal in use by the program, restored on every way out.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    time::{Duration, Instant},
};

use crossterm::{
    Command as _,
    clipboard::CopyToClipboard,
    event::Event,
    terminal::{disable_raw_mode, enable_raw_mode},
};
use ratatui::{buffer::Buffer, layout::Rect};
use rustix::process::{Signal, kill_current_process_group};
use tokio::{select, sync::mpsc};

use super::{
    device::{Messages, drawn},
    input::{self, Read, Reader},
    panics,
    process_group::{is_in_foreground, is_orphaned},
    writer::Writer,
};
use crate::{
    model::text,
    ui::view::{Draw, Drawn, Targets},
};

/// How many reads may wait for the loop before the reader thread blocks.
const BACKLOG: usize = 64;
/// How long a terminal that reads nothing may delay what follows its restoration.
pub(crate) const LEAVE: Duration = Duration::from_secs(1);

/// The terminal while the program uses it. Dropping it restores the terminal. Only [`Terminal::suspend`] and
/// [`Terminal::leave`] wait for the terminal, and both have a limit.
pub struct Terminal {
    writer: Writer,
    reader: Option<Reader>,
    reads: mpsc::Receiver<Read>,
    /// The rest of the last read, and when it was read.
    rest: VecDeque<Event>,
    read_at: Instant,
    foreground: mpsc::Receiver<()>,
    gone: mpsc::Receiver<io::Error>,
    is_gone: bool,
    is_taken: bool,
    messages: Messages,
}

/// An event of the terminal.
#[derive(Debug)]
pub enum TerminalEvent {
    /// A key, the mouse, pasted text or a new size, and when it was read.
    Input(Event, Instant),
    /// The terminal has told the color of its background.
    Background((u8, u8, u8)),
    /// The program is in the foreground again. [`Terminal::resume`] is due.
    Foreground,
    /// The terminal has hung up or cannot be written to. Nothing follows.
    Gone(io::Error),
}

/// Why the program cannot be suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendError {
    /// No shell could continue it, as with `xterm -e whosin`.
    Orphaned,
    /// The system refuses the signal.
    Refused,
}

impl Terminal {
    /// Sets up the terminal: alternate screen, raw mode, bracketed paste, and the mouse if wanted.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if standard input is not a terminal, or the process has no descriptor or thread left.
    pub(crate) fn enter(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        Self::start(mouse).inspect_err(|_| _ = disable_raw_mode())
    }

    fn start(mouse: bool) -> io::Result<Self> {
        let (events, received) = mpsc::channel(BACKLOG);
        let (foreground, is_in_front) = mpsc::channel(1);
        let (gone, is_lost) = mpsc::channel(1);
        let reader = Reader::start(events.clone(), foreground, gone.clone())?;
        let writer = Writer::start(mouse, events, gone)?;
        panics::hold();
        Ok(Self {
            writer,
            reader: Some(reader),
            reads: received,
            rest: VecDeque::new(),
            read_at: Instant::now(),
            foreground: is_in_front,
            gone: is_lost,
            is_gone: false,
            is_taken: true,
            messages: Messages::of_terminal(),
        })
    }

    /// Returns the columns and rows.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the terminal is gone.
    pub fn size() -> io::Result<(u16, u16)> {
        crossterm::terminal::size().map(drawn)
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub async fn next(&mut self) -> TerminalEvent {
        if self.is_gone {
            return pending().await;
        }
        loop {
            if let Some(event) = self.rest.pop_front() {
                return TerminalEvent::Input(event, self.read_at);
            }
            select! {
                biased;
                Some(error) = self.gone.recv() => {
                    self.is_gone = true;
                    return TerminalEvent::Gone(error);
                }
                Some(()) = self.foreground.recv() => return TerminalEvent::Foreground,
                Some(Read { events, background, at }) = self.reads.recv() => {
                    (self.rest, self.read_at) = (events.into(), at);
                    if let Some(color) = background {
                        return TerminalEvent::Background(color);
                    }
                }
                else => pending().await,
            }
        }
    }

    /// Returns whether input waits that [`Terminal::next`] has not returned yet.
    #[must_use]
    pub(crate) fn has_input(&self) -> bool {
        !self.rest.is_empty() || !self.reads.is_empty() || (self.is_taken && input::is_waiting())
    }

    /// Draws a picture and shows it. Only the differences from the last one are written. A newer picture replaces one
    /// that still waits. Returns what can be clicked.
    pub fn draw(&self, (columns, rows): (u16, u16), draw: impl Draw) -> Targets {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let Drawn { cursor, targets } = draw(area, &mut buffer);
        self.writer.show(buffer, cursor);
        targets
    }

    /// Copies text to the clipboard of the person's terminal, even over SSH (OSC 52).
    pub fn copy(&self, copied: &str) {
        let mut escape = String::new();
        // A string takes everything.
        if CopyToClipboard::to_clipboard_from(&*text::clean(copied)).write_ansi(&mut escape).is_ok() {
            self.escape(escape);
        }
    }

    /// Writes an escape sequence that does not change the picture. If the terminal reads nothing, the oldest are
    /// dropped.
    pub fn escape(&self, sequence: String) {
        self.writer.escape(sequence);
    }

    /// Sets the title of the window, if this terminal has one. The one before returns when the terminal is restored.
    pub(crate) fn set_title(&self, title: &str) {
        // The console of Linux would show the text.
        let has_title = std::env::var("TERM").is_ok_and(|term| !matches!(&*term, "" | "dumb" | "linux"));
        if has_title {
            self.writer.set_title(title);
        }
    }

    /// Asks for the color of the terminal's background. Nobody waits for the answer, and not every terminal gives one.
    pub(crate) fn ask_background(&self) {
        // Before it knew such questions, the console of Linux showed them.
        if std::env::var("TERM").is_ok_and(|term| term != "linux") {
            self.escape("\x1b]11;?\x1b\\".to_owned());
        }
    }

    /// Captures the mouse, or leaves it to the terminal for selecting text.
    pub(crate) fn capture_mouse(&self, on: bool) {
        self.writer.capture_mouse(on);
    }

    /// Restores the terminal and stops the whole process group, as Ctrl-Z does by default. On SIGCONT,
    /// [`Terminal::resume`] is due.
    ///
    /// # Errors
    ///
    /// [`SuspendError`] if the program cannot be stopped. The terminal stays in use.
    pub fn suspend(&mut self) -> Result<(), SuspendError> {
        if is_orphaned() {
            return Err(SuspendError::Orphaned);
        }
        self.release(LEAVE);
        kill_current_process_group(Signal::STOP).map_err(|_| {
            self.resume();
            SuspendError::Refused
        })
    }

    /// Sets up the terminal again and draws the next picture as a whole. In the background it does nothing, and
    /// [`TerminalEvent::Foreground`] follows.
    pub fn resume(&mut self) {
        if self.is_gone || !is_in_foreground() || enable_raw_mode().is_err() {
            return;
        }
        self.is_taken = true;
        self.writer.take();
        self.reader.iter().for_each(Reader::resume);
    }

    /// Restores the terminal. If the terminal reads nothing within the limit, restores only its settings.
    pub fn leave(mut self, limit: Duration) {
        self.end(limit);
    }

    /// Like [`Terminal::leave`], for a borrowed terminal. Later pictures are not written.
    pub fn end(&mut self, limit: Duration) {
        if self.reader.is_none() {
            return;
        }
        if !self.release(limit) {
            self.messages.discard();
        }
        self.reader = None;
        panics::release();
    }

    /// Restores the terminal. Returns whether it read what was written to it.
    fn release(&mut self, limit: Duration) -> bool {
        self.reader.iter().for_each(Reader::pause);
        let is_released = self.writer.release(limit);
        if std::mem::take(&mut self.is_taken) && is_in_foreground() {
            // This fails if the terminal is gone. Nothing is left to restore then.
            let _ = disable_raw_mode();
        }
        is_released
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end(LEAVE);
    }
}
