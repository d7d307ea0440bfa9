//! Who is the first of a profile: the one that sets the own presence, and that commands talk to.

use std::{
    fs::{File, TryLockError},
    io, thread,
};

use tokio::sync::oneshot;

use crate::store::{profile, state_file::create_private};

/// The right to be the first. It ends with the process that has it, however that ends.
pub struct Claim {
    _lock: File,
}

impl Claim {
    /// Takes it, unless somebody has it.
    ///
    /// # Errors
    ///
    /// When the file cannot be made that the lock is on.
    pub fn take() -> io::Result<Option<Self>> {
        let file = file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes it when whoever has it ends. The thread that waits for it costs nothing, and ends with the program.
    #[must_use]
    pub fn wait() -> oneshot::Receiver<Self> {
        let (tell, free) = oneshot::channel();
        thread::spawn(move || {
            if let Ok(file) = file()
                && file.lock().is_ok()
            {
                let _ = tell.send(Self { _lock: file });
            }
        });
        free
    }
}

fn file() -> io::Result<File> {
    let directory = profile::current().state_directory()?;
    create_private(&directory)?;
    File::options().create(true).append(true).open(directory.join("lock"))
}
