//! A command that talks to the running dashboard.

use std::io;

use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

use super::path;
use crate::model::control::{self, Outcome, Reply, Request};

/// A connection to the running dashboard.
pub struct Caller {
    stream: BufReader<UnixStream>,
    /// What has come of the next line.
    line: Vec<u8>,
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
        Ok(Some(Self { stream, line: Vec::new() }))
    }

    /// How it stands with the own presence, now and once something has changed; `None` when the dashboard has ended.
    ///
    /// # Errors
    ///
    /// When it makes no sense, or the dashboard does not understand what it was asked.
    pub async fn outcome(&mut self) -> io::Result<Option<Outcome>> {
        match self.next().await? {
            Some(Reply::Own(outcome)) => Ok(Some(outcome)),
            Some(Reply::Error { why }) => Err(io::Error::other(why)),
            None => Ok(None),
        }
    }

    /// The next answer, once something has changed; `None` when the dashboard has ended. Whoever stops waiting for it
    /// loses nothing.
    ///
    /// # Errors
    ///
    /// When it makes no sense.
    pub async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            let read = self.stream.fill_buf().await?;
            if read.is_empty() {
                return Ok(None);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            self.line.extend_from_slice(&read[..taken]);
            self.stream.consume(taken);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                let line = std::str::from_utf8(&line).map_err(io::Error::other)?;
                return control::read(line).map(Some).map_err(io::Error::other);
            }
        }
    }
}
