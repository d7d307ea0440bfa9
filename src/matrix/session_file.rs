//! Where a session is kept between two starts: one file that only its owner can read.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use matrix_sdk::authentication::matrix::MatrixSession;
use serde::{Deserialize, Serialize};

/// What is kept of a session.
#[derive(Deserialize, Serialize)]
pub struct Kept {
    /// The homeserver's base URL.
    pub homeserver: String,
    /// Whose session it is, and its token.
    #[serde(flatten)]
    pub session: MatrixSession,
}

/// The file.
#[derive(Clone, Debug)]
pub struct SessionFile {
    directory: PathBuf,
    path: PathBuf,
}

impl SessionFile {
    /// The file in `$XDG_STATE_HOME/whosin`, or where the platform keeps such things.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn locate() -> io::Result<Self> {
        let base = etcetera::choose_base_strategy().map_err(io::Error::other)?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        let directory = state.join("whosin");
        Ok(Self { path: directory.join("session.json"), directory })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The kept session, if there is one.
    ///
    /// # Errors
    ///
    /// When there is a file that cannot be read or makes no sense.
    pub fn load(&self) -> io::Result<Option<Kept>> {
        match fs::read(&self.path) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a session in place of the one before; at no moment is there half a file, or one that others can read.
    ///
    /// # Errors
    ///
    /// When the directory or the file cannot be written. The session before is kept then.
    pub fn save(&self, kept: &Kept) -> io::Result<()> {
        create_private(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        serde_json::to_writer_pretty(&mut file, kept)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Removes the kept session, if there is one.
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

fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    #[cfg(unix)]
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}
