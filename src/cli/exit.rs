//! How a command ends, as its exit status tells scripts.

use std::{error::Error, fmt, process::ExitCode};

/// The exit statuses, the same for all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or yes.
    Done,
    /// It did not work, or no.
    No,
    /// The command line is wrong.
    Usage,
    /// Others see something else than was asked for.
    Differs,
    /// It could not be told, or not be set.
    Unknown,
    /// As the command did that was run.
    Command(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Differs => 3,
            Exit::Unknown => 4,
            Exit::Command(status) => status,
        })
    }
}

/// A mistake in the command line that only shows when it is carried out; a sentence says what is wrong.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for UsageError {}
