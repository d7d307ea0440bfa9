//! What ends a program that only watches.

use std::{
    io::{self, stdout},
    sync::Arc,
    thread,
};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

/// Signals, and a reader of its standard output who goes.
pub(super) struct Ends {
    signals: [Signal; 3],
    reader_gone: Arc<Notify>,
}

impl Ends {
    pub(super) fn new() -> io::Result<Self> {
        let [terminate, hang_up, interrupt] =
            [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
        Ok(Self { signals: [terminate?, hang_up?, interrupt?], reader_gone: reader_gone() })
    }

    pub(super) async fn next(&mut self) {
        let [terminate, hang_up, interrupt] = &mut self.signals;
        select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            _ = interrupt.recv() => {}
            () = self.reader_gone.notified() => {}
        }
    }
}

/// Tells once when nobody reads standard output any more; the next line would find out, but that can be hours away.
/// The thread ends with the program.
fn reader_gone() -> Arc<Notify> {
    let gone = Arc::new(Notify::new());
    let tell = gone.clone();
    thread::spawn(move || {
        let output = stdout();
        let mut polled = [PollFd::new(&output, PollFlags::empty())];
        if poll(&mut polled, None).is_ok() {
            tell.notify_one();
        }
    });
    gone
}
