//! The thread that reads the terminal's events and detects that the terminal is gone.
//!
//! crossterm's own reader spins after a hang-up: it ignores the end of the input and errors. So this thread polls
//! first and calls crossterm only when there is input.

use std::{
    io::{self, PipeReader, PipeWriter, Write, stdin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::event::{self, Event};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::mpsc;

use super::device::{is_in_foreground, retry, timespec};

/// How long crossterm may wait for the rest of an incomplete event.
const PARSE: Duration = Duration::from_millis(1);
/// How often a program in the background checks whether it is in the foreground again.
const BACKGROUND: Duration = Duration::from_millis(300);

/// The handle of the reader thread. Dropping it ends the thread.
pub(super) struct Reader {
    is_paused: Arc<AtomicBool>,
    wake: PipeWriter,
}

/// The events of a terminal that is gone.
const HANG_UP: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

impl Reader {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no descriptor or no thread left.
    pub(super) fn start(
        events: mpsc::Sender<Event>,
        foreground: mpsc::Sender<()>,
        gone: mpsc::Sender<io::Error>,
    ) -> io::Result<Self> {
        let is_paused = Arc::new(AtomicBool::new(false));
        let (woken, wake) = io::pipe()?;
        let thread = Thread { is_paused: Arc::clone(&is_paused), woken, events, foreground };
        thread::Builder::new().name("terminal reader".to_owned()).spawn(move || {
            if let Err(error) = thread.run() {
                // If the channel is full, the loop has an error already.
                let _ = gone.try_send(error);
            }
        })?;
        Ok(Self { is_paused, wake })
    }

    /// Stops reading, and waits for the foreground instead.
    pub(super) fn pause(&self) {
        self.is_paused.store(true, Ordering::SeqCst);
        let _ = (&self.wake).write(&[0]);
    }

    pub(super) fn resume(&self) {
        self.is_paused.store(false, Ordering::SeqCst);
        let _ = (&self.wake).write(&[0]);
    }
}

struct Thread {
    is_paused: Arc<AtomicBool>,
    woken: PipeReader,
    events: mpsc::Sender<Event>,
    foreground: mpsc::Sender<()>,
}

impl Thread {
    /// Reads until the handle is dropped.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the terminal has hung up or cannot be read.
    fn run(mut self) -> io::Result<()> {
        let terminal = stdin();
        loop {
            let is_paused = self.is_paused.load(Ordering::SeqCst);
            let wanted = if is_paused { PollFlags::empty() } else { PollFlags::IN };
            let limit = is_paused.then(|| timespec(BACKGROUND));
            let mut ready = [PollFd::new(&terminal, wanted), PollFd::new(&self.woken, PollFlags::IN)];
            retry(|| poll(&mut ready, limit.as_ref()))?;
            let [terminal_ready, woken] = ready.map(|descriptor| descriptor.revents());
            if woken.contains(PollFlags::IN) {
                io::Read::read(&mut self.woken, &mut [0])?;
            } else if woken.intersects(HANG_UP) {
                return Ok(());
            } else if terminal_ready.intersects(HANG_UP) {
                return Err(Errno::IO.into());
            } else if is_paused {
                if is_in_foreground() {
                    let _ = self.foreground.try_send(());
                }
            } else if terminal_ready.contains(PollFlags::IN) && !self.read()? {
                return Ok(());
            }
        }
    }

    /// Passes on the terminal's events. Returns whether the loop still receives them.
    fn read(&self) -> io::Result<bool> {
        while event::poll(PARSE)? {
            let event = event::read()?;
            // SIGWINCH reports a new size too.
            if !matches!(event, Event::Resize(..)) && self.events.blocking_send(event).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
