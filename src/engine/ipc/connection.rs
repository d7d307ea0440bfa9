//! The front end's side of the socket.

use std::{collections::VecDeque, io, mem::take, path::Path, time::Duration};

use memchr::memchr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixStream, unix::OwnedReadHalf},
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use super::{
    path,
    protocol::{self, Attach, Reply, Request},
};
use crate::{engine::lock::InstanceLock, model::contacts::parts::Parts};

/// The longest silence. The engine sends a heartbeat every 2 s.
const SILENCE: Duration = Duration::from_secs(6);
/// The longest line in bytes: an event with more contacts than the longest `/sync` can tell of.
const LONGEST: usize = 256 * 1024 * 1024;
/// The least bytes that a read has room for.
const CHUNK: usize = 16 * 1024;
/// How many parts of the people are parsed at a time, each on a thread: nothing else takes as long.
const PARSERS: usize = 2;
/// How many requests may wait for an engine that does not read.
const BACKLOG: usize = 64;

/// Connects to a socket. `None`: there is none, or a dead one, or one that dies meanwhile.
async fn connect(path: &Path) -> io::Result<Option<UnixStream>> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                Ok(None)
            }
            _ => Err(error),
        },
    }
}

/// A connection to the profile's engine.
pub(in crate::engine) struct Connection {
    read: OwnedReadHalf,
    requests: mpsc::Sender<Request>,
    /// What was read and not passed on.
    buffer: Vec<u8>,
    /// How much of it has no end of a line.
    searched: usize,
    /// Parts of the people that are being parsed. A snapshot follows.
    parsing: VecDeque<JoinHandle<io::Result<Reply>>>,
    /// The people of the parts before.
    people: Parts,
}

impl Connection {
    /// Attaches to a running engine. `None`: there is none.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the socket exists but cannot be used.
    pub(in crate::engine) async fn open(attach: &Attach) -> io::Result<Option<Self>> {
        let usual =
            path().inspect_err(|error| tracing::warn!(%error, "no other process can be reached")).ok();
        let noted = InstanceLock::noted().filter(|noted| Some(noted) != usual.as_ref());
        let mut stream = None;
        if let Some(noted) = noted {
            // It may be of another machine, whose processes share the directory.
            stream = connect(&noted).await.ok().flatten();
        }
        if let (None, Some(usual)) = (&stream, usual) {
            stream = connect(&usual).await?;
        }
        let Some(stream) = stream else { return Ok(None) };
        if stream.peer_cred()?.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::Error::other("the socket belongs to another user"));
        }
        Ok(Some(Self::begin(stream, attach)))
    }

    fn begin(stream: UnixStream, attach: &Attach) -> Self {
        let (read, mut write) = stream.into_split();
        let (requests, mut waiting) = mpsc::channel(BACKLOG);
        // The task ends with the connection.
        tokio::spawn(async move {
            while let Some(request) = waiting.recv().await {
                if write.write_all(protocol::line(&request).as_bytes()).await.is_err() {
                    return;
                }
            }
        });
        let connection = Self {
            read,
            requests,
            buffer: Vec::new(),
            searched: 0,
            parsing: VecDeque::new(),
            people: Parts::default(),
        };
        connection.send(Request::Attach(attach.clone()));
        connection
    }

    /// Sends a request. If the engine does not take it, silence follows, which [`Connection::next`] reports.
    pub(in crate::engine) fn send(&self, request: Request) {
        let _ = self.requests.try_send(request);
    }

    /// Waits for the next reply. `None`: the engine has ended. Cancel safe.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the engine is silent for too long, or violates the protocol.
    pub(in crate::engine) async fn next(&mut self) -> io::Result<Option<Reply>> {
        while let Some(end) = self.line().await? {
            if protocol::has_people(&self.buffer[..end]) {
                if self.parsing.len() == PARSERS {
                    self.finish_part().await?;
                }
                let line = self.take_line(end);
                self.parsing.push_back(spawn_blocking(move || parse(&line)));
                continue;
            }
            while !self.parsing.is_empty() {
                self.finish_part().await?;
            }
            let mut reply = parse(&self.take_line(end))?;
            if let Reply::Snapshot { model, .. } = &mut reply {
                model.set_people(take(&mut self.people));
                // The lines that follow are short.
                self.buffer.shrink_to(CHUNK);
            }
            return Ok(Some(reply));
        }
        Ok(None)
    }

    /// Adds the people of the earliest part that is being parsed.
    async fn finish_part(&mut self) -> io::Result<()> {
        if let Some(first) = self.parsing.front_mut() {
            let parsed = first.await;
            self.parsing.pop_front();
            if let Reply::People(part) = parsed.map_err(io::Error::other)?? {
                self.people.add(part);
            }
        }
        Ok(())
    }

    /// Waits for a whole line. Returns where it ends. `None`: the engine has ended.
    async fn line(&mut self) -> io::Result<Option<usize>> {
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) {
                return Ok(Some(self.searched + end));
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST {
                return Err(io::Error::other("a line of the open whosin has no end"));
            }
            if self.buffer.capacity() < self.buffer.len() + CHUNK {
                // As a vector grows by itself, but never to more than the longest line needs.
                self.buffer
                    .reserve_exact(self.buffer.len().clamp(CHUNK, LONGEST + CHUNK - self.buffer.len()));
            }
            let read = timeout(SILENCE, self.read.read_buf(&mut self.buffer));
            match read.await.map_err(|_| io::ErrorKind::TimedOut)? {
                Ok(0) => return Ok(None),
                // It has ended with a request unread, as a killed one does.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                read => read?,
            };
        }
    }

    /// Takes the line that ends there.
    fn take_line(&mut self, end: usize) -> Vec<u8> {
        self.searched = 0;
        self.buffer.drain(..=end).collect()
    }
}

fn parse(line: &[u8]) -> io::Result<Reply> {
    let line = std::str::from_utf8(line).map_err(io::Error::other)?;
    protocol::read(line).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::{
        super::protocol::{Scope, Successor},
        *,
    };

    #[tokio::test]
    async fn an_engine_that_ends_before_it_reads_has_ended() {
        let (ours, engine) = UnixStream::pair().unwrap();
        let user_id = "@me:example.org".try_into().unwrap();
        let attach = Attach { user_id, scope: Scope::Own, users: Vec::new(), successor: Successor::No };
        let mut connection = Connection::begin(ours, &attach);
        engine.readable().await.unwrap();
        drop(engine);
        assert!(connection.next().await.unwrap().is_none());
    }
}
