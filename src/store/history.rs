//! The history on disk: an `SQLite` file that only its owner can read.
//!
//! It is open only during a read or a write. So several processes can share it, and a deleted file is really gone. The
//! journal that `SQLite` keeps beside it has the same permissions.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use rusqlite::{Connection, OpenFlags, Row, params};

use crate::{
    model::event::Entry,
    store::state_file::{create_private, open_own},
};

mod row;
mod error;

pub use error::HistoryError;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most entries that are read at once.
const MOST: usize = 20_000;
/// The version of the tables, in the file's `user_version`.
const VERSION: i64 = 1;
const TABLES: &str = "
    CREATE TABLE entries (
        account TEXT NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        user_id TEXT, was TEXT, state TEXT, message TEXT,
        since INTEGER,
        online INTEGER, busy INTEGER, unavailable INTEGER
    ) STRICT;
    CREATE INDEX facts_by_time ON entries (account, at);
    PRAGMA user_version = 1;";

/// The history file of all accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    path: PathBuf,
    keep: SignedDuration,
}

impl Archive {
    /// Returns the archive at a path. The first write creates the file.
    #[must_use]
    pub fn new(path: PathBuf, keep: SignedDuration) -> Self {
        Self { path, keep }
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the entries of an account since a time, oldest first.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the file cannot be read. A damaged one is set aside.
    pub fn recall(&self, account: &UserId, since: Timestamp) -> Result<Vec<Entry>, HistoryError> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        self.with(|connection| row::read(connection, account, since, MOST))
    }

    /// Returns the accounts with entries.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the file cannot be read. A damaged one is set aside.
    pub fn accounts(&self) -> Result<Vec<OwnedUserId>, HistoryError> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        self.with(|connection| {
            let mut query = connection.prepare("SELECT DISTINCT account FROM entries ORDER BY account")?;
            // Like a malformed entry, a malformed account costs only itself.
            let account = |row: &Row<'_>| UserId::parse(row.get::<_, String>(0).ok()?).ok();
            let accounts =
                query.query_map([], |row| Ok(account(row)))?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(accounts.into_iter().flatten().collect())
        })
    }

    /// Writes entries, all or none.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the file cannot be written. A damaged one is set aside, and the next try creates a new one.
    pub fn write(&self, account: &UserId, entries: &[Entry]) -> Result<(), HistoryError> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            entries.iter().try_for_each(|entry| row::insert(&transaction, account, entry))?;
            transaction.commit()
        })
    }

    /// Deletes expired entries.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the file cannot be written. A damaged one is set aside.
    pub fn prune(&self, now: Timestamp) -> Result<(), HistoryError> {
        let end = now.saturating_sub(self.keep).unwrap_or(Timestamp::MIN);
        self.with(|connection| {
            connection.execute("DELETE FROM entries WHERE at < ?1", params![end.as_millisecond()]).map(drop)
        })
    }

    /// Deletes the history of all accounts. Returns whether there was any.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file exists and cannot be deleted.
    pub fn forget(&self) -> io::Result<bool> {
        let mut any = false;
        for path in [self.journal(), self.path.clone()] {
            match fs::remove_file(path) {
                Ok(()) => any = true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(any)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        let done = self.open().and_then(|mut connection| work(&mut connection).map_err(HistoryError::from));
        done.map_err(|error| if error.is_damage() { self.set_aside(error) } else { error })
    }

    fn open(&self) -> Result<Connection, HistoryError> {
        self.create()?;
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(PATIENCE)?;
        // Overwrites deleted entries, because they are about people.
        connection.pragma_update(None, "secure_delete", true)?;
        let version =
            |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
        match version(&connection)? {
            VERSION => {}
            0_i64 => {
                connection.pragma_update(None, "auto_vacuum", "FULL")?;
                connection.execute_batch("BEGIN IMMEDIATE")?;
                // Another process may have been faster.
                let tables = if version(&connection)? == 0_i64 { TABLES } else { "" };
                connection.execute_batch(&format!("{tables} COMMIT;"))?;
            }
            _ => return Err(HistoryError::Newer),
        }
        Ok(connection)
    }

    /// Creates the file for its owner alone. `SQLite` would make it readable for everybody.
    fn create(&self) -> io::Result<()> {
        self.path.parent().map_or(Ok(()), create_private)?;
        let file = open_own(File::options().create(true).append(true), &self.path)?;
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        drop(file);
        Ok(())
    }

    /// Renames a damaged file, and never deletes it. Renames its journal too: `SQLite` would apply it to the next file.
    fn set_aside(&self, error: HistoryError) -> HistoryError {
        let free = (1..).map(|number| self.path.with_extension(format!("damaged-{number}")));
        let Some(aside) = free.into_iter().find(|path| !path.exists()) else { return error };
        match fs::rename(&self.path, &aside) {
            Ok(()) => {
                let _ = fs::rename(self.journal(), aside.with_added_extension("journal"));
                HistoryError::Damaged(aside)
            }
            Err(_) => error,
        }
    }

    fn journal(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push("-journal");
        name.into()
    }
}
