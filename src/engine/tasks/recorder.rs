//! The thread that writes the history, so that nothing else waits for the disk.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use crate::{
    model::event::{Entry, Update},
    store::history::{Archive, HistoryError},
};

/// How many batches of entries may wait for the disk.
const BACKLOG: usize = 256;
/// How many problems may wait to be shown.
const PROBLEMS: usize = 4;
/// How often old entries are deleted.
const PRUNE: SignedDuration = SignedDuration::from_hours(24);
/// How long the end of the program waits for the disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// Entries of an account.
type Batch = (OwnedUserId, Vec<Entry>);

/// A handle to the thread.
pub(super) struct Recorder {
    batches: mpsc::Sender<Batch>,
    thread: JoinHandle<()>,
    /// Problems as sentences. A separate channel, because it outlives each connection.
    problems: mpsc::Receiver<String>,
    report: mpsc::Sender<String>,
}

impl Recorder {
    pub(super) fn start(archive: Archive) -> Self {
        let (batches, waiting) = mpsc::channel(BACKLOG);
        let (report, problems) = mpsc::channel(PROBLEMS);
        let writer = ArchiveWriter { archive, report: report.clone(), pruned: None, failing: false };
        Self { batches, thread: spawn_blocking(|| writer.work(waiting)), problems, report }
    }

    /// Waits for the next problem. Cancel safe.
    pub(super) async fn problem(&mut self) -> String {
        self.problems.recv().await.expect("this has a sender of its own")
    }

    pub(super) fn record(&self, account: OwnedUserId, entries: Vec<Entry>) {
        if let Err(TrySendError::Full(_)) = self.batches.try_send((account, entries)) {
            say(&self.report, "the disk is too slow, and changes are missing");
        }
    }

    /// Writes what is pending, within seconds.
    pub(super) async fn end(self) {
        drop(self.batches);
        if timeout(PATIENCE, self.thread).await.is_err() {
            tracing::warn!("the history's disk is too slow");
        }
    }
}

/// Reads the entries of the last hours that an earlier process has written.
pub(super) async fn recall(
    archive: Archive,
    account: OwnedUserId,
    since: Timestamp,
    tell: &mpsc::Sender<Update>,
) {
    let entries = spawn_blocking(move || archive.recall(&account, since)).await;
    match entries {
        Ok(Ok(entries)) if entries.is_empty() => {}
        Ok(Ok(entries)) => _ = tell.send(Update::Recalled(entries)).await,
        Ok(Err(error)) => _ = tell.send(Update::Problem(gap(&error.to_string()).into())).await,
        Err(panic) => _ = tell.send(Update::Problem(gap(&panic.to_string()).into())).await,
    }
}

struct ArchiveWriter {
    archive: Archive,
    report: mpsc::Sender<String>,
    pruned: Option<Timestamp>,
    /// Whether the person was told of a failure.
    failing: bool,
}

impl ArchiveWriter {
    fn work(mut self, mut waiting: mpsc::Receiver<Batch>) {
        let mut batches: Vec<Batch> = Vec::new();
        while waiting.blocking_recv_many(&mut batches, BACKLOG) > 0 {
            // One account at a time. There is rarely another.
            for batches in batches.chunk_by(|(left, _), (right, _)| left == right) {
                let entries: Vec<Entry> = batches.iter().flat_map(|(_, entries)| entries).cloned().collect();
                self.write(&batches[0].0, &entries);
            }
            batches.clear();
        }
    }

    fn write(&mut self, account: &OwnedUserId, entries: &[Entry]) {
        let Some(now) = entries.last().map(Entry::at) else { return };
        let mut written = self.archive.write(account, entries);
        if let Err(HistoryError::Damaged(_)) = written {
            self.complain(&written);
            written = self.archive.write(account, entries);
        }
        if written.is_ok() && self.pruned.is_none_or(|pruned| now.duration_since(pruned) >= PRUNE) {
            self.pruned = Some(now);
            written = self.archive.prune(now);
        }
        self.complain(&written);
        self.failing = written.is_err();
    }

    fn complain(&mut self, written: &Result<(), HistoryError>) {
        if let Err(error) = written
            && !self.failing
        {
            say(&self.report, &error.to_string());
        }
    }
}

fn say(report: &mpsc::Sender<String>, why: &str) {
    tracing::warn!(why, "the history is not kept");
    // A full channel holds enough problems to read.
    let _ = report.try_send(gap(why));
}

fn gap(why: &str) -> String {
    format!("The history on disk has a gap: {why}.")
}
