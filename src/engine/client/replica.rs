//! A copy of the model of an engine in another process.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    engine::{
        Signal,
        ipc::{
            connection::Connection,
            protocol::{EngineProcess, ProcessKind},
        },
    },
    model::{
        Model,
        event::{Effect, Event, Update},
    },
};

/// A copy of the model of an engine in another process.
pub(super) struct Replica {
    pub(super) model: Model,
    /// The engine's process.
    pub(super) process: EngineProcess,
    /// `None`: an engine is being looked for.
    pub(super) connection: Option<Connection>,
    /// Since when an engine is looked for, and when to look next.
    pub(super) lost: Instant,
    pub(super) look_at: Instant,
    /// Whether the person has been warned that there is no engine.
    pub(super) warned: bool,
}

impl Replica {
    /// Returns a replica without an engine.
    pub(super) fn lost(model: Model) -> Self {
        let now = Instant::now();
        let (lost, look_at) = (now, now);
        let process = EngineProcess {
            id: 0,
            kind: ProcessKind::Command,
            since: Timestamp::UNIX_EPOCH,
            desktop: false,
            bus: false,
        };
        Self { model, process, connection: None, lost, look_at, warned: false }
    }

    pub(super) fn lose(&mut self) {
        self.connection = None;
        (self.lost, self.look_at, self.warned) = (Instant::now(), Instant::now(), false);
    }

    /// Tells the person that there is no engine, so what is known may be outdated.
    pub(super) fn warn(&mut self, reason: &str) -> Vec<Signal> {
        self.warned = true;
        let lost = Update::Lost { reason: reason.into(), retry_in: Duration::ZERO };
        self.apply(Event::Update(lost), Timestamp::now())
    }

    /// Applies an event to the replica. The engine carries out the effects.
    pub(super) fn apply(&mut self, event: Event, at: Timestamp) -> Vec<Signal> {
        let effects = self.model.update(event, at);
        let signal = |effect| match effect {
            Effect::Changed(change) => Some(Signal::Changed(change)),
            Effect::StatusChanged(change) => Some(Signal::StatusChanged(change)),
            Effect::Notify(notice) => Some(Signal::Notify(notice)),
            _ => None,
        };
        effects.into_iter().filter_map(signal).collect()
    }
}
