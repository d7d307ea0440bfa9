//! Files that outlive the program: JSON, whole at every moment, and readable by their owner alone.

use std::{
    fs,
    io::{self, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::store::profile;

/// A file that holds one value, or is not there.
#[derive(Debug)]
pub struct StateFile<T> {
    directory: PathBuf,
    path: PathBuf,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for StateFile<T> {
    fn clone(&self) -> Self {
        Self { directory: self.directory.clone(), path: self.path.clone(), holds: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> StateFile<T> {
    /// The file of this name among those of the profile.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn locate(name: &str) -> io::Result<Self> {
        let directory = profile::current().state_directory()?;
        Ok(Self { path: directory.join(name), directory, holds: PhantomData })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds, if it is there.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read, or makes no sense.
    pub fn load(&self) -> io::Result<Option<T>> {
        match fs::read(&self.path) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a value in place of the one before; at no moment is there half a file, or one that others can read.
    ///
    /// # Errors
    ///
    /// When the directory or the file cannot be written. What was there before is kept then.
    pub fn save(&self, value: &T) -> io::Result<()> {
        create_private(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Removes it, if it is there.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be removed.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes a directory, if it is not there, and its owner the only one who can look into it.
pub(crate) fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    #[cfg(unix)]
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}
