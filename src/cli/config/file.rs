//! The configuration file.

use std::{
    fs, io,
    path::{self, PathBuf},
    sync::OnceLock,
};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::Config;
use crate::store::profile;

/// The variable with the path of the configuration file, for processes that this one starts too.
pub const VARIABLE: &str = "WHOSIN_CONFIG";

/// The file that the person has named for this process.
static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// Sets the configuration file of this process. Call it once, before it is read. An empty path chooses nothing.
///
/// # Errors
///
/// [`io::Error`] if there is no current directory for a relative path.
pub fn choose(file: PathBuf) -> io::Result<()> {
    if !file.as_os_str().is_empty() {
        // An errand runs in another directory.
        let _ = CHOSEN.set(path::absolute(file)?);
    }
    Ok(())
}

/// Returns the file that the person has named.
pub(in crate::cli) fn chosen() -> Option<&'static PathBuf> {
    CHOSEN.get()
}

/// Reads the configuration file. Without one, returns the default.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake.
pub fn load() -> Result<Config> {
    Ok(read()?.unwrap_or_default())
}

/// Reads the configuration file. `None`: there is none.
pub(super) fn read() -> Result<Option<Config>> {
    let path = locate()?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && chosen().is_none() => return Ok(None),
        Err(error) => return Err(eyre!("cannot read {}: {error}", path.display())),
    };
    super::parse(&text).map(Some).map_err(|error| eyre!("{}, {error}", path.display()))
}

/// Returns the path of the named file, or else of the profile's, or of the shared one if the profile has none.
pub(super) fn locate() -> Result<PathBuf> {
    if let Some(file) = chosen() {
        return Ok(file.clone());
    }
    let [own, shared] =
        profile::current().config_files().wrap_err("cannot locate the configuration; set HOME")?;
    Ok(if own.exists() { own } else { shared })
}
