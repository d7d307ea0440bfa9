//! Subscribers: front ends that receive the events of the engine's model.

use std::sync::Arc;

use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;
use tokio::sync::mpsc;

use super::protocol::{self, Attach, BorrowedReply, EngineProcess, Scope, Successor};
use crate::model::{Model, contacts::parts::Parts, event::Event, presence::PresenceEvent};

/// How many lines may wait for a slow front end. Beyond that it is dropped, and must attach again.
const BACKLOG: usize = 256;

/// The ID of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConnectionId(pub u64);

/// A front end that receives events.
pub(super) struct Subscriber {
    id: ConnectionId,
    attach: Attach,
    lines: mpsc::Sender<Arc<str>>,
    /// Whether the snapshot was sent.
    begun: bool,
}

impl Subscriber {
    /// Returns a subscriber, and the channel of its lines.
    pub(super) fn new(id: ConnectionId, attach: Attach) -> (Self, mpsc::Receiver<Arc<str>>) {
        let (lines, receiver) = mpsc::channel(BACKLOG);
        (Self { id, attach, lines, begun: false }, receiver)
    }

    /// Returns whether it follows the model. One that asks about users goes at once.
    pub(super) fn stays(&self) -> bool {
        self.attach.users.is_empty()
    }

    fn goes_on(&self) -> bool {
        self.begun && !self.lines.is_closed()
    }

    fn has_read_all(&self) -> bool {
        self.lines.capacity() == BACKLOG
    }

    /// Sends a line. Returns whether the front end keeps up.
    fn send(&self, line: Arc<str>) -> bool {
        self.lines.try_send(line).is_ok()
    }
}

/// All subscribers. Dropping one closes its connection.
#[derive(Default)]
pub(super) struct Subscribers(Vec<Subscriber>);

impl Subscribers {
    pub(super) fn add(&mut self, subscriber: Subscriber) {
        self.0.push(subscriber);
    }

    pub(super) fn remove(&mut self, id: ConnectionId) {
        self.0.retain(|subscriber| subscriber.id != id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sends a heartbeat to those with nothing else to read.
    pub(super) fn beat(&self) {
        let line: Arc<str> = protocol::line(&BorrowedReply::Alive).into();
        for subscriber in self.0.iter().filter(|it| it.begun && it.has_read_all()) {
            subscriber.send(line.clone());
        }
    }

    /// Returns whether one of them takes over the engine when this process ends.
    pub(super) fn has_successor(&self) -> bool {
        self.0.iter().any(|it| it.goes_on() && it.attach.successor != Successor::No)
    }

    /// Returns whether one of them is a dashboard.
    pub(super) fn has_dashboard(&self) -> bool {
        self.0.iter().any(|it| it.goes_on() && it.attach.successor == Successor::Dashboard)
    }

    /// Passes an event to the subscribers that have the snapshot.
    pub(super) fn pass_on(&mut self, event: &Event, at: Timestamp, model: &Model) {
        let line = |event: &Event| Arc::from(protocol::line(&BorrowedReply::Event { at, event }));
        let mut everything: Option<Arc<str>> = None;
        let mut own: Option<Arc<str>> = None;
        self.0.retain(|subscriber| {
            if !subscriber.begun {
                return true;
            }
            let line = match subscriber.attach.scope {
                Scope::Contacts | Scope::Everything => everything.get_or_insert_with(|| line(event)),
                Scope::Own => own.get_or_insert_with(|| line(&event.of_own(&model.account().user_id))),
            };
            subscriber.send(line.clone())
        });
    }

    /// Sends new subscribers a snapshot. Refuses those with another account.
    pub(super) fn begin(&mut self, model: &Model, process: EngineProcess, now: Timestamp) {
        self.0.retain_mut(|subscriber| {
            if subscriber.begun {
                return true;
            }
            if subscriber.attach.user_id != model.account().user_id {
                let why = "another account is signed in to the open whosin; close it first".into();
                subscriber.send(protocol::line(&BorrowedReply::Refused { why }).into());
                return false;
            }
            let known = subscriber.attach.users.iter().filter_map(|user_id| {
                let content = model.presence_of(user_id, now)?;
                Some(PresenceEvent { sender: user_id.clone(), content })
            });
            let known = known.collect();
            let profile_of = |user_id: &OwnedUserId| {
                let profile = model.contacts().get(user_id)?.profile.as_deref()?.clone();
                Some((user_id.clone(), profile))
            };
            let profiles = subscriber.attach.users.iter().filter_map(profile_of).collect();
            // The front end parses each line while the next arrives.
            if subscriber.attach.scope != Scope::Own {
                for part in Parts::of(model.contacts()) {
                    subscriber.send(protocol::line(&BorrowedReply::People(part)).into());
                }
            }
            let own;
            let (model, history) = match subscriber.attach.scope {
                Scope::Everything => (model, Some(model.history())),
                Scope::Contacts => (model, None),
                Scope::Own => {
                    own = model.of_own();
                    (&own, None)
                }
            };
            let snapshot =
                protocol::line(&BorrowedReply::Snapshot { model, history, process, known, profiles });
            subscriber.begun = true;
            subscriber.send(snapshot.into())
        });
    }

    /// Notes that a front end will not take over the engine, and confirms it.
    pub(super) fn leave(&mut self, connection: ConnectionId) {
        let line: Arc<str> = protocol::line(&BorrowedReply::Left).into();
        for subscriber in self.0.iter_mut().filter(|subscriber| subscriber.id == connection) {
            subscriber.attach.successor = Successor::No;
            // The next event drops one that does not keep up.
            subscriber.send(line.clone());
        }
    }

    /// Tells a front end that its command was applied.
    pub(super) fn done(&mut self, connection: ConnectionId, id: u64) {
        let line: Arc<str> = protocol::line(&BorrowedReply::Done { id }).into();
        self.0.retain(|subscriber| subscriber.id != connection || subscriber.send(line.clone()));
    }
}
