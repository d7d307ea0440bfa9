//! Those who watch along with the running dashboard.

use std::sync::Arc;

use matrix_sdk::ruma::{OwnedUserId, UserId};
use tokio::sync::mpsc;

use crate::model::{control, event::Update};

/// How many updates may wait for a command that does not read them; then it has to call again.
const BACKLOG: usize = 64;

/// What a command is told.
pub enum Told {
    /// All that is known.
    Snapshot(Vec<Update>),
    /// What is new since, as the line that says it.
    Line(Arc<str>),
}

/// A command that watches along.
pub struct Watcher {
    /// Whose contacts it wants to be told of.
    user_id: OwnedUserId,
    tell: mpsc::Sender<Told>,
    /// Whether it was told what is known.
    begun: bool,
}

impl Watcher {
    /// Somebody new, and what they are told.
    pub fn new(user_id: OwnedUserId) -> (Self, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(BACKLOG);
        (Self { user_id, tell, begun: false }, told)
    }
}

/// All who do. Whoever cannot be told any more is none of them.
#[derive(Default)]
pub struct Watchers(Vec<Watcher>);

impl Watchers {
    pub fn add(&mut self, watcher: Watcher) {
        self.0.push(watcher);
    }

    /// Passes on what the server tells, if it is for others, to those who know what was before. That it cannot be reached is for all.
    pub fn pass_on(&mut self, update: &Update) {
        if self.0.is_empty() {
            return;
        }
        let Ok(line) = control::try_line(update) else { return };
        let line: Arc<str> = line.into();
        let is_lost = matches!(update, Update::Lost { .. } | Update::SignedOut);
        self.0.retain(|it| !(it.begun || is_lost) || it.tell.try_send(Told::Line(line.clone())).is_ok());
    }

    /// Tells the new ones all that is known of the contacts of somebody: nothing as long as that is not all true, and
    /// `None` if it never will be.
    pub fn begin(&mut self, snapshot: impl Fn(&UserId) -> Option<Vec<Update>>) {
        self.0.retain_mut(|it| {
            if it.begun || it.tell.is_closed() {
                return it.begun;
            }
            let Some(known) = snapshot(&it.user_id) else { return false };
            it.begun = !known.is_empty();
            !it.begun || it.tell.try_send(Told::Snapshot(known)).is_ok()
        });
    }
}
