//! The socket of a running dashboard, through which commands of the same person have it do their work.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    select,
    sync::{Semaphore, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    control::{self, Ask, LONGEST, Reply, Request, Standing},
    profile,
    state_file::create_private,
};

mod caller;
mod claim;
mod seat;

pub use caller::Caller;
use claim::Claim;
pub use seat::{Seat, Turn};

/// How long a command may take to say what it wants, and to read what it is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many commands are heard at a time; more wait for their turn.
const CALLERS: usize = 16;

/// A socket that listens as long as it is there.
pub struct Socket {
    path: PathBuf,
    asked: mpsc::Receiver<Asked>,
    standing: watch::Sender<Option<Standing>>,
    /// Who waits to hear that what they asked for has been taken in.
    waiting: Vec<oneshot::Sender<()>>,
    listening: JoinHandle<()>,
}

/// What a command asks for, and where to say that it has been taken in.
struct Asked {
    ask: Ask,
    taken: oneshot::Sender<()>,
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
        let standing = watch::Sender::new(None);
        let listening = tokio::spawn(listen(listener, ask, standing.subscribe()));
        Ok(Self { path, asked, standing, waiting: Vec::new(), listening })
    }

    /// The next that a command asks for.
    pub async fn next(&mut self) -> Ask {
        match self.asked.recv().await {
            Some(Asked { ask, taken }) => {
                self.waiting.push(taken);
                ask
            }
            None => std::future::pending().await,
        }
    }

    /// Tells all commands how it stands after all that they have asked for so far.
    pub fn tell(&mut self, standing: Standing) {
        let standing = Some(standing);
        self.standing.send_if_modified(|told| {
            let news = *told != standing;
            *told = standing;
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

async fn listen(
    listener: UnixListener,
    ask: mpsc::Sender<Asked>,
    standing: watch::Receiver<Option<Standing>>,
) {
    let turns = Arc::new(Semaphore::new(CALLERS));
    let me = rustix::process::geteuid().as_raw();
    loop {
        let Ok(turn) = turns.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "no command is heard any more");
                return;
            }
        };
        if stream.peer_cred().map(|peer| peer.uid()).ok() != Some(me) {
            tracing::warn!("somebody else has called, and was not heard");
            continue;
        }
        let (ask, standing) = (ask.clone(), standing.clone());
        tokio::spawn(async move {
            if let Err(error) = hear(stream, ask, standing).await {
                tracing::debug!(%error, "a command has gone");
            }
            drop(turn);
        });
    }
}

/// Hears one command, and tells it how things stand until it goes.
async fn hear(
    stream: UnixStream,
    ask: mpsc::Sender<Asked>,
    mut standing: watch::Receiver<Option<Standing>>,
) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read.take(LONGEST));
    let mut line = String::new();
    timeout(PATIENCE, read.read_line(&mut line)).await??;
    match control::read(&line) {
        Ok(Request::Own) => {}
        Ok(Request::Set(wanted)) => {
            let (taken, is_taken) = oneshot::channel();
            ask.send(Asked { ask: wanted, taken }).await.map_err(io::Error::other)?;
            is_taken.await.map_err(io::Error::other)?;
        }
        Err(garbled) => return say(&mut write, &Reply::Error { why: garbled.to_string() }).await,
    }
    loop {
        let now = standing.borrow_and_update().clone();
        if let Some(now) = now {
            say(&mut write, &Reply::Own(now)).await?;
        }
        select! {
            changed = standing.changed() => changed.map_err(io::Error::other)?,
            // Nothing more is to be said: whoever does, or goes, is done.
            _ = gone(&mut read) => return Ok(()),
        }
    }
}

async fn gone(read: &mut BufReader<tokio::io::Take<OwnedReadHalf>>) -> io::Result<u8> {
    read.read_u8().await
}

async fn say(write: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    timeout(PATIENCE, write.write_all(control::line(reply).as_bytes())).await?
}
