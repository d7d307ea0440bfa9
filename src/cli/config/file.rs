//! The configuration file.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::{self, Path, PathBuf},
    sync::OnceLock,
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
};

use super::Config;
use crate::store::profile;

/// The variable with the path of the configuration file, for processes that this one starts too.
pub(crate) const VARIABLE: &str = "WHOSIN_CONFIG";

/// The longest configuration that is read.
const LONGEST: u64 = 16 * 1024 * 1024;
/// How long the other end of a pipe may be silent.
const PATIENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// What a pipe has said, as of `--config <(pass show whosin)`. It says it once.
static PIPED: OnceLock<String> = OnceLock::new();

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
    match text_of(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && chosen().is_none() => Ok(None),
        Err(error) => Err(eyre!("cannot read {}: {error}", path.display())),
    }
}

/// Returns the text of a file of configuration. Whatever the file is, it neither fills the memory nor stops the
/// program.
pub(super) fn text_of(path: &Path) -> io::Result<String> {
    if let Some(text) = PIPED.get() {
        return Ok(text.clone());
    }
    let mut file =
        File::options().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    let kind = file.metadata()?.file_type();
    let text = String::from_utf8(read_all(&mut file)?).map_err(io::Error::other)?;
    if kind.is_fifo() {
        let _ = PIPED.set(text.clone());
    }
    Ok(text)
}

fn read_all(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut polled = [PollFd::new(file, PollFlags::IN)];
        if poll(&mut polled, Some(&PATIENCE))? == 0 {
            return Err(io::Error::other("nothing writes to this pipe"));
        }
        let left = LONGEST + 1 - bytes.len() as u64;
        match file.take(left).read_to_end(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
            Ok(_) if bytes.len() as u64 > LONGEST => {
                return Err(io::Error::other(format!("longer than {} MB", LONGEST >> 20)));
            }
            Ok(_) => return Ok(bytes),
        }
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
