//! The terminal's descriptor: interruptible writes, its size and its queues.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Read, Write, stderr, stdout},
    os::fd::{AsFd, OwnedFd},
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::Path,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    io::Errno,
    stdio::{dup2_stderr, dup2_stdout},
    termios::{Action, QueueSelector, isatty, tcflow, tcflush, tcgetwinsize, ttyname},
};

/// The most columns and rows that are drawn: as many as small letters have on a screen of 8K.
const LARGEST: (u16, u16) = (1_600, 600);

/// The terminal of standard output.
pub(super) struct Device {
    terminal: OwnedFd,
    interrupts: PipeReader,
}

/// Interrupts a write that waits for the terminal.
pub(super) struct Interrupter(PipeWriter);

/// Why a write ended early.
pub(super) enum WriteError {
    /// [`Interrupter::interrupt`] was called.
    Interrupted,
    /// The terminal was not ready before the deadline.
    TimedOut,
    /// The terminal is gone or cannot be written to.
    Failed(io::Error),
}

impl Device {
    /// Opens the terminal a second time, so that only our own writes are non-blocking. `O_NONBLOCK` on the inherited
    /// descriptor would reach every process that shares it.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the process has no descriptor left.
    pub(super) fn open() -> io::Result<(Self, Interrupter)> {
        let terminal = match reopen() {
            Some(terminal) => terminal,
            // Another user's terminal, after `su`, cannot be opened by its name. Its writes may block.
            None => stdout().as_fd().try_clone_to_owned()?,
        };
        let (interrupts, interrupter) = io::pipe()?;
        Ok((Self { terminal, interrupts }, Interrupter(interrupter)))
    }

    /// Returns columns and rows, or `None` if the terminal does not know them.
    pub(super) fn size(&self) -> Option<(u16, u16)> {
        let size = tcgetwinsize(&self.terminal).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some(drawn((size.ws_col, size.ws_row)))
    }

    /// Writes everything without a time limit, unless it is interrupted.
    ///
    /// # Errors
    ///
    /// [`WriteError::Interrupted`] and [`WriteError::Failed`]. A part may have been written.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_all(bytes, || {
            let mut ready =
                [PollFd::new(&self.terminal, PollFlags::OUT), PollFd::new(&self.interrupts, PollFlags::IN)];
            retry(|| poll(&mut ready, None))?;
            if ready[1].revents().is_empty() { Ok(()) } else { Err(WriteError::Interrupted) }
        })
    }

    /// Writes everything, or gives up at the deadline.
    ///
    /// # Errors
    ///
    /// [`WriteError::TimedOut`] and [`WriteError::Failed`]. A part may have been written.
    pub(super) fn write_by(&self, deadline: Instant, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_all(bytes, || {
            let mut ready = [PollFd::new(&self.terminal, PollFlags::OUT)];
            let left = timespec(deadline.saturating_duration_since(Instant::now()));
            if retry(|| poll(&mut ready, Some(&left)))? > 0 { Ok(()) } else { Err(WriteError::TimedOut) }
        })
    }

    fn write_all(
        &self,
        mut bytes: &[u8],
        wait: impl Fn() -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.terminal, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait()?,
                Err(error) => return Err(WriteError::Failed(error.into())),
            }
        }
        Ok(())
    }

    /// Removes one pending interruption.
    pub(super) fn clear_interrupt(&self) {
        // A release sends exactly one interruption, so this read returns.
        let _ = (&self.interrupts).read(&mut [0]);
    }

    /// Restarts output that Ctrl-S has stopped, and discards what the terminal has not read.
    pub(super) fn discard_output(&self) {
        // Both fail if the terminal is gone. Nothing is left to do then.
        let _ = tcflow(&self.terminal, Action::OOn);
        let _ = tcflush(&self.terminal, QueueSelector::OFlush);
    }
}

impl Interrupter {
    /// Interrupts the write that waits, or the next one that has to wait.
    pub(super) fn interrupt(&self) {
        // A full pipe interrupts too.
        let _ = (&self.0).write(&[0]);
    }
}

impl From<Errno> for WriteError {
    fn from(error: Errno) -> Self {
        Self::Failed(error.into())
    }
}

/// Repeats a system call that a signal has interrupted.
pub(super) fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

pub(super) fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
}

/// Which standard streams are the terminal. It is recorded at the start, because a terminal that is gone no longer
/// counts as one.
pub(super) struct Messages {
    stdout: bool,
    stderr: bool,
}

impl Messages {
    pub(super) fn of_terminal() -> Self {
        Self { stdout: isatty(stdout()), stderr: isatty(stderr()) }
    }

    /// Sends later messages to `/dev/null`. A message that waits for a terminal that reads nothing would keep the
    /// program from ending.
    pub(super) fn discard(&self) {
        let Ok(nowhere) = File::options().write(true).open("/dev/null") else { return };
        // This fails only for a closed descriptor.
        if self.stdout {
            let _ = dup2_stdout(&nowhere);
        }
        if self.stderr {
            let _ = dup2_stderr(&nowhere);
        }
    }
}

fn reopen() -> Option<OwnedFd> {
    let standard = stdout();
    if !isatty(&standard) {
        return None;
    }
    let path = ttyname(&standard, Vec::new()).ok()?;
    let path = Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()));
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    File::options().write(true).custom_flags(flags).open(path).ok().map(OwnedFd::from)
}

/// Returns the part of a terminal that is drawn. A terminal can claim 65,535 columns and rows, and a picture of that
/// size would have four billion cells.
pub(super) fn drawn((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.min(LARGEST.0), rows.min(LARGEST.1))
}

/// Returns the columns of the terminal, or `None` if there is no terminal.
#[must_use]
pub fn columns() -> Option<usize> {
    crossterm::terminal::size().ok().map(|(columns, _)| columns.into())
}
