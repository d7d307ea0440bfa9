//! The engine's socket: front ends in other processes of the same user hear what happens and ask for things.

use std::{io, path::PathBuf};

use crate::store::profile;

pub(super) mod connection;
pub mod protocol;
pub(super) mod server;
mod subscribers;

/// Where the socket of the current profile is.
fn path() -> io::Result<PathBuf> {
    Ok(profile::current().runtime_directory()?.join("socket"))
}
