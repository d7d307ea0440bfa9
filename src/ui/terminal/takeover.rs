//! The terminal, taken for the program and given back whatever happens.

use std::{future::pending, io, time::Duration};

use crossterm::{
    event::Event,
    terminal::{disable_raw_mode, enable_raw_mode},
};
use ratatui::{buffer::Buffer, layout::Position};
use rustix::process::{Signal, kill_current_process_group};
use tokio::{select, sync::mpsc};

use super::{
    device::{Messages, is_in_foreground},
    input::Reader,
    panics,
    process_group::is_orphaned,
    writer::Writer,
};

/// How many events may wait for the loop before the reader waits with them.
const BACKLOG: usize = 64;
/// How long an unread terminal may hold up what follows its release.
pub const LEAVE: Duration = Duration::from_secs(1);

/// The terminal while the program has it. Dropping it gives it back. No function waits for the terminal, but
/// [`Terminal::suspend`] and [`Terminal::leave`], which have a limit.
pub struct Terminal {
    writer: Writer,
    reader: Option<Reader>,
    events: mpsc::Receiver<Event>,
    foreground: mpsc::Receiver<()>,
    gone: mpsc::Receiver<io::Error>,
    is_gone: bool,
    is_taken: bool,
    messages: Messages,
}

/// What the terminal tells.
#[derive(Debug)]
pub enum TerminalEvent {
    /// A key, the mouse, pasted text, the focus or a new size.
    Input(Event),
    /// The program has the terminal's foreground again: call [`Terminal::resume`].
    Foreground,
    /// The terminal has hung up or cannot be written to. Told once, and nothing follows.
    Gone(io::Error),
}

/// Why the program does not stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendError {
    /// No shell would continue it, as with `xterm -e whosin`.
    Orphaned,
    /// The system refuses to stop it.
    Refused,
}

impl Terminal {
    /// Takes the terminal: alternate screen, raw keys, the mouse if wanted, pasted text as such, the focus.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if standard input is no terminal, or the process has no descriptor or thread left.
    pub fn enter(mouse: bool) -> io::Result<Self> {
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
            events: received,
            foreground: is_in_front,
            gone: is_lost,
            is_gone: false,
            is_taken: true,
            messages: Messages::of_terminal(),
        })
    }

    /// Columns and rows.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the terminal is gone.
    pub fn size() -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    /// The next event of the terminal. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> TerminalEvent {
        if self.is_gone {
            return pending().await;
        }
        select! {
            biased;
            Some(error) = self.gone.recv() => {
                self.is_gone = true;
                TerminalEvent::Gone(error)
            }
            Some(()) = self.foreground.recv() => TerminalEvent::Foreground,
            Some(event) = self.events.recv() => TerminalEvent::Input(event),
            else => pending().await,
        }
    }

    /// Shows a picture. Only what differs from the one before is written, and only the newest waits to be.
    pub fn show(&self, picture: Buffer, cursor: Option<Position>) {
        self.writer.show(picture, cursor);
    }

    /// Writes an escape sequence that changes nothing of the picture. The oldest are dropped if nobody reads.
    pub fn escape(&self, sequence: String) {
        self.writer.escape(sequence);
    }

    /// Takes what the mouse does, or leaves it to the terminal, which can select text with it then.
    pub fn capture_mouse(&self, on: bool) {
        self.writer.capture_mouse(on);
    }

    /// Gives the terminal to the shell and stops the whole process group, as the terminal itself would do.
    /// [`Terminal::resume`] follows on SIGCONT.
    ///
    /// # Errors
    ///
    /// [`SuspendError`]. The terminal is taken then as before.
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

    /// Takes the terminal again and draws the next picture as a whole. In the background it takes nothing, and
    /// [`TerminalEvent::Foreground`] follows.
    pub fn resume(&mut self) {
        if self.is_gone || !is_in_foreground() || enable_raw_mode().is_err() {
            return;
        }
        self.is_taken = true;
        self.writer.take();
        self.reader.iter().for_each(Reader::resume);
    }

    /// Gives the terminal back. Where it takes nothing for so long, only its settings are restored.
    pub fn leave(mut self, limit: Duration) {
        self.end(limit);
    }

    /// The same for a terminal that is still borrowed. What is shown later is not written.
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

    /// Returns whether the terminal takes what is written to it.
    fn release(&mut self, limit: Duration) -> bool {
        self.reader.iter().for_each(Reader::pause);
        let is_released = self.writer.release(limit);
        if std::mem::take(&mut self.is_taken) && is_in_foreground() {
            // This fails where the terminal is gone, and needs nothing back.
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
