//! A front end's way to the engine of its profile: in another process, or in its own.

use std::{collections::VecDeque, io, time::Duration};

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::{Instant, sleep, sleep_until as sleep_until_instant, timeout};

use super::{
    Engine, Instance, Signal,
    ipc::{
        connection::Connection,
        protocol::{Attach, Reply, Request, Scope},
    },
    lock::InstanceLock,
};
use crate::{
    model::{
        Model, Saved,
        event::{Command, Effect, Event, Update},
        outcome::{Outcome, Verdict},
        request::HoldId,
        settings::Settings,
    },
    server::Session,
    store::files::Files,
};

/// How long an engine may take to answer, and a process that begins or ends may take to do so.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a front end that only watches waits for an engine that does not answer: it can do without.
const OBSERVER_PATIENCE: Duration = Duration::from_secs(2);
/// How often to look for an engine.
const AGAIN: Duration = Duration::from_millis(100);
/// How much later than a dashboard other front ends go on with an engine.
const HESITATION: Duration = Duration::from_secs(1);
/// After how long without an engine the person is told.
const UNNOTICED: Duration = Duration::from_secs(3);

/// What a front end is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A screen that sets the own presence. The first to go on with an engine whose process has ended.
    Dashboard,
    /// A command that sets the own presence.
    Command,
    /// A front end that changes nothing about the own presence. It never has the engine of the profile.
    Observer,
    /// The only one, whoever else is there.
    Apart,
}

/// What a client needs to run an engine itself.
pub struct Setup {
    /// The session.
    pub session: Session,
    /// Where state is saved; `None` for nowhere.
    pub files: Option<Files>,
    /// What the person has configured.
    pub settings: Settings,
    /// What the front end is for.
    pub role: Role,
    /// How much of the model it wants to know.
    pub scope: Scope,
}

/// Why no engine can be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The process that has the engine does not answer.
    #[error("another whosin is open and does not answer; is it stopped? Continue it with fg, or end it")]
    NoAnswer,
    /// The engine refuses, and says why.
    #[error("the open whosin refuses: {0}")]
    Refused(String),
    /// The socket cannot be used.
    #[error("the open whosin cannot be reached: {0}")]
    Io(#[from] io::Error),
}

/// The engine of the profile, wherever it runs, as a front end uses it.
pub struct Client {
    setup: Setup,
    place: Place,
    /// Commands that the engine has not confirmed.
    unconfirmed: VecDeque<(u64, Command)>,
    next_id: u64,
    /// What this front end holds. An engine in another process has to hear of it again.
    holds: Vec<(HoldId, Command)>,
}

/// Where the engine runs.
enum Place {
    /// In this process.
    Here(Box<Engine>),
    /// In another one.
    There(Box<Replica>),
}

/// A copy of the model of an engine in another process.
struct Replica {
    model: Model,
    /// Whether the engine's process notifies the person.
    notifies: bool,
    /// `None` while an engine is looked for.
    connection: Option<Connection>,
    /// Since when an engine is looked for, and when to look next.
    lost: Instant,
    look_at: Instant,
    /// Whether the person has been told that there is no engine.
    told: bool,
}

impl Client {
    /// Attaches to the engine of the profile, or runs one.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if a process has the engine and does not answer, or refuses.
    pub async fn connect(setup: Setup) -> Result<Self, ConnectError> {
        let place = match setup.role {
            Role::Apart => Place::Here(Box::new(setup.engine(Instance::Apart))),
            Role::Observer => match timeout(OBSERVER_PATIENCE, setup.attach()).await {
                Ok(Ok(Some(replica))) => Place::There(Box::new(replica)),
                Ok(Ok(None) | Err(_)) | Err(_) => Place::Here(Box::new(setup.engine(Instance::Apart))),
            },
            Role::Dashboard | Role::Command => {
                timeout(PATIENCE, setup.find()).await.map_err(|_| ConnectError::NoAnswer)??
            }
        };
        Ok(Self { setup, place, unconfirmed: VecDeque::new(), next_id: 0, holds: Vec::new() })
    }

    /// Runs an engine of its own, whoever else is there.
    #[must_use]
    pub fn apart(setup: Setup) -> Self {
        let place = Place::Here(Box::new(setup.engine(Instance::Apart)));
        Self { setup, place, unconfirmed: VecDeque::new(), next_id: 0, holds: Vec::new() }
    }

    /// What is known.
    #[must_use]
    pub fn model(&self) -> &Model {
        match &self.place {
            Place::Here(engine) => &engine.model,
            Place::There(replica) => &replica.model,
        }
    }

    /// The session, to ask the server something that the model does not know.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.setup.session
    }

    /// Whether the engine runs in this process.
    #[must_use]
    pub fn is_engine_here(&self) -> bool {
        matches!(self.place, Place::Here(_))
    }

    /// Whether this front end has to notify the person: nobody else does.
    #[must_use]
    pub fn has_to_notify(&self) -> bool {
        match &self.place {
            Place::Here(_) => true,
            Place::There(replica) => !replica.notifies,
        }
    }

    /// Whether the model has heard of all that this front end has asked for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.unconfirmed.is_empty()
    }

    /// Waits until something happens, and updates the model. Nothing is lost if the future is dropped.
    pub async fn turn(&mut self) -> Vec<Signal> {
        loop {
            match &mut self.place {
                Place::Here(engine) => {
                    let event = engine.next().await;
                    return engine.handle(event, Timestamp::now());
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
                            tracing::info!(end = ?end.err(), "the engine's process has ended or does not answer");
                            replica.lose();
                        }
                    }
                }
            }
        }
    }

    /// Asks the engine for something.
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

    /// Tells the model of a problem of this process.
    pub fn report(&mut self, problem: String) {
        match &mut self.place {
            Place::Here(engine) => engine.report(problem),
            Place::There(replica) => {
                let _ = replica.model.update(Event::Update(Update::Problem(problem)), Timestamp::now());
            }
        }
    }

    /// Waits until the outcome is final, the server was never reached, or `limit` has passed. Returns the last outcome.
    /// `noticed` is told once of an outcome that takes longer than a second.
    pub async fn outcome(
        &mut self,
        limit: Duration,
        is_final: impl Fn(Verdict) -> bool,
        noticed: impl FnOnce(&Outcome),
    ) -> Outcome {
        let mut noticed = Some(noticed);
        let begun = Instant::now();
        let wait = async {
            loop {
                let outcome = self.model().outcome(Timestamp::now());
                if self.is_settled() && (is_final(outcome.verdict) || self.is_cut_off()) {
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

    /// Whether the server has never been reached.
    fn is_cut_off(&self) -> bool {
        use crate::model::connection::Connection;
        matches!(self.model().connection(), Connection::Lost { as_of: None, .. })
    }

    /// Ends the front end. An engine in this process leaves the own presence as configured, unless another front end
    /// goes on with it. `say` is told what the person has to know.
    pub async fn shut_down(mut self, say: impl Fn(&str)) {
        if self.setup.role == Role::Dashboard {
            let _ = timeout(PATIENCE, self.leave()).await;
        }
        if let Place::Here(engine) = self.place {
            engine.shut_down(say).await;
        }
    }

    /// Tells an engine in another process not to count on this front end. If that process has ended just now, this one
    /// is the engine: two that end at once must not leave the own presence to each other.
    async fn leave(&mut self) {
        while let Place::There(replica) = &mut self.place {
            if let Some(connection) = &mut replica.connection {
                connection.send(Request::Leave);
                loop {
                    match connection.next().await {
                        Ok(Some(Reply::Left)) => return,
                        Ok(Some(_)) => {}
                        Ok(None) | Err(_) => break,
                    }
                }
                replica.lose();
            }
            sleep_until_instant(replica.look_at).await;
            self.look().await;
        }
    }

    /// Ends the front end, and leaves the own presence as it is.
    pub async fn stop(self) {
        if let Place::Here(engine) = self.place {
            engine.stop().await;
        }
    }

    /// Applies what the engine says. Returns `None` if it says nothing about the model.
    fn on_reply(&mut self, reply: Reply) -> Option<Vec<Signal>> {
        let Place::There(replica) = &mut self.place else { return None };
        match reply {
            Reply::Snapshot { mut model, notifies } => {
                model.replace(&replica.model);
                (replica.model, replica.notifies) = (*model, notifies);
                Some(Vec::new())
            }
            Reply::Event { at, event } => Some(replica.apply(event, at)),
            Reply::Done { id } => {
                self.unconfirmed.retain(|(sent, _)| *sent != id);
                Some(Vec::new())
            }
            Reply::Alive | Reply::Left => None,
            Reply::Refused { why } => {
                replica.lose();
                Some(replica.apply(Event::Update(Update::Problem(why)), Timestamp::now()))
            }
        }
    }

    /// Looks for an engine, or becomes one. Returns what came of it, if anything did.
    async fn look(&mut self) -> Option<Vec<Signal>> {
        let Place::There(replica) = &mut self.place else { return None };
        let alone = replica.lost.elapsed();
        replica.look_at = Instant::now() + AGAIN;
        if let Ok(Ok(Some(mut found))) = timeout(OBSERVER_PATIENCE, self.setup.attach()).await {
            self.holds.retain(|(id, _)| replica.model.own().is_holding(*id));
            found.model.replace(&replica.model);
            // No event tells what happened meanwhile.
            let missed = replica.model.changes_to(&found.model, Timestamp::now());
            **replica = found;
            self.say_again();
            return Some(missed.into_iter().map(Signal::Changed).collect());
        }
        let instance = match self.setup.role {
            Role::Dashboard => lock(),
            Role::Command if alone >= HESITATION => lock(),
            Role::Observer if alone >= HESITATION => Some(Instance::Apart),
            Role::Command | Role::Observer | Role::Apart => None,
        };
        if let Some(instance) = instance {
            return Some(self.take_over(instance));
        }
        if alone < UNNOTICED || replica.told {
            return None;
        }
        replica.told = true;
        let reason = "The whosin that was connected has ended or does not answer.".to_owned();
        let lost = Update::Lost { reason, retry_in: Duration::ZERO };
        Some(replica.apply(Event::Update(lost), Timestamp::now()))
    }

    /// Goes on with the engine in this process.
    fn take_over(&mut self, instance: Instance) -> Vec<Signal> {
        tracing::info!("going on with the engine");
        let settings = self.setup.settings();
        let fresh = Model::new(self.setup.session.account().clone(), settings.clone(), Saved::default());
        let Place::There(replica) = &mut self.place else { return Vec::new() };
        let mut model = std::mem::replace(&mut replica.model, fresh);
        let shutdown = model.shutdown();
        self.holds.retain(|(id, _)| model.own().is_holding(*id));
        let saved = self.setup.files.as_ref().map(Files::saved).unwrap_or_default();
        model.take_over(settings, saved);
        let mut engine = Engine::start(model, &self.setup, instance);
        engine.inherited = Some(shutdown);
        self.place = Place::Here(Box::new(engine));
        self.say_again()
    }

    /// Asks a new engine for what the one before may not have heard.
    fn say_again(&mut self) -> Vec<Signal> {
        let unconfirmed = std::mem::take(&mut self.unconfirmed);
        let holds = std::mem::take(&mut self.holds);
        let is_held = |command: &Command| holds.iter().any(|(_, held)| held == command);
        let unconfirmed = unconfirmed.into_iter().map(|(_, command)| command).filter(|it| !is_held(it));
        let unconfirmed: Vec<Command> = unconfirmed.collect();
        let commands = holds.into_iter().map(|(_, command)| command).chain(unconfirmed);
        commands.collect::<Vec<_>>().into_iter().flat_map(|command| self.send(command)).collect()
    }
}

impl Replica {
    fn lose(&mut self) {
        self.connection = None;
        (self.lost, self.look_at, self.told) = (Instant::now(), Instant::now(), false);
    }

    /// Updates the copy. What is to be done about it is done by the engine.
    fn apply(&mut self, event: Event, at: Timestamp) -> Vec<Signal> {
        let effects = self.model.update(event, at);
        let signal = |effect| match effect {
            Effect::Changed(change) => Some(Signal::Changed(change)),
            Effect::Notify(notice) => Some(Signal::Notify(notice)),
            _ => None,
        };
        effects.into_iter().filter_map(signal).collect()
    }
}

impl Setup {
    /// The settings of an engine in this process.
    fn settings(&self) -> Settings {
        let observes = self.role == Role::Observer;
        Settings { watch_only: self.settings.watch_only || observes, ..self.settings.clone() }
    }

    fn engine(&self, instance: Instance) -> Engine {
        let saved = self.files.as_ref().map(Files::saved).unwrap_or_default();
        let saved = if self.role == Role::Observer { Saved { presence: None, ..saved } } else { saved };
        let model = Model::new(self.session.account().clone(), self.settings(), saved);
        Engine::start(model, self, instance)
    }

    /// Finds the engine, or becomes it. Waits while another process begins or ends.
    async fn find(&self) -> Result<Place, ConnectError> {
        loop {
            if let Some(replica) = self.attach().await? {
                return Ok(Place::There(Box::new(replica)));
            }
            if let Some(instance) = lock() {
                return Ok(Place::Here(Box::new(self.engine(instance))));
            }
            sleep(AGAIN).await;
        }
    }

    /// Attaches to a running engine; `None` if there is none.
    async fn attach(&self) -> Result<Option<Replica>, ConnectError> {
        let attach = Attach {
            user_id: self.session.account().user_id.clone(),
            scope: self.scope,
            successor: matches!(self.role, Role::Dashboard | Role::Command),
        };
        let Some(mut connection) = Connection::open(&attach).await? else { return Ok(None) };
        loop {
            match connection.next().await? {
                Some(Reply::Snapshot { model, notifies }) => {
                    let now = Instant::now();
                    let (lost, look_at) = (now, now);
                    let connection = Some(connection);
                    return Ok(Some(Replica {
                        model: *model,
                        notifies,
                        connection,
                        lost,
                        look_at,
                        told: false,
                    }));
                }
                Some(Reply::Refused { why }) => return Err(ConnectError::Refused(why)),
                Some(_) => {}
                // It is just ending.
                None => return Ok(None),
            }
        }
    }
}

/// Makes this process the primary one, if no other is. Where locks do not work it stays alone.
fn lock() -> Option<Instance> {
    match InstanceLock::acquire() {
        Ok(lock) => lock.map(Instance::primary),
        Err(error) => {
            tracing::warn!(%error, "other processes of this profile are not known");
            Some(Instance::Apart)
        }
    }
}
