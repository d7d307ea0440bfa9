//! Exit statuses.

use std::process::ExitCode;

use color_eyre::eyre::Report;
use thiserror::Error;

use crate::store::{secrets::KeyringError, session_store::StoreError};

/// The exit statuses, the same for all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or yes.
    Done,
    /// Failed, or no.
    No,
    /// The command line is wrong.
    Usage,
    /// Set, but others see a different state.
    Differs,
    /// No answer from the server, or not set.
    Unknown,
    /// The keyring is locked, or does not answer.
    Locked,
    /// The exit status of the command that `hold` ran.
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
            Exit::Locked => 5,
            Exit::Command(status) => status,
        })
    }
}

/// A mistake in the command line that shows only when the command runs.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Returns whether all that is wrong is a locked keyring, or one that does not answer.
#[must_use]
pub fn is_locked(error: &Report) -> bool {
    let is_locked = |error: &KeyringError| matches!(error, KeyringError::Locked | KeyringError::TimedOut);
    error.chain().any(|error| match error.downcast_ref() {
        Some(StoreError::Keyring(error)) => is_locked(error),
        _ => error.downcast_ref().is_some_and(is_locked),
    })
}
