//! The lock file that decides which process of a profile runs the engine.

use std::{
    fs::{File, TryLockError},
    io,
};

use crate::store::{
    profile,
    state_file::{create_private, open_own},
};

/// The lock of the primary instance. The system releases it when the process ends, even after a crash.
pub(super) struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Acquires the lock of the current profile. `None`: another process has it.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file cannot be created or locked.
    pub(super) fn acquire() -> io::Result<Option<Self>> {
        let directory = profile::current().state_directory()?;
        create_private(&directory)?;
        let file = open_own(File::options().create(true).append(true), &directory.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
