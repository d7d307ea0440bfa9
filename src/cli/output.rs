//! What commands write: results to standard output, messages to standard error.
//!
//! Neither panics, whatever the two are: closed, full, non-blocking, or a pipe that nobody reads.

use std::{
    fmt::{self, Display, Write as _},
    io::{self, stderr, stdout},
    os::fd::AsFd,
    thread,
    time::{Duration, Instant},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str, stream::RawStream};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, dup, write},
};
use thiserror::Error;
use tokio::sync::oneshot;

/// `PIPE_BUF` of Linux: a pipe with any room takes so much at once, so that the write does not block.
const CHUNK: usize = 4096;

/// A message is worth this much waiting. A terminal that is stopped (Ctrl-S) must not hold up the command.
const MESSAGE_LIMIT: Duration = Duration::from_millis(500);

/// Why a result did not reach standard output.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The pipe has no reader, as in `whosin man | head -1`.
    #[error("nobody reads standard output")]
    NoReader,
    /// The file is full, or the terminal is gone.
    #[error("cannot write to standard output")]
    Failed(#[source] io::Error),
}

impl From<Errno> for OutputError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::PIPE => Self::NoReader,
            errno => Self::Failed(errno.into()),
        }
    }
}

/// Writes a result to standard output, without colors where they are not wanted.
///
/// Waits as long as a reader takes, because a pager reads only when its user scrolls. A caller that catches signals
/// ends the wait by dropping the future.
///
/// # Errors
///
/// [`OutputError`] when standard output takes no more.
pub async fn print(text: &str) -> Result<(), OutputError> {
    let stdout = stdout();
    let text = for_stream(&stdout, text);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        writable(&stdout).await?;
        match write(&stdout, &rest[..rest.len().min(CHUNK)]) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// The same for lines.
///
/// # Errors
///
/// [`OutputError`] when standard output takes no more.
pub async fn print_lines(lines: impl IntoIterator<Item = impl Display>) -> Result<(), OutputError> {
    print(&text_of(lines)).await
}

/// Whether somebody may still read standard output.
pub(super) fn has_reader() -> bool {
    let stdout = stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let found = poll(&mut polled, Some(&Timespec::default()));
    found.is_ok() && !polled[0].revents().contains(PollFlags::ERR)
}

/// Puts each of these on a line of its own.
pub(super) fn text_of(lines: impl IntoIterator<Item = impl Display>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").expect("a string takes everything");
        text
    })
}

/// Writes a message to standard error: `whosin: the connection is back.`
pub fn message(words: impl Display) {
    print_error(format_args!("whosin: {words}\n"));
}

/// Writes text to standard error as it is. What does not get through in time is lost.
pub fn print_error(text: fmt::Arguments<'_>) {
    let stderr = stderr();
    let text = for_stream(&stderr, &text.to_string());
    let mut rest = text.as_bytes();
    let begin = Instant::now();
    while !rest.is_empty() {
        let left = Timespec::try_from(MESSAGE_LIMIT.saturating_sub(begin.elapsed())).unwrap_or_default();
        let mut polled = [PollFd::new(&stderr, PollFlags::OUT)];
        match poll(&mut polled, Some(&left)) {
            Ok(0) => return,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        match write(&stderr, &rest[..rest.len().min(CHUNK)]) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR | Errno::AGAIN) if begin.elapsed() < MESSAGE_LIMIT => {}
            Err(_) => return,
        }
    }
}

/// Takes the colors out where the stream shows none.
fn for_stream(stream: &impl RawStream, text: &str) -> String {
    match AutoStream::choice(stream) {
        ColorChoice::Never => strip_str(text).to_string(),
        _ => text.to_owned(),
    }
}

/// Waits until a write does not block. A thread waits, which the end of the program ends.
async fn writable(stream: &impl AsFd) -> Result<(), Errno> {
    let mut polled = [PollFd::new(stream, PollFlags::OUT)];
    if poll(&mut polled, Some(&Timespec::default()))? > 0 {
        return Ok(());
    }
    let descriptor = dup(stream)?;
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let polled = poll(&mut [PollFd::new(&descriptor, PollFlags::OUT)], None);
        // Nobody waits any more where a signal has ended the wait.
        let _ = tell.send(polled);
    });
    match told.await {
        Ok(Err(errno)) if errno != Errno::INTR => Err(errno),
        _ => Ok(()),
    }
}
