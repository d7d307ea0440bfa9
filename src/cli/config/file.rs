//! The configuration file: where it is, and what it says.

use std::{fs, io, path::PathBuf};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::Config;
use crate::store::profile;

/// What the file says, or the default.
///
/// # Errors
///
/// When it is not right.
pub fn load() -> Result<Config> {
    Ok(read()?.unwrap_or_default())
}

/// What the file says; `None` if it is not there.
pub(super) fn read() -> Result<Option<Config>> {
    let path = locate()?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(eyre!("{} cannot be read: {error}", path.display())),
    };
    super::parse(&text).map(Some).map_err(|mistake| eyre!("{}, {mistake}", path.display()))
}

/// The file of the profile, or the one that all share where it has none.
pub(super) fn locate() -> Result<PathBuf> {
    let [own, shared] =
        profile::current().config_files().wrap_err("there is no place for a configuration; set HOME")?;
    Ok(if own.exists() { own } else { shared })
}
