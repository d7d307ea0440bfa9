//! The thread that reads the terminal's events and detects that the terminal is gone.
//!
//! crossterm's own reader takes unknown sequences for keys, loses keys of one read on a busy machine, and spins after a
//! hang-up.

use std::{
    io::{self, PipeReader, PipeWriter, Stdin, Write, stdin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossterm::event::Event;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::mpsc;

use super::{
    decoder::Decoder,
    device::{retry, timespec},
    process_group::is_in_foreground,
};

/// How long the rest of a sequence may take. Terminals send it at once, but a slow connection splits it.
const REST: Duration = Duration::from_secs(1);
/// How often a program in the background checks whether it is in the foreground again.
const BACKGROUND: Duration = Duration::from_millis(300);

/// The events of one read, and when they were read.
///
/// They travel together. What nobody has typed arrives at once, and must look like that however busy the machine is.
pub(super) struct Read {
    pub(super) events: Vec<Event>,
    /// The color of the terminal's background, if it has told it.
    pub(super) background: Option<(u8, u8, u8)>,
    pub(super) at: Instant,
}

impl Read {
    pub(super) fn now(events: Vec<Event>) -> Self {
        Self { events, background: None, at: Instant::now() }
    }
}

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
        events: mpsc::Sender<Read>,
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
    events: mpsc::Sender<Read>,
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
        let mut decoder = Decoder::default();
        let mut was_paused = true;
        // What was typed while the shell had the terminal, in one read.
        let mut is_ahead = false;
        loop {
            let is_paused = self.is_paused.load(Ordering::SeqCst);
            is_ahead = !is_paused && (is_ahead || was_paused) && is_waiting();
            was_paused = is_paused;
            let wanted = if is_paused { PollFlags::empty() } else { PollFlags::IN };
            let limit = if is_paused { Some(BACKGROUND) } else { decoder.is_waiting().then_some(REST) };
            let limit = limit.map(timespec);
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
            } else {
                let is_ready = terminal_ready.contains(PollFlags::IN);
                let events = if is_ready {
                    let mut bytes = read(&terminal)?;
                    if is_ahead {
                        // The line discipline of the shell has made Enter a line feed.
                        bytes.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b'\r');
                    }
                    decoder.decode(&bytes)
                } else {
                    decoder.expire()
                };
                let read = Read { background: decoder.take_background(), ..Read::now(events) };
                let is_empty = read.events.is_empty() && read.background.is_none();
                // Sending fails once the loop has ended.
                if !is_empty && self.events.blocking_send(read).is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// Returns whether the terminal has sent something that nobody has read yet.
pub(super) fn is_waiting() -> bool {
    let terminal = stdin();
    let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
    retry(|| poll(&mut ready, Some(&timespec(Duration::ZERO)))).is_ok_and(|ready| ready > 0)
}

/// Reads what is there.
///
/// # Errors
///
/// [`io::Error`] if the terminal has hung up or cannot be read.
fn read(terminal: &Stdin) -> io::Result<Vec<u8>> {
    let mut bytes = [0; 1024];
    match rustix::io::read(terminal, &mut bytes) {
        Ok(0) => Err(Errno::IO.into()),
        Ok(length) => Ok(bytes[..length].to_vec()),
        Err(Errno::INTR | Errno::AGAIN) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
