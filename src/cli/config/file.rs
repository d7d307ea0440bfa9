//! The configuration file.

use std::{fs, io, path::PathBuf};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::Config;
use crate::store::profile;

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
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(eyre!("cannot read {}: {error}", path.display())),
    };
    super::parse(&text).map(Some).map_err(|error| eyre!("{}, {error}", path.display()))
}

/// Returns the path of the profile's file, or of the shared one if the profile has none.
pub(super) fn locate() -> Result<PathBuf> {
    let [own, shared] =
        profile::current().config_files().wrap_err("cannot locate the configuration; set HOME")?;
    Ok(if own.exists() { own } else { shared })
}
