//! A state that is kept while a command runs, or until a signal or the clock ends it.

use std::{ffi::OsString, future::pending, io, time::Duration};

use jiff::Timestamp;
use tokio::{select, time::sleep};

use super::child::Child;
use crate::{
    cli::signals::{Signals, comes_from_keys},
    engine::keeper::Keeper,
    model::control::{Outcome, PresenceRequest, Verdict},
};

/// How long to sleep at most: a sleep does not notice that the machine slept too.
const NAP: Duration = Duration::from_mins(1);
/// How long giving it back may take: one turn of Synapse's limit, and some.
const GIVE_BACK: Duration = Duration::from_secs(15);

/// What happens while it is kept.
#[derive(Debug)]
pub enum News {
    /// How it stands with the state now.
    Outcome(Outcome),
    /// The running dashboard has ended that has kept it; somebody else has to.
    Left,
    /// The command has ended, with this exit status; or what ends it where there is none.
    Over(u8),
}

/// A state, who keeps it, and what runs meanwhile.
pub struct HeldState {
    ask: PresenceRequest,
    /// Nobody once it is given back.
    keeper: Option<Keeper>,
    child: Option<Child>,
    signals: Signals,
    until: Option<Timestamp>,
    given_back: bool,
    /// Whether it was still what was wanted when it was given back.
    lent: bool,
}

impl HeldState {
    /// Starts the command, if there is one.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or the system does not let us listen to its signals.
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

    /// Has somebody else keep it.
    pub fn keep(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// What happens next.
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

    /// Brings back what was before, and says how that stands; nothing where somebody else sees to it. What takes its time
    /// is told, and a signal ends the waiting.
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
