//! The model running: one loop for one profile, with its server session, its files and its socket.
//!
//! ```text
//! /sync ──▶ server::sync ─ Update ─▶ Engine::next ─▶ Engine::handle ─▶ Model::update ─▶ front ends
//! PUT  ◀── server::presence ◀─ Effect ───────────────────┘
//! ```
//!
//! A front end uses a [`Client`]. The client connects to the engine of the profile. Without one, it runs one in its own
//! process, which then serves the socket.

use std::{collections::BTreeSet, future::pending};

use jiff::{SignedDuration, Timestamp};
use tokio::{select, task::spawn_blocking};

mod client;
mod clock;
mod inquiry;
pub mod ipc;
mod lock;
mod shutdown;
mod tasks;

pub use client::{Client, ConnectError, Role, Setup};
pub(crate) use clock::sleep_until;
pub use inquiry::Inquiry;
pub use ipc::protocol;
use ipc::{protocol::EngineProcess, server::Server};
use lock::InstanceLock;
pub(crate) use shutdown::leave_for_good;
use tasks::Tasks;

use crate::{
    host::{
        desktop,
        idle::{Monitor, Reading},
    },
    model::{
        Model,
        connection::Connection,
        event::{Command, Effect, Event, Notice},
        outcome::Verdict,
        own::Shutdown,
        presence::Change,
        profile::StatusChange,
        request::HoldId,
    },
    store::files::UnreadContacts,
};

/// How long a hold may continue without its front end after another process has taken over the engine.
const ORPHANED: SignedDuration = SignedDuration::from_secs(10);

/// How often the contacts are kept for a start after a crash.
const CACHE_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
/// The most contacts that are kept while the loop runs: 10,000 take it 10 ms. More are kept at the end alone.
const MOST_CACHED_BETWEEN: usize = 10_000;

/// What a front end learns from an event, besides the change of the model.
#[derive(Debug)]
pub enum Signal {
    /// A contact changed.
    Changed(Change),
    /// A contact's status changed.
    StatusChanged(StatusChange),
    /// A notification for the person.
    Notify(Notice),
}

/// Which process of a profile runs the engine.
enum Instance {
    /// No lock: the demo, a screen that only watches, or a directory without locks.
    Apart,
    /// The primary instance.
    Primary {
        /// The socket. `None`: it could not be created.
        server: Option<Box<Server>>,
        /// The lock. Dropped last, so that no other process takes over too early.
        lock: InstanceLock,
    },
}

impl Instance {
    /// Makes this process the primary instance, and opens its socket.
    fn primary(mut lock: InstanceLock) -> Self {
        let server = Server::open();
        let server =
            server.inspect_err(|error| tracing::warn!(%error, "front ends cannot reach this engine"));
        if let Ok(server) = &server {
            note(&mut lock, server);
        }
        Self::Primary { server: server.ok().map(Box::new), lock }
    }

    /// Opens the socket again if somebody has removed it.
    fn restore(&mut self) {
        let Self::Primary { server: Some(server), lock } = self else { return };
        match server.restore() {
            Ok(false) => {}
            Ok(true) => note(lock, server),
            Err(error) => tracing::debug!(%error, "front ends cannot reach this engine any more"),
        }
    }

    /// Stops serving the socket.
    fn close(&mut self) {
        if let Self::Primary { server, .. } = self {
            *server = None;
        }
    }

    fn server(&mut self) -> Option<&mut Server> {
        match self {
            Self::Apart => None,
            Self::Primary { server, .. } => server.as_deref_mut(),
        }
    }
}

/// Notes where the engine listens.
fn note(lock: &mut InstanceLock, server: &Server) {
    if let Err(error) = lock.note(server.path()) {
        tracing::warn!(%error, "front ends of another environment do not find this engine");
    }
}

/// A model with its session, its files and its socket. Its owner drives it with [`Engine::next`] and
/// [`Engine::handle`].
struct Engine {
    model: Model,
    tasks: Tasks,
    instance: Instance,
    process: EngineProcess,
    /// The idle time of the machine. `None`: it makes no difference.
    idle: Option<Monitor>,
    /// Holds whose front ends have not returned since the takeover, and when to release them.
    orphans: BTreeSet<HoldId>,
    orphaned_until: Timestamp,
    /// When the contacts are next kept for a later start.
    cache_at: Timestamp,
    /// What the end took in the process before this one. It is used until this process has reached the server.
    inherited: Option<Shutdown>,
}

impl Engine {
    /// Starts an engine.
    fn start(mut model: Model, setup: &Setup, instance: Instance) -> Self {
        // A front end that only watches saves nothing of the person.
        let files = setup.files.clone().filter(|_| setup.role != Role::Viewer);
        let saved = setup.files.as_ref().map(|files| files.presence.clone());
        let cache = setup.files.as_ref().and_then(|files| files.cache.clone());
        let mut tasks = Tasks::new(files, saved, cache);
        // A command is about to ask for another presence than that of the start.
        if (setup.role.stays() || setup.role == Role::Viewer)
            && let Some(sync_presence) = model.go_ahead()
        {
            tasks.carry_out(Effect::SyncPresence(sync_presence));
        }
        tasks.attach(setup.session.clone(), model.position());
        let process = EngineProcess {
            id: std::process::id(),
            kind: setup.role.process_kind(),
            since: Timestamp::now(),
            desktop: desktop::is_here(),
            bus: desktop::has_bus(),
        };
        let orphans = model.own().holds().collect();
        let orphaned_until = Timestamp::now().saturating_add(ORPHANED).unwrap_or(Timestamp::MAX);
        let mut engine = Self {
            model,
            tasks,
            instance,
            process,
            idle: None,
            orphans,
            orphaned_until,
            cache_at: Timestamp::MIN,
            inherited: None,
        };
        // The help says whether anything tells, long before it matters.
        engine.ask_idle();
        engine
    }

    /// Waits for the next event. Cancel safe.
    async fn next(&mut self) -> Event {
        self.instance.restore();
        let now = Timestamp::now();
        let orphaned = (!self.orphans.is_empty()).then_some(self.orphaned_until);
        let wake = self.model.wake(now).into_iter().chain(orphaned).min();
        let Self { tasks, instance, idle, .. } = self;
        let incoming = async {
            match instance.server() {
                Some(server) => server.next().await,
                None => pending().await,
            }
        };
        let idle = async {
            match idle {
                Some(monitor) => monitor.answer().await,
                None => pending().await,
            }
        };
        select! {
            update = tasks.next() => Event::Update(update),
            event = incoming => event,
            reading = idle => Event::Idle(reading.map(signed)),
            () = sleep_until(wake) => self.on_clock(),
        }
    }

    /// Returns the event of a time that has come.
    fn on_clock(&mut self) -> Event {
        if Timestamp::now() >= self.orphaned_until
            && let Some(id) = self.orphans.pop_first()
        {
            return Event::Command(Command::Release(id));
        }
        Event::Clock
    }

    /// Handles one event: passes it to subscribers, updates the model, answers new subscribers, and carries out the
    /// effects. The protocol depends on this order, so it exists only here.
    fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Signal> {
        match &event {
            Event::Command(Command::Hold(id, _)) => _ = self.orphans.remove(id),
            // The machine tells of one length of idle time.
            Event::Settings(settings) if settings.idle_after != self.model.settings().idle_after => {
                self.idle = None;
            }
            _ => {}
        }
        if let Some(server) = self.instance.server() {
            server.pass_on(&event, now, &self.model);
        }
        let effects = self.model.update(event, now);
        if let Some(server) = self.instance.server() {
            server.answer(&self.model, self.process, now);
        }
        self.keep_contacts(now);
        effects.into_iter().filter_map(|effect| self.carry_out(effect)).collect()
    }

    /// Keeps the contacts for the next start, now and then. The end of the process keeps them too.
    fn keep_contacts(&mut self, now: Timestamp) {
        if now < self.cache_at || self.model.contacts().total() > MOST_CACHED_BETWEEN {
            return;
        }
        if self.tasks.save_cache(&self.model) {
            self.keep_again_later(now);
        }
    }

    /// Begins with the contacts of the file. Returns whether it is sound. A newer file would not be worth a delay of
    /// the first pictures.
    async fn resume(&mut self, kept: UnreadContacts) -> bool {
        let Ok(Some(contacts)) = spawn_blocking(move || kept.read()).await else { return false };
        self.model.resume_contacts(contacts);
        if self.tasks.note_kept(&self.model) {
            self.keep_again_later(Timestamp::now());
        }
        true
    }

    /// Replaces a model that has begun with a damaged file.
    fn begin_anew(&mut self, model: Model) {
        tracing::warn!("the kept contacts are damaged");
        self.tasks.begin_anew();
        self.model = model;
    }

    fn keep_again_later(&mut self, now: Timestamp) {
        self.cache_at = now.saturating_add(CACHE_INTERVAL).unwrap_or(Timestamp::MAX);
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Signal> {
        match effect {
            Effect::Changed(change) => return Some(Signal::Changed(change)),
            Effect::StatusChanged(change) => return Some(Signal::StatusChanged(change)),
            Effect::Notify(notice) => return Some(Signal::Notify(notice)),
            Effect::AskIdle => self.ask_idle(),
            Effect::SavePresence => self.tasks.save_presence(&self.model.own().saved()),
            Effect::SavePreferences => self.tasks.save_preferences(self.model.preferences()),
            effect => self.tasks.carry_out(effect),
        }
        None
    }

    /// Asks the machine for its idle time, if that makes a difference.
    fn ask_idle(&mut self) {
        let settings = self.model.settings();
        let length = settings.idle_after.filter(|_| !settings.watch_only);
        if let Some(length) = length.and_then(|length| length.try_into().ok()) {
            self.idle.get_or_insert_with(|| Monitor::new(length)).ask();
        }
    }

    /// Returns whether another front end can take over the engine.
    fn has_successor(&self) -> bool {
        matches!(&self.instance, Instance::Primary { server: Some(server), .. } if server.has_successor())
    }

    /// Returns whether a dashboard can run the engine instead now. No request may be on its way.
    fn can_hand_over(&mut self) -> bool {
        !self.process.kind.notifies()
            && self.model.outcome(Timestamp::now()).verdict > Verdict::Pending
            && self.instance.server().is_some_and(|server| server.has_dashboard())
    }

    /// Ends the engine. Leaves the own presence as configured, unless another front end takes over. `say` receives
    /// the messages for the person.
    async fn shut_down(mut self, say: impl Fn(&str)) {
        let successor = self.has_successor();
        // Nobody waits for an answer from here on. The lock remains until the server has heard of the end.
        self.instance.close();
        self.tasks.end_record().await;
        self.tasks.finish_cache(&self.model).await;
        if !successor {
            let connecting =
                matches!(self.model.connection(), Connection::Connecting | Connection::Resuming { .. });
            let shutdown = self.inherited.take().filter(|_| connecting);
            let shutdown = shutdown.unwrap_or_else(|| self.model.shutdown());
            let saved = self.model.own().saved_at_end(Timestamp::now());
            if let Some(saved) = saved.filter(|_| shutdown.put.is_some()) {
                self.tasks.save_presence(&saved);
            }
            self.tasks.shut_down(shutdown, say).await;
        }
    }

    /// Ends the engine without a change of the own presence.
    async fn stop(mut self) {
        self.tasks.end_record().await;
        self.tasks.finish_cache(&self.model).await;
        if let Some(put) = self.model.own().left_offline() {
            self.tasks.stay_offline(put).await;
        }
    }
}

fn signed(reading: Reading) -> SignedDuration {
    SignedDuration::try_from(reading.idle).unwrap_or(SignedDuration::MAX)
}
