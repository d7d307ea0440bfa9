//! The signals that the system sends to the dashboard.

use std::io;

use rustix::process::Signal as Number;
use tokio::{
    select,
    signal::unix::{Signal as Stream, SignalKind, signal},
};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, SIGTERM or SIGHUP: end.
    End,
    /// SIGQUIT: give the terminal back, then call [`quit`].
    Quit,
    /// SIGCONT: the program was stopped and runs again.
    Continued,
    /// SIGWINCH: the terminal has another size.
    Resized,
}

/// The signals that the dashboard handles.
///
/// SIGHUP counts even where the parent has had it ignored: the handler replaces that.
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

    /// Returns the next signal, the most urgent first: a shell that ends a stopped job sends SIGCONT too.
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

/// Does what SIGQUIT does by default: ends the process and leaves a core file where the system keeps them.
pub fn quit() {
    // It fails for numbers that are no signals.
    let _ = signal_hook::low_level::emulate_default_handler(Number::QUIT.as_raw());
}
