//! Those who call the running dashboard: what each wants, and what each is told.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Take},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    select,
    sync::{Semaphore, mpsc, oneshot, watch},
    time::timeout,
};

use super::subscribers::{Told, Watcher};
use crate::model::control::{self, HoldId, LONGEST, Outcome, PresenceCommand, Reply, Request};

/// How long a command may take to say what it wants, and to read what it is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many commands are heard at a time; more wait for their turn.
pub const CALLERS: usize = 64;

/// The holds that commands have had so far; the one before the first is that of whoever has the socket.
static LEASES: AtomicU64 = AtomicU64::new(1);

type Reader = BufReader<Take<OwnedReadHalf>>;

/// What a command asks for.
pub enum Asked {
    /// Something of the own presence, and where to say that it has been taken in.
    PresenceCommand(PresenceCommand, oneshot::Sender<()>),
    /// To watch along.
    Watch(Watcher),
}

/// Hears whoever calls, as long as it is let.
pub async fn listen(
    listener: UnixListener,
    ask: mpsc::Sender<Asked>,
    outcome: watch::Receiver<Option<Outcome>>,
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
        let (ask, outcome) = (ask.clone(), outcome.clone());
        tokio::spawn(async move {
            if let Err(error) = hear(stream, ask, outcome).await {
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
    outcome: watch::Receiver<Option<Outcome>>,
) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read.take(LONGEST));
    let mut line = String::new();
    timeout(PATIENCE, read.read_line(&mut line)).await??;
    let hold = match control::read(&line) {
        Ok(Request::Own) => None,
        Ok(Request::Set(wanted)) => {
            want(&ask, PresenceCommand::Set(wanted)).await?;
            None
        }
        Ok(Request::Hold(wanted)) => {
            let id = HoldId(LEASES.fetch_add(1, Ordering::Relaxed));
            want(&ask, PresenceCommand::Hold(id, wanted)).await?;
            Some(id)
        }
        Ok(Request::Watch { user_id }) => {
            let (watcher, told) = Watcher::new(user_id);
            ask.send(Asked::Watch(watcher)).await.map_err(io::Error::other)?;
            return tell_all(&mut read, &mut write, outcome, told).await;
        }
        Err(garbled) => return say(&mut write, &Reply::Error { why: garbled.to_string() }).await,
    };
    let told = tell(&mut read, &mut write, outcome).await;
    if let Some(id) = hold {
        want(&ask, PresenceCommand::Return(id)).await?;
    }
    told
}

/// Says what is wanted, and returns when it has been taken in.
async fn want(ask: &mpsc::Sender<Asked>, want: PresenceCommand) -> io::Result<()> {
    let (taken, is_taken) = oneshot::channel();
    ask.send(Asked::PresenceCommand(want, taken)).await.map_err(io::Error::other)?;
    is_taken.await.map_err(io::Error::other)
}

/// Tells how things stand until whoever called goes.
async fn tell(
    read: &mut Reader,
    write: &mut OwnedWriteHalf,
    mut outcome: watch::Receiver<Option<Outcome>>,
) -> io::Result<()> {
    loop {
        let now = outcome.borrow_and_update().clone();
        if let Some(now) = now {
            say(write, &Reply::Own(now)).await?;
        }
        select! {
            changed = outcome.changed() => changed.map_err(io::Error::other)?,
            // Nothing more is to be said: whoever does, or goes, is done.
            _ = read.read_u8() => return Ok(()),
        }
    }
}

/// Tells how things stand once, and then what happens, until whoever called goes or does not keep up.
async fn tell_all(
    read: &mut Reader,
    write: &mut OwnedWriteHalf,
    mut outcome: watch::Receiver<Option<Outcome>>,
    mut told: mpsc::Receiver<Told>,
) -> io::Result<()> {
    let now = outcome.wait_for(Option::is_some).await.map_err(io::Error::other)?.clone();
    if let Some(now) = now {
        say(write, &Reply::Own(now)).await?;
    }
    loop {
        select! {
            told = told.recv() => match told {
                Some(Told::Snapshot(updates)) => {
                    for update in updates {
                        say(write, &update).await?;
                    }
                }
                Some(Told::Line(line)) => say_line(write, &line).await?,
                None => return Ok(()),
            },
            _ = read.read_u8() => return Ok(()),
        }
    }
}

async fn say(write: &mut OwnedWriteHalf, said: &impl Serialize) -> io::Result<()> {
    say_line(write, &control::line(said)).await
}

async fn say_line(write: &mut OwnedWriteHalf, line: &str) -> io::Result<()> {
    timeout(PATIENCE, write.write_all(line.as_bytes())).await?
}
