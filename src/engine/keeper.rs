//! Who sets the own presence for a command: the running dashboard of the profile, or the command itself.

use std::{io, pin::pin, time::Duration};

use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    engine::{attendant::Attendant, instance::Seat, ipc::Caller},
    model::{
        app::{Connection, Dashboard, Stage},
        control::{HoldId, Outcome, PresenceCommand, PresenceRequest, Request, Verdict},
        event::Event,
        own::Own,
    },
};

/// How long to wait for somebody who is just beginning or ending.
const TURN: Duration = Duration::from_secs(5);
/// How often to look whether they are done.
const AGAIN: Duration = Duration::from_millis(100);
/// How long nobody wonders what takes so long.
const UNNOTICED: Duration = Duration::from_secs(1);

/// The hold of this command, where it has the presence itself.
const HOLD: HoldId = HoldId(0);

/// Whoever does it.
pub enum Keeper {
    /// The running dashboard, or another command.
    Running {
        /// The connection to it.
        caller: Caller,
        /// What it has said, and nobody has heard.
        said: Option<Outcome>,
    },
    /// This command.
    Alone(Box<Attendant>),
}

impl Keeper {
    /// Asks the running dashboard, if there is one, else an attendant that begins as the first of the profile.
    ///
    /// # Errors
    ///
    /// When there is somebody who cannot be asked, or when no attendant can be begun.
    pub async fn ask<E: From<io::Error>>(
        request: &Request,
        begin: impl AsyncFnOnce(Seat) -> Result<Attendant, E>,
    ) -> Result<Self, E> {
        let deaf = |_| io::Error::other("another whosin is open and does not answer; is it stopped?");
        let seat = match timeout(TURN, Self::find(request)).await.map_err(deaf)?? {
            Found::Running(caller, said) => return Ok(Self::Running { caller, said: Some(said) }),
            Found::Free(seat) => seat,
        };
        let mut attendant = begin(seat).await?;
        let want = match request {
            Request::Own | Request::Watch { .. } => None,
            Request::Set(ask) => Some(PresenceCommand::Set(ask.clone())),
            Request::Hold(ask) => Some(PresenceCommand::Hold(HOLD, ask.clone())),
        };
        if let Some(want) = want {
            attendant.take(Event::Asked(want));
        }
        Ok(Self::Alone(Box::new(attendant)))
    }

    async fn find(request: &Request) -> io::Result<Found> {
        loop {
            if let Some(mut caller) = Caller::call(request).await?
                && let Some(said) = caller.outcome().await?
            {
                return Ok(Found::Running(caller, said));
            }
            if let Some(seat) = Seat::take_first() {
                return Ok(Found::Free(seat));
            }
            sleep(AGAIN).await;
        }
    }

    /// How it stands next; `None` when the running dashboard has ended. Whoever stops waiting loses nothing.
    ///
    /// # Errors
    ///
    /// When the running dashboard makes no sense.
    pub async fn next(&mut self) -> io::Result<Option<Outcome>> {
        match self {
            Self::Running { said: said @ Some(_), .. } => Ok(said.take()),
            Self::Running { caller, .. } => caller.outcome().await,
            Self::Alone(attendant) => {
                let event = attendant.next().await;
                attendant.take(event);
                Ok(Some(attendant.outcome()))
            }
        }
    }

    /// Whether this command has the presence itself, and what it asked to be held still is.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        self.own().is_some_and(|own| own.is_holding(HOLD))
    }

    /// Gives back what was asked to be held. The running dashboard does so by itself when nobody calls it any more.
    pub fn release(self) -> Option<Self> {
        match self {
            Self::Running { .. } => None,
            Self::Alone(mut attendant) => {
                attendant.take(Event::Asked(PresenceCommand::Return(HOLD)));
                Some(Self::Alone(attendant))
            }
        }
    }

    /// Leaves a note for the next dashboard to give it back, because there is no time to.
    pub fn leave_behind(self, ask: PresenceRequest) {
        if let Self::Alone(mut attendant) = self {
            attendant.take(Event::Asked(PresenceCommand::Hold(HOLD, ask)));
        }
    }

    /// Waits until it stands as it is to or the server cannot be reached, and for so long at most; says how it stands
    /// then. What takes longer than unnoticed is told once. `None` when the running dashboard has ended.
    ///
    /// # Errors
    ///
    /// When the running dashboard makes no sense.
    pub async fn until(
        &mut self,
        limit: Duration,
        done: impl Fn(Verdict) -> bool,
        tell: impl FnOnce(&Outcome),
    ) -> io::Result<Option<Outcome>> {
        let (mut last, mut tell) = (None, Some(tell));
        let wait = async {
            // It may stand so already, and nothing new would ever come.
            if let Self::Alone(attendant) = self
                && let outcome = attendant.outcome()
                && done(outcome.verdict)
            {
                last = Some(outcome);
                return io::Result::Ok(());
            }
            let mut noticed = pin!(sleep(UNNOTICED));
            loop {
                select! {
                    outcome = self.next() => {
                        last = outcome?;
                        let over = last.as_ref().is_none_or(|outcome| done(outcome.verdict));
                        if over || self.is_cut_off() {
                            return Ok(());
                        }
                    }
                    () = &mut noticed, if tell.is_some() => {
                        if let (Some(tell), Some(last)) = (tell.take(), &last) {
                            tell(last);
                        }
                    }
                }
            }
        };
        timeout(limit, wait).await.unwrap_or(Ok(()))?;
        Ok(last)
    }

    /// The own presence, where this command has it and is signed in.
    #[must_use]
    pub fn own(&self) -> Option<&Own> {
        self.dashboard().map(|dashboard| &dashboard.own)
    }

    /// Whether this command has never reached the server.
    fn is_cut_off(&self) -> bool {
        let connection = self.dashboard().map(|dashboard| &dashboard.connection);
        matches!(connection, Some(Connection::Lost { as_of: None, .. }))
    }

    fn dashboard(&self) -> Option<&Dashboard> {
        match self {
            Self::Alone(attendant) => match &attendant.app.stage {
                Stage::Dashboard(dashboard) => Some(dashboard),
                Stage::SignIn(_) => None,
            },
            Self::Running { .. } => None,
        }
    }
}

/// Who is there.
enum Found {
    /// Somebody who has been asked and has answered.
    Running(Caller, Outcome),
    /// Nobody.
    Free(Seat),
}
