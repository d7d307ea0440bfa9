//! Saves a session, with its tokens where they belong, and locks it against other processes.

use std::{any::Any, fs::File, io, path::PathBuf, sync::Arc, thread, time::Duration};

use tokio::{sync::oneshot, task::spawn_blocking, time::timeout};

use super::{
    profile,
    secrets::{Keyring, KeyringError, Patience, SystemKeyring},
    state_file::{StateFile, create_private, open_own},
};
use crate::model::session::{SavedSession, SessionVault, TokenStore, VaultError, VaultFuture};

mod stored;

pub use stored::StoredSession;

/// The name of the file.
const FILE_NAME: &str = "session.json";
/// How long another process may hold the lock. A renewal takes two requests of at most 20 s.
const LOCK_LIMIT: Duration = Duration::from_mins(1);

/// Why a session cannot be read or saved.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read or written.
    #[error("{path} cannot be {verb}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: read, written, removed, locked.
        verb: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The keyring is locked or out of order.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The file is there, and the keyring has no tokens for it, or damaged ones.
    #[error("the keyring has no tokens of this session that can be read. Sign in again: whosin login.")]
    NoTokens,
    /// The session is forgotten, and its tokens are still in the keyring.
    #[error("the tokens of the session stay in the keyring: {0}")]
    EntryStays(#[source] KeyringError),
    /// Another process holds the lock.
    #[error("another whosin has been renewing this session for a minute. End it, or try again later.")]
    Busy,
}

/// The session of a profile on disk.
#[derive(Clone)]
pub struct SessionStore {
    file: StateFile<StoredSession>,
    keyring: Arc<dyn Keyring>,
}

impl SessionStore {
    /// Returns the session in this file, with tokens in the file or in this keyring.
    #[must_use]
    pub fn new(file: StateFile<StoredSession>, keyring: Arc<dyn Keyring>) -> Self {
        Self { file, keyring }
    }

    /// Returns the session of the current profile.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no home directory.
    pub(crate) fn locate(patience: Patience) -> io::Result<Self> {
        Ok(Self::new(StateFile::locate(FILE_NAME)?, Arc::new(SystemKeyring(patience))))
    }

    /// Returns the same with other patience for the keyring of the system.
    #[must_use]
    pub(crate) fn with_patience(&self, patience: Patience) -> Self {
        Self { keyring: Arc::new(SystemKeyring(patience)), ..self.clone() }
    }

    /// Returns the same, which may open the keyring's dialog.
    #[must_use]
    pub(crate) fn with_dialog(&self) -> Self {
        self.with_patience(Patience::Dialog)
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.file.path()
    }

    /// Loads the session, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. A locked keyring is an error and never means "signed out".
    pub fn load(&self) -> Result<Option<SavedSession>, StoreError> {
        self.stored()?.map(|stored| self.complete(stored)).transpose()
    }

    /// Adds the tokens to what the file says. Waits for the keyring, if they are there.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::load`].
    pub(crate) fn complete(&self, mut stored: StoredSession) -> Result<SavedSession, StoreError> {
        let tokens = match stored.token_store {
            TokenStore::File => stored.tokens.take(),
            TokenStore::Keyring => {
                let text = self.keyring.get(&Self::entry(&stored))?;
                let read = |text: String| {
                    let tokens = serde_json::from_str(&text);
                    // Its error can quote a token.
                    tokens.inspect_err(|_| tracing::warn!("the keyring's entry is damaged")).ok()
                };
                text.and_then(read)
            }
        };
        match tokens {
            Some(tokens) => Ok(stored.with(tokens)),
            None if stored.token_store == TokenStore::Keyring => Err(StoreError::NoTokens),
            None => Err(self.error("read", io::Error::other("there is no access token in it"))),
        }
    }

    /// Saves the session. A session that was there before goes when the new one is safe.
    ///
    /// The keyring comes first and is read back before the file loses its tokens. Whenever the process is killed, the
    /// file names a place that has them.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. What was there before is kept then.
    pub fn save(&self, session: &SavedSession) -> Result<(), StoreError> {
        let before = self.stored().ok().flatten();
        let stored = StoredSession::of(session);
        if session.token_store == TokenStore::Keyring {
            let text = serde_json::to_string(&session.tokens);
            let text = text.map_err(|error| self.error("written", error.into()))?;
            let entry = Self::entry(&stored);
            self.keyring.set(&entry, &text)?;
            if self.keyring.get(&entry)?.as_ref() != Some(&text) {
                return Err(KeyringError::Unreliable.into());
            }
        }
        self.file.save(&stored).map_err(|error| self.error("written", error))?;
        let left = before.filter(|before| {
            let moved = Self::entry(before) != Self::entry(&stored) || stored.token_store == TokenStore::File;
            before.token_store == TokenStore::Keyring && moved
        });
        if let Some(before) = left
            && let Err(error) = self.keyring.delete(&Self::entry(&before))
        {
            // It is of a session that is over, or of tokens that are renewed from here on.
            tracing::warn!(%error, "an old entry stays in the keyring");
        }
        Ok(())
    }

    /// Saves the session, once no other process renews the one before, which would overwrite it.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::save`] and [`SessionStore::hold`].
    pub async fn replace(&self, session: SavedSession) -> Result<(), VaultError> {
        let _lock = self.hold().await?;
        SessionVault::save(self, session).await
    }

    /// Removes the session from both places. The keyring comes first: killed in between, the file still says what is
    /// left to do.
    ///
    /// # Errors
    ///
    /// [`StoreError::File`] when the file cannot be removed, [`StoreError::EntryStays`] when only the keyring still has
    /// the tokens.
    pub fn remove(&self) -> Result<(), StoreError> {
        let before = self.stored().ok().flatten();
        let left = match &before {
            Some(before) => self.keyring.delete(&Self::entry(before)),
            None => Ok(()),
        };
        self.file.remove().map_err(|error| self.error("removed", error))?;
        match left {
            // A file that kept its tokens itself may have had an entry in the keyring before, or never.
            Err(error) if before.is_some_and(|it| it.token_store == TokenStore::Keyring) => {
                Err(StoreError::EntryStays(error))
            }
            _ => Ok(()),
        }
    }

    /// Waits until no other process renews this session. The lock ends with the returned file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] after a minute, [`StoreError::File`] where the lock cannot be made.
    pub async fn hold(&self) -> Result<File, StoreError> {
        let path = self.file.path().with_extension("lock");
        let (tell, locked) = oneshot::channel();
        let error = |source| StoreError::File { path: path.clone(), verb: "locked", source };
        let lock = path.clone();
        // Not of the runtime, whose end would wait for another process.
        let thread = thread::Builder::new().name("session-lock".to_owned()).spawn(move || {
            let _ = tell.send(lock_file(&lock));
        });
        thread.map_err(error)?;
        match timeout(LOCK_LIMIT, locked).await {
            Ok(Ok(file)) => file.map_err(error),
            Ok(Err(_)) | Err(_) => Err(StoreError::Busy),
        }
    }

    /// Reads the file, without the keyring.
    ///
    /// # Errors
    ///
    /// [`StoreError::File`] if it cannot be read.
    pub(crate) fn stored(&self) -> Result<Option<StoredSession>, StoreError> {
        self.file.load().map_err(|error| self.error("read", error))
    }

    /// Returns the name of a session's entry in the keyring. It names the profile: two can hold the same pasted token,
    /// and each ends its own entry.
    fn entry(stored: &StoredSession) -> String {
        format!("{}{}", stored.entry(), profile::current().option())
    }

    fn error(&self, verb: &'static str, source: io::Error) -> StoreError {
        StoreError::File { path: self.file.path().to_owned(), verb, source }
    }
}

impl SessionVault for SessionStore {
    fn lock(&self) -> VaultFuture<'_, Box<dyn Any + Send>> {
        Box::pin(async move { Ok(Box::new(self.hold().await?) as Box<dyn Any + Send>) })
    }

    /// Loads off the runtime: the keyring can take a minute.
    fn load(&self) -> VaultFuture<'_, Option<SavedSession>> {
        let store = self.clone();
        Box::pin(async move { Ok(spawn_blocking(move || SessionStore::load(&store)).await??) })
    }

    fn save(&self, session: SavedSession) -> VaultFuture<'_, ()> {
        let store = self.clone();
        Box::pin(async move { Ok(spawn_blocking(move || SessionStore::save(&store, &session)).await??) })
    }
}

fn lock_file(path: &std::path::Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        create_private(directory)?;
    }
    let file = open_own(File::options().create(true).append(true), path)?;
    file.lock()?;
    Ok(file)
}
