//! The signals that the dashboard handles.

use std::io;

use rustix::process::Signal as Number;
use tokio::{
    select,
    signal::unix::{Signal as Stream, SignalKind, signal},
};

/// A signal, by what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, SIGTERM or SIGHUP: end.
    End,
    /// SIGQUIT: restore the terminal, then call [`quit`].
    Quit,
    /// SIGCONT: the program was stopped and runs again.
    Continued,
    /// SIGWINCH: the terminal has another size.
    Resized,
}

/// The signals that the dashboard handles.
///
/// SIGHUP counts even if the parent process ignores it: the handler replaces the inherited setting.
pub struct Signals {
    terminate: Stream,
    hang_up: Stream,
    interrupt: Stream,
    quit: Stream,
    resume: Stream,
    resize: Stream,
}

impl Signals {
    /// Installs the handlers.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the system refuses one.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            resume: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next signal, the most urgent first: a shell that ends a stopped job sends SIGCONT too.
    pub async fn next(&mut self) -> Signal {
        select! {
            biased;
            _ = self.quit.recv() => Signal::Quit,
            _ = self.terminate.recv() => Signal::End,
            _ = self.hang_up.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.resume.recv() => Signal::Continued,
            _ = self.resize.recv() => Signal::Resized,
        }
    }
}

/// Ends the process as SIGQUIT does by default, with a core file if the system writes them.
pub fn quit() {
    // This fails only for numbers that are not signals.
    let _ = signal_hook::low_level::emulate_default_handler(Number::QUIT.as_raw());
}
