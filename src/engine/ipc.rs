//! The engine's socket, for front ends in other processes of the same user.

use std::{io, path::PathBuf};

use crate::store::profile;

pub(super) mod connection;
pub mod protocol;
pub(super) mod server;
mod subscribers;

/// Returns the path of the current profile's socket.
fn path() -> io::Result<PathBuf> {
    Ok(profile::current().runtime_directory()?.join("socket"))
}
