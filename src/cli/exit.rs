//! How a command ends, as its exit status tells scripts.

use std::{error::Error, fmt, process::ExitCode};

/// The exit statuses, the same for all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or yes.
    Done = 0,
    /// It did not work, or no.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Others see something else than was asked for.
    Otherwise = 3,
    /// It could not be told, or not be set.
    Unknown = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A mistake in the command line that only shows when it is carried out; a sentence says what is wrong.
#[derive(Debug)]
pub struct Mistake(pub String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Mistake {}
