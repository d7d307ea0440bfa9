//! `whosin config`: print the default configuration, or check the file.

use color_eyre::eyre::{Result, WrapErr};

use crate::config::{Config, ConfigFile, DEFAULT};

/// Prints the default configuration, every key explained; or says whether the file is right.
///
/// # Errors
///
/// When it is not.
pub fn run(check: bool) -> Result<()> {
    if !check {
        print!("{DEFAULT}");
        return Ok(());
    }
    let file = locate()?;
    match file.load()? {
        Some(_) => println!("{} is fine.", file.path().display()),
        None => println!(
            "There is no {path}; the defaults hold. To begin one: mkdir -p {directory} && whosin config > {path}",
            path = file.path().display(),
            directory = file.path().parent().unwrap_or(file.path()).display(),
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
    Ok(locate()?.load()?.unwrap_or_default())
}

fn locate() -> Result<ConfigFile> {
    ConfigFile::locate().wrap_err("there is no place for a configuration; set HOME")
}
