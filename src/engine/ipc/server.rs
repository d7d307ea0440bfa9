//! The engine's side of the socket.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    future::pending,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    select,
    sync::{Semaphore, mpsc},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    path,
    protocol::{self, Attach, BorrowedReply, EngineProcess, LONGEST_REQUEST, Request},
    subscribers::{ConnectionId, Subscriber, Subscribers},
};
use crate::{
    host::file_watch::FileWatch,
    model::{
        Model,
        event::{Command, Event},
        request::HoldId,
    },
    store::state_file::create_private,
};

/// How long a front end may take to attach, and to read a line.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often front ends get a heartbeat. Without front ends, nothing wakes the engine.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How many front ends are connected at a time. More wait.
const CONNECTIONS: usize = 64;
/// How long to wait if connections cannot be accepted, for example without file descriptors.
const BREATH: Duration = Duration::from_millis(200);

/// The ID of the next connection. It goes on when the socket is made again.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// News from a connection.
enum Incoming {
    Attach(Subscriber),
    Command(ConnectionId, u64, Command),
    Leave(ConnectionId),
    Gone(ConnectionId),
}

/// The listening socket. Dropping it removes it.
pub(in crate::engine) struct Server {
    path: PathBuf,
    incoming: mpsc::Receiver<Incoming>,
    subscribers: Subscribers,
    /// When the front ends get the next heartbeat.
    beat_at: Instant,
    /// The holds of each connection. They end with it.
    holds: HashMap<ConnectionId, Vec<HoldId>>,
    /// Commands that result from connections.
    pending: VecDeque<Command>,
    /// The command in progress, and the connection to confirm it to.
    current: Option<(ConnectionId, u64)>,
    listening: JoinHandle<()>,
    tell: mpsc::Sender<Incoming>,
    /// Notices that somebody has removed the socket. `None` before the first turn: the first request to the server
    /// does not wait for another thread.
    watch: Option<FileWatch>,
}

impl Server {
    /// Creates the socket. Only for the primary instance: it replaces a socket left by a killed process.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the socket cannot be created, for example because its path is too long.
    pub(in crate::engine) fn open() -> io::Result<Self> {
        let (path, listener) = bind()?;
        let (tell, incoming) = mpsc::channel(CONNECTIONS);
        let listening = tokio::spawn(listen(listener, tell.clone()));
        Ok(Self {
            watch: None,
            tell,
            path,
            incoming,
            subscribers: Subscribers::default(),
            beat_at: Instant::now(),
            holds: HashMap::new(),
            pending: VecDeque::new(),
            current: None,
            listening,
        })
    }

    /// Listens anew if the socket is gone. The system removes a runtime directory after the last logout, and programs
    /// that clean up remove old files. Returns whether it was gone.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the socket cannot be created.
    pub(in crate::engine) fn restore(&mut self) -> io::Result<bool> {
        // Before the look, so that nothing is missed between the two.
        self.watch.get_or_insert_with(|| FileWatch::new(vec![self.path.clone()]));
        if fs::symlink_metadata(&self.path).is_ok() {
            return Ok(false);
        }
        let (path, listener) = bind()?;
        self.listening.abort();
        self.listening = tokio::spawn(listen(listener, self.tell.clone()));
        if path != self.path {
            self.watch = Some(FileWatch::new(vec![path.clone()]));
            self.path = path;
        }
        Ok(true)
    }

    /// Returns where it listens.
    pub(in crate::engine) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the next event: a command, or a front end to answer. Cancel safe.
    pub(in crate::engine) async fn next(&mut self) -> Event {
        loop {
            if let Some(command) = self.pending.pop_front() {
                return Event::Command(command);
            }
            // The loop itself beats, not a task beside it: a loop that hangs must fall silent.
            let incoming = select! {
                incoming = self.incoming.recv() => incoming,
                // The next turn restores the socket.
                () = changed(self.watch.as_ref()) => return Event::Clock,
                () = sleep_until(self.beat_at), if !self.subscribers.is_empty() => {
                    self.beat_at = Instant::now() + HEARTBEAT;
                    self.subscribers.beat();
                    continue;
                }
            };
            let Some(incoming) = incoming else { return pending().await };
            match incoming {
                Incoming::Attach(subscriber) => {
                    let stays = subscriber.stays();
                    self.subscribers.add(subscriber);
                    // A person is looking, so a lost connection is retried. A prompt that asks is not a person.
                    return if stays { Event::Command(Command::Retry) } else { Event::Clock };
                }
                Incoming::Command(connection, id, command) => {
                    self.current = Some((connection, id));
                    let holds = self.holds.entry(connection).or_default();
                    match &command {
                        Command::Hold(hold, _) => holds.push(*hold),
                        Command::Release(released) => holds.retain(|hold| hold != released),
                        _ => {}
                    }
                    return Event::Command(command);
                }
                Incoming::Leave(connection) => self.subscribers.leave(connection),
                Incoming::Gone(connection) => {
                    self.subscribers.remove(connection);
                    let holds = self.holds.remove(&connection).unwrap_or_default();
                    self.pending.extend(holds.into_iter().map(Command::Release));
                }
            }
        }
    }

    /// Passes an event to subscribers. Call it before the model changes.
    pub(in crate::engine) fn pass_on(&mut self, event: &Event, at: Timestamp, model: &Model) {
        self.subscribers.pass_on(event, at, model);
    }

    /// Answers new subscribers, and confirms the command in progress. Call it after the model has changed.
    pub(in crate::engine) fn answer(&mut self, model: &Model, process: EngineProcess, now: Timestamp) {
        self.subscribers.begin(model, process, now);
        if let Some((connection, id)) = self.current.take() {
            self.subscribers.done(connection, id);
        }
    }

    /// Returns whether a front end takes over the engine when this process ends.
    pub(in crate::engine) fn has_successor(&self) -> bool {
        self.subscribers.has_successor()
    }

    /// Returns whether a dashboard is connected that can take over the engine.
    pub(in crate::engine) fn has_dashboard(&self) -> bool {
        self.subscribers.has_dashboard()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = fs::remove_file(&self.path);
    }
}

/// Waits until somebody has removed the socket.
async fn changed(watch: Option<&FileWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => pending().await,
    }
}

/// Creates the socket in place of one that a killed process has left.
fn bind() -> io::Result<(PathBuf, UnixListener)> {
    let path = path()?;
    create_private(path.parent().unwrap_or(Path::new("/")))?;
    if let Err(error) = fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok((path, listener))
}

/// Accepts connections until it is dropped.
async fn listen(listener: UnixListener, tell: mpsc::Sender<Incoming>) {
    let turns = Arc::new(Semaphore::new(CONNECTIONS));
    let me = rustix::process::geteuid().as_raw();
    loop {
        let Ok(turn) = turns.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a front end cannot be accepted now");
                sleep(BREATH).await;
                continue;
            }
        };
        if stream.peer_cred().map(|peer| peer.uid()).ok() != Some(me) {
            tracing::warn!("a process of another user has connected, and was not heard");
            continue;
        }
        let (id, tell) = (ConnectionId(NEXT_ID.fetch_add(1, Ordering::Relaxed)), tell.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(stream, id, &tell).await {
                tracing::debug!(%error, "a front end has gone");
            }
            let _ = tell.send(Incoming::Gone(id)).await;
            drop(turn);
        });
    }
}

type Reader = BufReader<OwnedReadHalf>;

/// Serves one front end until it disconnects or does not keep up.
async fn serve(stream: UnixStream, id: ConnectionId, tell: &mpsc::Sender<Incoming>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut line = String::new();
    timeout(PATIENCE, read_line(&mut read, &mut line)).await??;
    let attach = match protocol::read(&line) {
        Ok(Request::Attach(attach)) => attach,
        Ok(Request::Command { .. } | Request::Leave) => {
            return refuse(&mut write, "the first line must attach").await;
        }
        Err(error) => return refuse(&mut write, &error.to_string()).await,
    };
    let mut lines = subscribe(id, attach, tell).await?;
    let requests = async {
        loop {
            line.clear();
            if read_line(&mut read, &mut line).await? == 0 {
                return Ok(());
            }
            match protocol::read(&line) {
                Ok(Request::Command { id: command_id, command }) => {
                    let incoming = Incoming::Command(id, command_id, command);
                    tell.send(incoming).await.map_err(io::Error::other)?;
                }
                Ok(Request::Leave) => tell.send(Incoming::Leave(id)).await.map_err(io::Error::other)?,
                Ok(Request::Attach(_)) => {}
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    };
    let replies = async {
        loop {
            match lines.recv().await {
                Some(line) => write_line(&mut write, &line).await?,
                // Dropped: it has another account, or does not keep up.
                None => return Ok(()),
            }
        }
    };
    select! {
        ended = requests => ended,
        ended = replies => ended,
    }
}

async fn subscribe(
    id: ConnectionId,
    attach: Attach,
    tell: &mpsc::Sender<Incoming>,
) -> io::Result<mpsc::Receiver<Arc<str>>> {
    let (subscriber, lines) = Subscriber::new(id, attach);
    tell.send(Incoming::Attach(subscriber)).await.map_err(io::Error::other)?;
    Ok(lines)
}

async fn read_line(read: &mut Reader, line: &mut String) -> io::Result<usize> {
    let length = read.take(LONGEST_REQUEST).read_line(line).await?;
    if length > 0 && !line.ends_with('\n') {
        return Err(io::Error::other("a request is too long, or was cut"));
    }
    Ok(length)
}

async fn refuse(write: &mut OwnedWriteHalf, why: &str) -> io::Result<()> {
    write_line(write, &protocol::line(&BorrowedReply::Refused { why: why.into() })).await
}

async fn write_line(write: &mut OwnedWriteHalf, line: &str) -> io::Result<()> {
    // A snapshot may be long, so the time limit applies to each part.
    for part in line.as_bytes().chunks(64 * 1024) {
        timeout(PATIENCE, write.write_all(part)).await??;
    }
    Ok(())
}
