//! The signals that end a command.

use std::io;

use rustix::process::Signal;
use tokio::{
    select,
    signal::unix::{self, SignalKind, signal},
};

use crate::ui::terminal::is_in_foreground;

/// SIGTERM, SIGHUP, SIGINT and SIGQUIT as they arrive.
pub struct Signals([(Signal, unix::Signal); 4]);

impl Signals {
    /// Installs the handlers.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the system refuses a handler.
    pub fn new() -> io::Result<Self> {
        let listen = |wanted: Signal| Ok((wanted, signal(SignalKind::from_raw(wanted.as_raw()))?));
        let signals: io::Result<Vec<_>> =
            [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT].into_iter().map(listen).collect();
        Ok(Self(signals?.try_into().expect("as many as were wanted")))
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        let [(term, terms), (hup, hups), (int, ints), (quit, quits)] = &mut self.0;
        select! {
            _ = terms.recv() => *term,
            _ = hups.recv() => *hup,
            _ = ints.recv() => *int,
            _ = quits.recv() => *quit,
        }
    }
}

/// Returns whether the terminal itself sent the signal to the child: Ctrl-C goes to the whole foreground process group.
pub(crate) fn comes_from_keys(signal: Signal) -> bool {
    matches!(signal, Signal::INT | Signal::QUIT) && is_in_foreground()
}
