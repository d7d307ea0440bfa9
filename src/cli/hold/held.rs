//! A held state: while a command runs, or until a signal or the clock ends it.

use std::{ffi::OsString, future::pending, io, time::Duration};

use jiff::Timestamp;
use tokio::{select, time::sleep};

use super::child::Child;
use crate::{
    cli::signals::{Signals, comes_from_keys},
    engine::keeper::Keeper,
    model::control::{Outcome, PresenceRequest, Verdict},
};

/// The longest sleep. A longer one would not notice that the machine was suspended.
const NAP: Duration = Duration::from_mins(1);
/// One round of Synapse's rate limit (10 s), and 5 s for answers.
const GIVE_BACK: Duration = Duration::from_secs(15);

/// What happens to a held state.
#[derive(Debug)]
pub enum News {
    /// The outcome has changed.
    Outcome(Outcome),
    /// The dashboard that held it has quit; another process must hold it.
    Left,
    /// The command, the time or a signal has ended it, with this exit status.
    Over(u8),
}

/// A held state, who sets it, and the command that runs meanwhile.
pub struct HeldState {
    ask: PresenceRequest,
    /// `None` once released.
    keeper: Option<Keeper>,
    child: Option<Child>,
    signals: Signals,
    until: Option<Timestamp>,
    given_back: bool,
    /// Whether the state was still wanted when it was released.
    lent: bool,
}

impl HeldState {
    /// Starts the command, if there is one.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the command cannot be started or signal handlers cannot be installed.
    pub fn begin(
        ask: PresenceRequest,
        keeper: Keeper,
        command: &[OsString],
        until: Option<Timestamp>,
    ) -> io::Result<Self> {
        let signals = Signals::new()?;
        let child = Child::start(command)?;
        Ok(Self { ask, keeper: Some(keeper), child, signals, until, given_back: false, lent: false })
    }

    /// Replaces who sets the state.
    pub fn keep(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// Returns what happens next.
    pub async fn next(&mut self) -> News {
        loop {
            select! {
                outcome = outcome(&mut self.keeper) => match outcome {
                    Some(outcome) if self.given_back => {
                        self.keeper.take_if(|_| outcome.verdict > Verdict::Accepted);
                    }
                    Some(outcome) => return News::Outcome(outcome),
                    None => {
                        self.keeper = None;
                        return News::Left;
                    }
                },
                status = end(&mut self.child) => return News::Over(status),
                signal = self.signals.next() => match &self.child {
                    Some(_) if comes_from_keys(signal) => {}
                    Some(child) => child.pass(signal),
                    None => return News::Over(0),
                },
                () = wait(self.until) => {
                    if self.until.is_some_and(|until| until > Timestamp::now()) {
                        continue;
                    }
                    if self.child.is_none() {
                        return News::Over(0);
                    }
                    self.until = None;
                    self.release();
                }
            }
        }
    }

    fn release(&mut self) {
        if !self.given_back {
            self.given_back = true;
            self.lent = self.keeper.as_ref().is_some_and(Keeper::is_holding);
            self.keeper = self.keeper.take().and_then(Keeper::release);
        }
    }

    /// Restores the previous state and returns the outcome, or `None` if the running dashboard restores it. A signal ends
    /// the wait.
    pub async fn end(mut self, tell: impl FnOnce(&Outcome)) -> Option<Outcome> {
        self.release();
        let mut keeper = self.keeper?;
        let done = |verdict| verdict > Verdict::Accepted;
        let outcome = select! {
            outcome = keeper.until(GIVE_BACK, done, tell) => outcome.ok().flatten(),
            _ = self.signals.next() => None,
        };
        if self.lent && outcome.as_ref().is_none_or(|outcome| !done(outcome.verdict)) {
            keeper.leave_behind(self.ask);
        }
        outcome
    }
}

async fn outcome(keeper: &mut Option<Keeper>) -> Option<Outcome> {
    match keeper {
        Some(keeper) => keeper.next().await.ok().flatten(),
        None => pending().await,
    }
}

async fn end(child: &mut Option<Child>) -> u8 {
    match child {
        Some(child) => child.end().await,
        None => pending().await,
    }
}

async fn wait(until: Option<Timestamp>) {
    let Some(until) = until else { return pending().await };
    let ahead = Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default();
    sleep(ahead.min(NAP)).await;
}
