//! The thread that writes the history down, so that nobody waits for a disk.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use crate::{
    model::event::{Fact, Update},
    store::history::{Archive, Trouble},
};

/// How many responses' facts may wait for the disk.
const BACKLOG: usize = 256;
/// How often to look for what is too old.
const PRUNE: SignedDuration = SignedDuration::from_hours(24);
/// How long the end of the program waits for the disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// Some facts of an account.
type Page = (OwnedUserId, Vec<Fact>);

/// The way to that thread, which lives as long.
pub(super) struct Recorder {
    pages: mpsc::Sender<Page>,
    thread: JoinHandle<()>,
    tell: mpsc::Sender<Update>,
}

impl Recorder {
    pub(super) fn start(archive: Archive, tell: mpsc::Sender<Update>) -> Self {
        let (pages, waiting) = mpsc::channel(BACKLOG);
        let scribe = Scribe { archive, tell: tell.clone(), pruned: None, failing: false };
        Self { pages, thread: spawn_blocking(|| scribe.work(waiting)), tell }
    }

    pub(super) fn record(&self, account: OwnedUserId, facts: Vec<Fact>) {
        if let Err(TrySendError::Full(_)) = self.pages.try_send((account, facts)) {
            say(&self.tell, "the disk is too slow, and changes are missing".to_owned());
        }
    }

    /// Writes what is left, within seconds.
    pub(super) async fn end(self) {
        drop(self.pages);
        if timeout(PATIENCE, self.thread).await.is_err() {
            tracing::warn!("the history's disk is too slow");
        }
    }
}

/// Reads what an earlier run has written of the last hours.
pub(super) async fn recall(
    archive: Archive,
    account: OwnedUserId,
    since: Timestamp,
    tell: &mpsc::Sender<Update>,
) {
    let facts = spawn_blocking(move || archive.recall(&account, since)).await;
    match facts {
        Ok(Ok(facts)) if facts.is_empty() => {}
        Ok(Ok(facts)) => _ = tell.send(Update::Recalled(facts)).await,
        Ok(Err(trouble)) => say(tell, trouble.to_string()),
        Err(_) => {}
    }
}

struct Scribe {
    archive: Archive,
    tell: mpsc::Sender<Update>,
    pruned: Option<Timestamp>,
    /// Whether the person knows already that it does not work.
    failing: bool,
}

impl Scribe {
    fn work(mut self, mut waiting: mpsc::Receiver<Page>) {
        let mut pages: Vec<Page> = Vec::new();
        while waiting.blocking_recv_many(&mut pages, BACKLOG) > 0 {
            // An account at a time; there is hardly ever more than one.
            for pages in pages.chunk_by(|(left, _), (right, _)| left == right) {
                let facts: Vec<Fact> = pages.iter().flat_map(|(_, facts)| facts).cloned().collect();
                self.write(&pages[0].0, &facts);
            }
            pages.clear();
        }
    }

    fn write(&mut self, account: &OwnedUserId, facts: &[Fact]) {
        let Some(now) = facts.last().map(Fact::at) else { return };
        let mut written = self.archive.write(account, facts);
        if let Err(Trouble::Damaged(_)) = written {
            self.complain(&written);
            written = self.archive.write(account, facts);
        }
        if written.is_ok() && self.pruned.is_none_or(|pruned| now.duration_since(pruned) >= PRUNE) {
            self.pruned = Some(now);
            written = self.archive.prune(now);
        }
        self.complain(&written);
        self.failing = written.is_err();
    }

    fn complain(&mut self, written: &Result<(), Trouble>) {
        if let Err(trouble) = written
            && !self.failing
        {
            say(&self.tell, trouble.to_string());
        }
    }
}

fn say(tell: &mpsc::Sender<Update>, why: String) {
    tracing::warn!(why, "the history is not kept");
    // A full backlog means that there is more to say than that.
    let _ = tell.try_send(Update::HistoryNotKept(why));
}
