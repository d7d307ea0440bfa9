//! From what a client finds the profile's engine, or runs one.

use tokio::time::sleep;

use super::{ConnectError, LOOK_INTERVAL, Place, replica::Replica};
use crate::{
    engine::{
        Engine, Instance,
        ipc::{
            connection::Connection,
            protocol::{Attach, ProcessKind, Reply, Scope, Successor},
        },
        lock::InstanceLock,
    },
    model::{Model, Saved, settings::Settings},
    server::Session,
    store::files::Files,
};

/// The purpose of a front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A screen that sets the own presence. The first to take over an engine whose process has ended.
    Dashboard,
    /// A process without a screen that does the same.
    Daemon,
    /// A process in the background that ends a timed state. It leaves the engine to any other.
    Errand,
    /// A command that sets the own presence.
    Command,
    /// A command that holds a presence while it runs. It takes over the engine, but later than a dashboard.
    Holder,
    /// A front end that never changes the own presence. It never becomes the primary instance.
    Viewer,
    /// A front end with its own engine, whatever else runs.
    Apart,
}

impl Role {
    /// Returns whether it takes over the engine when the engine's process ends.
    pub(super) fn successor(self) -> Successor {
        match self {
            Self::Dashboard | Self::Daemon => Successor::Dashboard,
            Self::Holder => Successor::Holder,
            Self::Errand | Self::Command | Self::Viewer | Self::Apart => Successor::No,
        }
    }

    /// Returns whether it stays for as long as the person is signed in at this machine.
    pub(in crate::engine) fn stays(self) -> bool {
        matches!(self, Self::Dashboard | Self::Daemon)
    }

    pub(in crate::engine) fn process_kind(self) -> ProcessKind {
        match self {
            Self::Dashboard => ProcessKind::Dashboard,
            Self::Daemon => ProcessKind::Daemon,
            Self::Errand => ProcessKind::Errand,
            Self::Command | Self::Holder | Self::Viewer | Self::Apart => ProcessKind::Command,
        }
    }
}

/// The parts from which a client can run an engine itself.
pub struct Setup {
    /// The session.
    pub session: Session,
    /// Where state is saved. `None`: it is not saved.
    pub files: Option<Files>,
    /// The configuration.
    pub settings: Settings,
    /// The purpose of the front end.
    pub role: Role,
    /// How much of the model the front end uses.
    pub scope: Scope,
}

impl Setup {
    /// Returns the settings of an engine in this process.
    pub(super) fn settings(&self) -> Settings {
        let views = self.role == Role::Viewer;
        Settings { watch_only: self.settings.watch_only || views, ..self.settings.clone() }
    }

    /// Returns a model that knows nothing.
    pub(super) fn fresh(&self) -> Model {
        Model::new(self.session.account().clone(), self.settings(), Saved::default())
    }

    /// Runs an engine in this process.
    pub(super) async fn run(&self, instance: Instance) -> Place {
        // The cache is read meanwhile, without the contacts.
        self.session.prepare();
        let saved = self.files.as_ref().map(Files::saved).unwrap_or_default();
        let saved = if self.role == Role::Viewer { Saved { presence: None, ..saved } } else { saved };
        let new = || Model::new(self.session.account().clone(), self.settings(), saved.clone());
        let mut model = new();
        let cached = self.files.as_ref().and_then(Files::cached);
        let kept = cached.and_then(|(cache, contacts)| model.resume(cache).then_some(contacts));
        let mut engine = Engine::start(model, self, instance);
        // The server answers meanwhile.
        if let Some(kept) = kept
            && !engine.resume(kept).await
        {
            engine.begin_anew(new());
        }
        Place::Here(Box::new(engine))
    }

    /// Finds the engine or becomes it. Waits while another process starts or ends.
    pub(super) async fn find(&self) -> Result<Place, ConnectError> {
        loop {
            if let Some(replica) = self.attach().await? {
                return Ok(Place::There(Box::new(replica)));
            }
            if let Some(instance) = lock() {
                return Ok(Box::pin(self.run(instance)).await);
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// Attaches to a running engine. `None`: there is none.
    pub(super) async fn attach(&self) -> Result<Option<Replica>, ConnectError> {
        let attach = Attach {
            user_id: self.session.account().user_id.clone(),
            scope: self.scope,
            users: Vec::new(),
            successor: self.role.successor(),
        };
        let Some(mut connection) = Connection::open(&attach).await? else { return Ok(None) };
        loop {
            match connection.next().await? {
                Some(Reply::Snapshot { model, history, process, .. }) => {
                    let (model, connection) = (model.with_history(history), Some(connection));
                    return Ok(Some(Replica { process, connection, ..Replica::lost(model) }));
                }
                Some(Reply::Refused { why }) => return Err(ConnectError::Refused(why)),
                Some(_) => {}
                // The engine is shutting down.
                None => return Ok(None),
            }
        }
    }
}

/// Makes this process the primary instance, unless another one is. Where locks do not work, there is none.
pub(super) fn lock() -> Option<Instance> {
    match InstanceLock::acquire() {
        Ok(lock) => lock.map(Instance::primary),
        Err(error) => {
            tracing::warn!(%error, "other processes of this profile are not known");
            Some(Instance::Apart)
        }
    }
}
