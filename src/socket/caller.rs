//! A command that talks to the running dashboard.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};

use super::{PATIENCE, path};
use crate::control::{self, Reply, Request};

/// A connection to the running dashboard.
pub struct Caller {
    stream: BufReader<UnixStream>,
}

impl Caller {
    /// Asks the running dashboard of this profile for something; `None` where none runs.
    ///
    /// # Errors
    ///
    /// When there is one and it cannot be asked.
    pub async fn call(request: &Request) -> io::Result<Option<Self>> {
        let stream = match UnixStream::connect(path()?).await {
            Ok(stream) => stream,
            // No file, or one that nobody listens at any more.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut stream = BufReader::new(stream);
        stream.write_all(control::line(request).as_bytes()).await?;
        Ok(Some(Self { stream }))
    }

    /// The first answer, which comes at once.
    ///
    /// # Errors
    ///
    /// When it does not, as from a dashboard that is suspended, or makes no sense.
    pub async fn answer(&mut self) -> io::Result<Option<Reply>> {
        timeout(PATIENCE, self.next()).await?
    }

    /// The next answer, once something has changed; `None` when the dashboard has ended.
    ///
    /// # Errors
    ///
    /// When it makes no sense.
    pub async fn next(&mut self) -> io::Result<Option<Reply>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        control::read(&line).map(Some).map_err(io::Error::other)
    }
}
