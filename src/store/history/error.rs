//! Errors of the history on disk.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// The reason why the history on disk could not be used.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The file was damaged. It was moved to this path.
    #[error("the file was damaged; it is now {}, and a new one begins", .0.display())]
    Damaged(PathBuf),
    /// A newer whosin has written the file. It is left as it is.
    #[error("the file is of a newer whosin")]
    Newer,
    /// The database cannot be read or written.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
}

impl HistoryError {
    /// Returns whether the file is damaged.
    pub(super) fn is_damage(&self) -> bool {
        let code = match self {
            Self::Database(error) => error.sqlite_error_code(),
            _ => None,
        };
        matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
    }
}
