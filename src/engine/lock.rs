//! The lock file that decides which process of a profile runs the engine, and says where that process listens.

use std::{
    ffi::OsString,
    fs::{File, TryLockError},
    io::{self, Read, Write},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use crate::store::{
    profile,
    state_file::{create_private, open_own},
};

/// The lock of the primary instance. The system releases it when the process ends, even after a crash.
pub(super) struct InstanceLock {
    file: File,
}

/// The name of the file.
const NAME: &str = "lock";
/// The longest path of a socket, and more.
const LONGEST_PATH: u64 = 1_024;

impl InstanceLock {
    /// Acquires the lock of the current profile. `None`: another process has it.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file cannot be created or locked.
    pub(super) fn acquire() -> io::Result<Option<Self>> {
        let directory = profile::current().state_directory()?;
        create_private(&directory)?;
        let file = open_own(File::options().create(true).append(true), &directory.join(NAME))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Notes where this process listens. A job of cron has no runtime directory, and would look elsewhere.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file cannot be written.
    pub(super) fn note(&mut self, socket: &Path) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all(socket.as_os_str().as_bytes())
    }

    /// Returns where the primary instance has listened last. `None`: it has not noted it.
    pub(super) fn noted() -> Option<PathBuf> {
        let path = profile::current().state_directory().ok()?.join(NAME);
        let mut noted = Vec::new();
        open_own(File::options().read(true), &path).ok()?.take(LONGEST_PATH).read_to_end(&mut noted).ok()?;
        (!noted.is_empty()).then(|| OsString::from_vec(noted).into())
    }
}
