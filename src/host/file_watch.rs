//! Says when a file may have changed, by inotify on Linux. Other systems say nothing, and an idle program is not woken.

use std::{future::pending, path::PathBuf, sync::Arc};

use tokio::sync::Notify;

#[cfg(target_os = "linux")]
mod inotify;
#[cfg(target_os = "linux")]
use inotify::follow;

/// The files that are followed. They need not exist.
pub(crate) struct FileWatch {
    /// `None`: the system does not tell.
    changes: Option<Arc<Notify>>,
}

impl FileWatch {
    /// Begins to follow files. A change of what is read after this is noticed.
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        let changes = Arc::new(Notify::new());
        let tell = changes.clone();
        let followed = follow(files, move || tell.notify_one());
        let followed =
            followed.inspect_err(|error| tracing::info!(%error, "changes of files are not noticed"));
        Self { changes: followed.ok().map(|()| changes) }
    }

    /// Returns whether the system tells of changes.
    pub(crate) fn is_told(&self) -> bool {
        self.changes.is_some()
    }

    /// Waits until a file may have changed: it, or a link on the way to it, was written, replaced, created or removed.
    /// Cancel safe.
    pub(crate) async fn changed(&self) {
        match &self.changes {
            Some(changes) => changes.notified().await,
            None => pending().await,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn follow(_: Vec<PathBuf>, _: impl Fn() + Send + 'static) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
