//! What the system says to the program.

use std::io;

use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::model::event::Event;

/// The signals that mean something here.
pub struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    resume: Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// The next signal, as an event.
    pub async fn next(&mut self) -> Event {
        select! {
            _ = self.resume.recv() => Event::Continued,
            _ = self.terminate.recv() => Event::Terminate,
            _ = self.hang_up.recv() => Event::Terminate,
            _ = self.interrupt.recv() => Event::Terminate,
        }
    }
}
