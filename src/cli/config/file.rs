//! The configuration file.

use std::{
    fs, io,
    path::{self, PathBuf},
    sync::OnceLock,
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

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
    text().and_then(|text| text.map(|text| parsed(&text)).transpose())
}

/// Returns the text of the configuration file. `None`: there is none.
pub(super) fn text() -> Result<Option<String>> {
    let path = locate()?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && chosen().is_none() => Ok(None),
        Err(error) => Err(eyre!("cannot read {}: {error}", path.display())),
    }
}

/// Parses the text of the configuration file. A mistake is named with the path.
pub(super) fn parsed(text: &str) -> Result<Config> {
    super::parse(text).or_else(|error| bail!("{}, {error}", locate()?.display()))
}

/// Returns the files of which one can be the configuration file, now or later.
pub(super) fn candidates() -> Result<Vec<PathBuf>> {
    if let Some(file) = chosen() {
        return Ok(vec![file.clone()]);
    }
    let files = profile::current().config_files();
    Ok(files.wrap_err("cannot locate the configuration; set HOME")?.into())
}

/// Returns the path of the named file, or else of the profile's, or of the shared one if the profile has none.
pub(super) fn locate() -> Result<PathBuf> {
    let mut files = candidates()?;
    let found = files.iter().position(|file| file.exists());
    Ok(files.swap_remove(found.unwrap_or(files.len() - 1)))
}
