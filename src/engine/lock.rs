//! Which process of a profile has the engine: the one that holds a lock on a file.

use std::{
    fs::{File, TryLockError},
    io,
};

use crate::store::{profile, state_file::create_private};

/// The lock of the primary process. It ends with the process, however that ends.
pub(super) struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Acquires the lock of the current profile; `None` if another process has it.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file cannot be created or locked.
    pub(super) fn acquire() -> io::Result<Option<Self>> {
        let directory = profile::current().state_directory()?;
        create_private(&directory)?;
        let file = File::options().create(true).append(true).open(directory.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
