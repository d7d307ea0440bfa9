//! The engine's socket, for front ends in other processes of the same user.

use std::{
    fs, io,
    os::unix::{fs::MetadataExt, net::SocketAddr},
    path::{Path, PathBuf},
};

use crate::store::profile;

pub(super) mod connection;
pub mod protocol;
pub(super) mod server;
mod subscribers;

/// Returns the path of the current profile's socket: in the runtime directory, or beside the state if that is not fit.
///
/// # Errors
///
/// [`io::Error`] if no directory is fit.
fn path() -> io::Result<PathBuf> {
    let profile = profile::current();
    let places = [profile.runtime_directory()?, profile.state_directory()?];
    let unfit = || {
        io::Error::other(
            "no directory is fit for the socket: its path is too long, or others can write to it",
        )
    };
    places
        .into_iter()
        .filter(|place| is_private(place))
        .map(|place| place.join("socket"))
        .find(is_short)
        .ok_or_else(unfit)
}

/// Whether a socket can have this path.
fn is_short(path: &PathBuf) -> bool {
    SocketAddr::from_pathname(path).is_ok()
}

/// Whether a directory belongs to this user alone, or is made in one that does.
fn is_private(directory: &Path) -> bool {
    let existing = directory.ancestors().find_map(|directory| fs::metadata(directory).ok());
    let me = rustix::process::geteuid().as_raw();
    existing.is_some_and(|existing| existing.is_dir() && existing.uid() == me && existing.mode() & 0o022 == 0)
}
