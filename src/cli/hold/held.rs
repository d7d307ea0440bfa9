//! A state that is held until a command ends, a signal arrives or the time is over.

use std::{ffi::OsString, future::pending, io, time::Duration};

use jiff::Timestamp;
use rustix::process::Signal;
use tokio::{select, task::yield_now, time::timeout};

use super::child::Child;
use crate::{
    cli::signals::{Signals, comes_from_keys},
    engine::{Client, sleep_until},
    model::{
        event::Command,
        outcome::{Outcome, Verdict},
        request::{HoldId, PresenceRequest},
    },
};

/// One round of Synapse's rate limit (10 s), and 5 s for answers.
const RESTORE: Duration = Duration::from_secs(15);

/// An event of a held state.
#[derive(Debug)]
pub(crate) enum HoldEvent {
    /// The outcome may have changed.
    Outcome(Outcome),
    /// The command, a signal or the time has ended the hold, with this exit status.
    Over(u8),
}

/// A held state, the engine that sets it, and the command that runs meanwhile.
pub(crate) struct HeldState {
    client: Client,
    id: HoldId,
    request: PresenceRequest,
    child: Option<Child>,
    signals: Signals,
    until: Option<Timestamp>,
    released: bool,
    /// Whether the state was still wanted when it was released.
    was_wanted: bool,
}

impl HeldState {
    /// Starts the command, if there is one, and holds the state.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the command cannot be started or signal handlers cannot be installed.
    pub fn begin(
        mut client: Client,
        request: PresenceRequest,
        command: &[OsString],
        until: Option<Timestamp>,
    ) -> io::Result<Self> {
        let signals = Signals::new()?;
        let child = Child::start(command)?;
        let id = HoldId(fastrand::u64(..));
        client.send(Command::Hold(id, request.clone()));
        Ok(Self { client, id, request, child, signals, until, released: false, was_wanted: false })
    }

    /// Returns what happens next.
    pub async fn next(&mut self) -> HoldEvent {
        loop {
            select! {
                // A signal that came before the command ended was for the command: it must not skip the end.
                biased;
                signal = self.signals.next() => match &self.child {
                    Some(_) if comes_from_keys(signal) => {}
                    Some(child) => child.pass(signal),
                    None => return HoldEvent::Over(0),
                },
                _ = self.client.turn() => {
                    if self.client.is_settled() && !self.released {
                        return HoldEvent::Outcome(self.client.model().outcome(Timestamp::now()));
                    }
                }
                status = end(&mut self.child) => return HoldEvent::Over(status),
                () = sleep_until(self.until) => {
                    if self.until.is_some_and(|until| until > Timestamp::now()) {
                        continue;
                    }
                    if self.child.is_none() {
                        return HoldEvent::Over(0);
                    }
                    self.until = None;
                    self.release();
                }
            }
        }
    }

    /// Forgets the signals that came until now. The one that has ended the command, or this hold, must not skip the
    /// end. The system may tell of it later than of the end of the command, even if it came before.
    async fn forget_signals(&mut self) {
        yield_now().await;
        while timeout(Duration::ZERO, self.signals.next()).await.is_ok() {}
    }

    fn release(&mut self) {
        if !self.released {
            self.released = true;
            self.was_wanted = self.client.model().own().is_holding(self.id);
            self.client.send(Command::Release(self.id));
        }
    }

    /// Restores the previous state and returns the outcome, or `None` if another process restores it. Ctrl-C ends the
    /// wait.
    pub async fn end(mut self, tell: impl FnOnce(&Outcome)) -> Option<Outcome> {
        self.release();
        self.forget_signals().await;
        // Another process restores it by itself; that it has heard is enough. If it has ended, this one goes on.
        let is_done = |client: &Client, verdict| !client.is_engine_here() || verdict > Verdict::Accepted;
        let outcome = select! {
            outcome = self.client.outcome(RESTORE, is_done, tell) => Some(outcome),
            () = interrupted(&mut self.signals) => None,
        };
        let here = self.client.is_engine_here();
        let restored = outcome.as_ref().is_some_and(|outcome| is_done(&self.client, outcome.verdict));
        if here && self.was_wanted && !restored {
            // No time is left. The engine saves the hold, and the next process restores the state.
            self.client.send(Command::Hold(self.id, self.request));
        }
        self.client.stop().await;
        outcome.filter(|_| here)
    }
}

/// Waits for Ctrl-C. A session that ends sends several other signals, and none of them must leave the state standing.
async fn interrupted(signals: &mut Signals) {
    while !matches!(signals.next().await, Signal::INT | Signal::QUIT) {}
}

async fn end(child: &mut Option<Child>) -> u8 {
    match child {
        Some(child) => child.end().await,
        None => pending().await,
    }
}
