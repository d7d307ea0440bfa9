//! `whosin config`: print the default configuration, or check the file.

use std::{fs, io, path::PathBuf};

use color_eyre::eyre::{Result, WrapErr, eyre};

use crate::{
    cli::config::{self, Config},
    store::profile,
};

/// Prints the default configuration, every key explained; or says whether the file is right.
///
/// # Errors
///
/// When it is not.
pub fn run(check: bool) -> Result<()> {
    if !check {
        print!("{}", config::printed());
        return Ok(());
    }
    let path = locate()?;
    let directory = path.parent().unwrap_or(&path).display();
    match read()? {
        Some(_) => println!("{} is fine.", path.display()),
        None => println!(
            "There is no {path}; the defaults hold. To begin one: mkdir -p {directory} && whosin config > {path}",
            path = path.display(),
        ),
    }
    Ok(())
}

/// What the file says, or the default.
///
/// # Errors
///
/// When it is not right.
pub fn load() -> Result<Config> {
    Ok(read()?.unwrap_or_default())
}

/// What the file says; `None` if it is not there.
fn read() -> Result<Option<Config>> {
    let path = locate()?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(eyre!("{} cannot be read: {error}", path.display())),
    };
    config::parse(&text).map(Some).map_err(|mistake| eyre!("{}, {mistake}", path.display()))
}

/// The file of the profile, or the one that all share where it has none.
fn locate() -> Result<PathBuf> {
    let [own, shared] =
        profile::current().config_files().wrap_err("there is no place for a configuration; set HOME")?;
    Ok(if own.exists() { own } else { shared })
}
