//! Why the history on disk could not be used.

use std::{fmt, io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the history on disk could not be used, in words for its owner.
#[derive(Debug)]
pub enum Trouble {
    /// The file made no sense, and stands here now.
    Damaged(PathBuf),
    /// The file is of a later version of the program, which is left alone.
    Newer,
    /// The database cannot be read or written.
    Database(rusqlite::Error),
    /// The file cannot be read or written.
    File(io::Error),
}

impl Trouble {
    /// Whether the file makes no sense.
    pub(super) fn is_damage(&self) -> bool {
        let code = match self {
            Self::Database(error) => error.sqlite_error_code(),
            _ => None,
        };
        matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(path) => {
                write!(f, "the file was damaged; it is now {}, and a new one begins", path.display())
            }
            Self::Newer => f.write_str("the file is of a newer whosin"),
            Self::Database(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}
