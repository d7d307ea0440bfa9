//! The socket of a running dashboard, through which commands of the same person have it do their work.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use matrix_sdk::ruma::UserId;
use tokio::{
    net::UnixListener,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use crate::{
    model::{
        control::Outcome,
        event::{Event, Update},
    },
    store::{profile, state_file::create_private},
};

mod client;
mod server;
mod subscribers;

pub use client::Caller;
use server::{Asked, CALLERS, listen};
use subscribers::Watchers;

/// A socket that listens as long as it is there.
pub struct Socket {
    path: PathBuf,
    asked: mpsc::Receiver<Asked>,
    outcome: watch::Sender<Option<Outcome>>,
    /// Who waits to hear that what they asked for has been taken in.
    waiting: Vec<oneshot::Sender<()>>,
    watchers: Watchers,
    listening: JoinHandle<()>,
}

impl Socket {
    /// Begins to listen, which only the first of a profile may: what is there already was left behind by a dashboard that
    /// was killed, and is replaced.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, as where its path is too long for a socket.
    pub fn open() -> io::Result<Self> {
        let path = path()?;
        create_private(path.parent().unwrap_or(Path::new("/")))?;
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (ask, asked) = mpsc::channel(CALLERS);
        let outcome = watch::Sender::new(None);
        let listening = tokio::spawn(listen(listener, ask, outcome.subscribe()));
        Ok(Self { path, asked, outcome, waiting: Vec::new(), watchers: Watchers::default(), listening })
    }

    /// The next that a command asks for.
    pub async fn next(&mut self) -> Event {
        match self.asked.recv().await {
            Some(Asked::PresenceCommand(want, taken)) => {
                self.waiting.push(taken);
                Event::Asked(want)
            }
            Some(Asked::Watch(watcher)) => {
                self.watchers.add(watcher);
                Event::Watched
            }
            None => std::future::pending().await,
        }
    }

    /// Passes on what the server tells, before anything is made of it.
    pub fn pass_on(&mut self, update: &Update) {
        self.watchers.pass_on(update);
    }

    /// Tells all commands how it stands after all that they have asked for so far, and those that begin to watch the
    /// contacts of somebody what is known of them.
    pub fn tell(&mut self, outcome: Outcome, snapshot: impl Fn(&UserId) -> Option<Vec<Update>>) {
        self.watchers.begin(snapshot);
        let outcome = Some(outcome);
        self.outcome.send_if_modified(|told| {
            let news = *told != outcome;
            *told = outcome;
            news
        });
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(());
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = fs::remove_file(&self.path);
    }
}

/// Where the socket of this profile is.
fn path() -> io::Result<PathBuf> {
    Ok(profile::current().runtime_directory()?.join("socket"))
}
