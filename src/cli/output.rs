//! The output of commands: results to standard output, messages to standard error.
//!
//! Neither stream makes the program panic, even if it is closed, full, non-blocking or a pipe without a reader.

use std::{
    borrow::Cow,
    fmt::{self, Display, Write as _},
    io::{self, IsTerminal, stderr, stdout},
    os::fd::AsFd,
    pin::pin,
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str, stream::RawStream};
use color_eyre::eyre::Report;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, dup, write},
};
use supports_hyperlinks::Stream;
use thiserror::Error;
use tokio::{sync::oneshot, time::timeout};

use crate::model::text::lines;

/// `PIPE_BUF` of Linux: a pipe that is ready accepts this much without blocking.
const CHUNK: usize = 4096;

/// The time limit of a message. A terminal stopped by Ctrl-S must not delay the command.
const MESSAGE_LIMIT: Duration = Duration::from_millis(500);

/// What every escape sequence begins with.
const ESCAPE: char = '\u{1b}';

/// How long a command may wait without a word.
const SILENT: Duration = Duration::from_secs(1);

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

/// Writes a result to standard output, without colors if they are not wanted.
///
/// Waits for a slow reader without a limit, because a pager reads only when its user scrolls. A caller that catches
/// signals ends the wait by dropping the future.
///
/// # Errors
///
/// [`OutputError`] if standard output cannot be written to.
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

/// Like [`print()`], but for lines.
///
/// # Errors
///
/// [`OutputError`] if standard output cannot be written to.
pub(crate) async fn print_lines(lines: impl IntoIterator<Item = impl Display>) -> Result<(), OutputError> {
    print(&text_of(lines)).await
}

/// Returns whether standard output is a terminal that shows links.
pub(super) fn shows_links() -> bool {
    static SHOWS_LINKS: LazyLock<bool> = LazyLock::new(|| {
        ColorChoice::global() != ColorChoice::Never && supports_hyperlinks::on(Stream::Stdout)
    });
    *SHOWS_LINKS
}

/// Returns a text as a link (OSC 8) if standard output is a terminal that shows links.
pub(super) fn link(text: &str, address: &str) -> String {
    if shows_links() {
        format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
    } else {
        text.to_owned()
    }
}

/// Returns a line with its addresses of the web as links.
pub(super) fn with_links(line: &str) -> String {
    let word = |word: &str| if word.starts_with("https://") { link(word, word) } else { word.to_owned() };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Returns whether standard output may still have a reader.
pub(super) fn has_reader() -> bool {
    let stdout = stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let found = poll(&mut polled, Some(&Timespec::default()));
    found.is_ok() && !polled[0].revents().contains(PollFlags::ERR)
}

/// Joins texts, each on a line of its own.
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

/// Returns an error with its causes. Many errors repeat their cause in a sentence of their own, and no cause stands
/// twice.
#[must_use]
pub fn causes(error: &Report) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |words, cause| match &*words {
        "" => cause,
        words if words.contains(&cause) => words.to_owned(),
        words => format!("{words}: {cause}"),
    })
}

/// Waits, and says in a terminal what for if it takes longer than a second.
pub(crate) async fn saying<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let mut wait = pin!(wait);
    if let Ok(done) = timeout(SILENT, &mut wait).await {
        return done;
    }
    if stderr().is_terminal() {
        message(format_args!("{what} …"));
    }
    wait.await
}

/// Writes text to standard error without changes. Text that is not written in time is lost.
pub(crate) fn print_error(text: fmt::Arguments<'_>) {
    let stderr = stderr();
    let text = text.to_string();
    let text = for_stream(&stderr, &text);
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

/// Removes colors if the stream shows none, and all else that a terminal obeys. No text reaches a stream in another
/// way.
fn for_stream<'a>(stream: &impl RawStream, text: &'a str) -> Cow<'a, str> {
    if takes_colors(stream) || !text.contains(ESCAPE) {
        return lines(text);
    }
    Cow::Owned(lines(&strip_str(text).to_string()).into_owned())
}

/// Returns whether a stream takes colors. It depends on the stream, the environment and `--color`.
pub(super) fn takes_colors(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// Waits until a write does not block. The wait is in a thread, which ends with the program.
async fn writable(stream: &impl AsFd) -> Result<(), Errno> {
    let mut polled = [PollFd::new(stream, PollFlags::OUT)];
    if poll(&mut polled, Some(&Timespec::default()))? > 0 {
        return Ok(());
    }
    let descriptor = dup(stream)?;
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let polled = poll(&mut [PollFd::new(&descriptor, PollFlags::OUT)], None);
        // This fails if a signal has ended the wait.
        let _ = sender.send(polled);
    });
    match receiver.await {
        Ok(Err(errno)) if errno != Errno::INTR => Err(errno),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use color_eyre::eyre::{WrapErr, eyre};

    use super::*;
    use crate::{server::auth::SignInError, store::session_store::StoreError};

    #[test]
    fn a_cause_stands_once_whether_or_not_the_error_repeats_it() {
        let cause = || io::Error::other("the disk is full");
        let file = StoreError::File { path: "/x".into(), verb: "read", source: cause() };
        for (error, words) in [
            (Report::from(file), "/x cannot be read: the disk is full"),
            (
                Report::from(SignInError::Listener(cause())),
                "the disk is full. Use a code: whosin login --device.",
            ),
            (Report::from(OutputError::Failed(cause())), "cannot write to standard output: the disk is full"),
            (Err::<(), _>(cause()).wrap_err("a").wrap_err("b").unwrap_err(), "b: a: the disk is full"),
            (eyre!("alone"), "alone"),
        ] {
            let said = causes(&error);
            assert!(said.ends_with(words), "{said}");
            assert_eq!(said.matches("the disk is full").count(), usize::from(words != "alone"), "{said}");
        }
    }
}
