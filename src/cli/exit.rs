//! How a command ends, as its exit status tells scripts.

use std::process::ExitCode;

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
