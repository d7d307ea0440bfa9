//! A front end's client of the profile's engine, which runs in this process or another.

mod replica;
mod setup;

use std::{collections::VecDeque, io, time::Duration};

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::{Instant, sleep, sleep_until as sleep_until_instant, timeout};

use replica::Replica;
use setup::lock;
pub use setup::{Role, Setup};

use super::{
    Engine, Instance, Signal,
    ipc::protocol::{EngineProcess, Reply, Request},
    lock::InstanceLock,
};
use crate::{
    model::{
        Model,
        event::{Command, Event, Update},
        outcome::{Outcome, Verdict},
        request::HoldId,
        settings::Settings,
        text::Clean,
    },
    server::Session,
    store::files::Files,
};

/// How long to wait for an engine's answer, and for a process that starts or ends.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a dashboard that ends waits for others that end at the same time, each of which may have to end busy.
const LEAVE: Duration = Duration::from_secs(30);
/// How long a front end that only watches waits for an answer. It can work without an engine.
const VIEWER_PATIENCE: Duration = Duration::from_secs(2);
/// How often to look for an engine.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How much later than a dashboard other front ends take over an engine.
const HESITATION: Duration = Duration::from_secs(1);
/// How long without an engine until the person is told.
const UNNOTICED: Duration = Duration::from_secs(3);

/// What front ends say of an engine whose heartbeat has stopped.
const SILENT: &str = "The open whosin does not answer; it may be stopped.";

/// The reason why no engine is available.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The process that runs the engine does not answer.
    #[error("another whosin is open and does not answer; is it stopped? Continue it with fg, or end it")]
    NoAnswer,
    /// The engine refuses, with this reason.
    #[error("the open whosin refuses: {0}")]
    Refused(Clean),
    /// The socket is unusable.
    #[error("the open whosin cannot be reached: {0}")]
    Io(#[from] io::Error),
}

/// A front end's client of the profile's engine.
pub struct Client {
    setup: Setup,
    place: Place,
    /// Commands without an answer yet.
    unconfirmed: VecDeque<(u64, Command)>,
    next_id: u64,
    /// Holds of this front end. An engine in another process must hear of them again.
    holds: Vec<(HoldId, Command)>,
}

/// Where the engine runs.
enum Place {
    /// In this process.
    Here(Box<Engine>),
    /// In another one.
    There(Box<Replica>),
}

impl Client {
    /// Attaches to the profile's engine, or starts one.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if a process runs the engine and does not answer, or refuses.
    pub async fn connect(setup: Setup) -> Result<Self, ConnectError> {
        let place = match setup.role {
            Role::Apart => Box::pin(setup.run(Instance::Apart)).await,
            Role::Viewer => match timeout(VIEWER_PATIENCE, setup.attach()).await {
                Ok(Ok(Some(replica))) => Place::There(Box::new(replica)),
                Ok(Ok(None) | Err(_)) | Err(_) => Box::pin(setup.run(Instance::Apart)).await,
            },
            Role::Dashboard | Role::Daemon | Role::Errand | Role::Command | Role::Holder => {
                timeout(PATIENCE, setup.find()).await.map_err(|_| ConnectError::NoAnswer)??
            }
        };
        Ok(Self { setup, place, unconfirmed: VecDeque::new(), next_id: 0, holds: Vec::new() })
    }

    /// Attaches to the profile's engine. `None`: no process runs it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the process does not answer, or refuses.
    pub async fn attach(setup: Setup) -> Result<Option<Self>, ConnectError> {
        let replica = timeout(PATIENCE, setup.attach()).await;
        let replica = replica.map_err(|_| ConnectError::NoAnswer)??;
        Ok(replica.map(|replica| {
            let place = Place::There(Box::new(replica));
            Self { setup, place, unconfirmed: VecDeque::new(), next_id: 0, holds: Vec::new() }
        }))
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        match &self.place {
            Place::Here(engine) => &engine.model,
            Place::There(replica) => &replica.model,
        }
    }

    /// Returns the session, for requests that the model does not cover.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.setup.session
    }

    /// Returns the other process that runs the engine. `None`: it runs in this one.
    #[must_use]
    pub(crate) fn engine_process(&self) -> Option<&EngineProcess> {
        match &self.place {
            Place::Here(_) => None,
            Place::There(replica) => Some(&replica.process),
        }
    }

    /// Waits until the other process that runs the engine has ended.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the process that follows does not answer, or refuses.
    pub(crate) async fn engine_ended(self) -> Result<(), ConnectError> {
        if let Place::There(replica) = self.place
            && let Some(mut connection) = replica.connection
        {
            while let Ok(Some(_)) = connection.next().await {}
        }
        // The lock is kept until the server has heard of the end.
        while matches!(InstanceLock::acquire(), Ok(None)) && self.setup.attach().await?.is_none() {
            sleep(LOOK_INTERVAL).await;
        }
        Ok(())
    }

    /// Returns whether the engine runs here and another front end can take it over.
    #[must_use]
    pub(crate) fn has_successor(&self) -> bool {
        matches!(&self.place, Place::Here(engine) if engine.has_successor())
    }

    /// Changes the settings. An engine in another process keeps its own.
    pub fn configure(&mut self, settings: Settings) -> Vec<Signal> {
        self.setup.settings = settings;
        match &mut self.place {
            Place::Here(engine) => {
                let settings = Box::new(self.setup.settings());
                engine.handle(Event::Settings(settings), Timestamp::now())
            }
            Place::There(_) => Vec::new(),
        }
    }

    /// Changes where the history and the contacts are kept.
    pub(crate) fn keep_in(&mut self, files: Files) {
        if let Place::Here(engine) = &mut self.place {
            engine.tasks.keep_in(&files);
        }
        self.setup.files = Some(files);
    }

    /// Returns whether the engine runs in this process.
    #[must_use]
    pub(crate) fn is_engine_here(&self) -> bool {
        matches!(self.place, Place::Here(_))
    }

    /// Returns whether the process with the engine has ended or does not answer, and none has followed yet.
    #[must_use]
    pub(crate) fn is_between_engines(&self) -> bool {
        matches!(&self.place, Place::There(replica) if replica.connection.is_none())
    }

    /// Returns whether this front end must notify the person, because no other process does.
    #[must_use]
    pub(crate) fn has_to_notify(&self) -> bool {
        match &self.place {
            Place::Here(_) => true,
            Place::There(replica) => !replica.process.kind.notifies(),
        }
    }

    /// Returns whether the model has applied all commands of this front end.
    #[must_use]
    pub(crate) fn is_settled(&self) -> bool {
        self.unconfirmed.is_empty()
    }

    /// Waits for the next event, and applies it to the model. Cancel safe.
    pub async fn turn(&mut self) -> Vec<Signal> {
        loop {
            match &mut self.place {
                Place::Here(engine) => {
                    let event = engine.next().await;
                    let signals = engine.handle(event, Timestamp::now());
                    if self.setup.role == Role::Holder && engine.can_hand_over() {
                        self.hand_over();
                    }
                    return signals;
                }
                Place::There(replica) => {
                    let Some(connection) = &mut replica.connection else {
                        sleep_until_instant(replica.look_at).await;
                        if let Some(signals) = self.look().await {
                            return signals;
                        }
                        continue;
                    };
                    match connection.next().await {
                        Ok(Some(reply)) => {
                            if let Some(signals) = self.on_reply(reply) {
                                return signals;
                            }
                        }
                        end => {
                            let end = end.err();
                            tracing::info!(?end, "the engine's process has ended or does not answer");
                            replica.lose();
                            // One that is stopped may be so for hours, and what it last said is no longer true.
                            if end.is_some_and(|end| end.kind() == io::ErrorKind::TimedOut) {
                                return replica.warn(SILENT);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Sends a command to the engine.
    pub fn send(&mut self, command: Command) -> Vec<Signal> {
        match &command {
            Command::Hold(id, _) => self.holds.push((*id, command.clone())),
            Command::Release(id) => self.holds.retain(|(held, _)| held != id),
            _ => {}
        }
        match &mut self.place {
            Place::Here(engine) => engine.handle(Event::Command(command), Timestamp::now()),
            Place::There(replica) => {
                self.next_id += 1;
                let id = self.next_id;
                if let Some(connection) = &replica.connection {
                    connection.send(Request::Command { id, command: command.clone() });
                }
                self.unconfirmed.push_back((id, command));
                Vec::new()
            }
        }
    }

    /// Waits until the outcome is final, the server is unreachable or `limit` has passed. Returns the last outcome.
    /// `noticed` is called once if that takes longer than a second.
    pub async fn outcome(
        &mut self,
        limit: Duration,
        is_final: impl Fn(&Self, Verdict) -> bool,
        noticed: impl FnOnce(&Outcome),
    ) -> Outcome {
        let mut noticed = Some(noticed);
        let begun = Instant::now();
        let wait = async {
            loop {
                let outcome = self.model().outcome(Timestamp::now());
                if self.is_settled() && (is_final(self, outcome.verdict) || self.was_never_reached()) {
                    return;
                }
                let unnoticed = Duration::from_secs(1).saturating_sub(begun.elapsed());
                if timeout(if noticed.is_some() { unnoticed } else { limit }, self.turn()).await.is_err()
                    && let Some(noticed) = noticed.take()
                {
                    noticed(&self.model().outcome(Timestamp::now()));
                }
            }
        };
        let _ = timeout(limit, wait).await;
        self.model().outcome(Timestamp::now())
    }

    /// Returns whether the server was never reached.
    fn was_never_reached(&self) -> bool {
        use crate::model::connection::Connection;
        matches!(self.model().connection(), Connection::Lost { as_of: None, .. })
    }

    /// Ends the front end. An engine in this process leaves the own presence as configured, unless another front end
    /// takes over. `say` receives the messages for the person.
    pub(crate) async fn shut_down(mut self, say: impl Fn(&str)) {
        if self.setup.role.stays() {
            let _ = timeout(LEAVE, self.leave()).await;
        }
        if let Place::Here(engine) = self.place {
            Box::pin(engine.shut_down(say)).await;
        }
    }

    /// Tells an engine in another process that this front end will not take over. If that process has just ended, this
    /// one becomes the engine. Two that end at once must not leave the own presence to each other.
    async fn leave(&mut self) {
        while let Place::There(replica) = &mut self.place {
            if let Some(connection) = &mut replica.connection {
                connection.send(Request::Leave);
                loop {
                    match timeout(PATIENCE, connection.next()).await {
                        // One that does not answer still runs, and keeps the own presence.
                        Ok(Ok(Some(Reply::Left))) | Err(_) => return,
                        Ok(Ok(Some(_))) => {}
                        Ok(Ok(None) | Err(_)) => break,
                    }
                }
                replica.lose();
            }
            sleep_until_instant(replica.look_at).await;
            self.look().await;
        }
    }

    /// Ends the front end without a change of the own presence.
    pub async fn stop(self) {
        if let Place::Here(engine) = self.place {
            Box::pin(engine.stop()).await;
        }
    }

    /// Applies a reply. Returns `None` if it does not change the model.
    fn on_reply(&mut self, reply: Reply) -> Option<Vec<Signal>> {
        let Place::There(replica) = &mut self.place else { return None };
        match reply {
            Reply::Event { at, event } => Some(replica.apply(event, at)),
            Reply::Done { id } => {
                self.unconfirmed.retain(|(sent, _)| *sent != id);
                Some(Vec::new())
            }
            Reply::Alive | Reply::Left | Reply::People(_) | Reply::Snapshot { .. } => None,
            Reply::Refused { why } => {
                replica.lose();
                Some(replica.apply(Event::Update(Update::Problem(why)), Timestamp::now()))
            }
        }
    }

    /// Looks for an engine, or becomes one. Returns the resulting signals, if any.
    async fn look(&mut self) -> Option<Vec<Signal>> {
        let Place::There(replica) = &mut self.place else { return None };
        let alone = replica.lost.elapsed();
        replica.look_at = Instant::now() + LOOK_INTERVAL;
        if let Ok(Ok(Some(mut found))) = timeout(VIEWER_PATIENCE, self.setup.attach()).await {
            self.holds.retain(|(id, _)| replica.model.own().is_holding(*id));
            found.model.replace(&replica.model);
            // Events from meanwhile are lost, so the models are compared.
            let (missed, statuses) = replica.model.changes_to(&found.model, Timestamp::now());
            **replica = found;
            self.resend();
            let statuses = statuses.into_iter().map(Signal::StatusChanged);
            return Some(missed.into_iter().map(Signal::Changed).chain(statuses).collect());
        }
        let instance = match self.setup.role {
            Role::Dashboard | Role::Daemon => lock(),
            Role::Command | Role::Holder if alone >= HESITATION => lock(),
            Role::Viewer if alone >= HESITATION => Some(Instance::Apart),
            Role::Command | Role::Errand | Role::Holder | Role::Viewer | Role::Apart => None,
        };
        if let Some(instance) = instance {
            return Some(self.take_over(instance));
        }
        if alone < UNNOTICED || replica.warned {
            return None;
        }
        Some(replica.warn("The whosin that was connected has ended or does not answer."))
    }

    /// Lets a dashboard take over the engine of this process.
    fn hand_over(&mut self) {
        tracing::info!("handing the engine over to a dashboard");
        let place = Place::There(Box::new(Replica::lost(self.setup.fresh())));
        if let Place::Here(engine) = std::mem::replace(&mut self.place, place)
            && let Place::There(replica) = &mut self.place
        {
            replica.model = engine.model;
        }
    }

    /// Takes over the engine in this process.
    fn take_over(&mut self, instance: Instance) -> Vec<Signal> {
        tracing::info!("going on with the engine");
        let (settings, fresh) = (self.setup.settings(), self.setup.fresh());
        let Place::There(replica) = &mut self.place else { return Vec::new() };
        let mut model = std::mem::replace(&mut replica.model, fresh);
        let shutdown = model.inherited_shutdown();
        self.holds.retain(|(id, _)| model.own().is_holding(*id));
        let saved = self.setup.files.as_ref().map(Files::saved).unwrap_or_default();
        model.take_over(settings, saved);
        let mut engine = Engine::start(model, &self.setup, instance);
        engine.inherited = Some(shutdown);
        self.place = Place::Here(Box::new(engine));
        self.resend()
    }

    /// Repeats the commands that the previous engine may have missed.
    fn resend(&mut self) -> Vec<Signal> {
        let unconfirmed = std::mem::take(&mut self.unconfirmed);
        let holds = std::mem::take(&mut self.holds);
        let is_held = |command: &Command| holds.iter().any(|(_, held)| held == command);
        let unconfirmed = unconfirmed.into_iter().map(|(_, command)| command).filter(|it| !is_held(it));
        let unconfirmed: Vec<Command> = unconfirmed.collect();
        let commands = holds.into_iter().map(|(_, command)| command).chain(unconfirmed);
        commands.collect::<Vec<_>>().into_iter().flat_map(|command| self.send(command)).collect()
    }
}
