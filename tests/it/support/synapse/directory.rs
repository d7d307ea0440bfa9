//! The data directory of one Synapse. Its name is the port, which reserves the port as well.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use super::installation::{lock, target};

/// Below the range of ports for outgoing connections, one of which could take the port during a restart.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Removed on drop. The next test process removes what a killed one has left.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    port: u16,
    /// Locked while this process lives. The lock marks the directory as in use.
    _in_use: File,
}

impl Directory {
    pub(super) fn create() -> Result<Self, String> {
        let all = target().join("synapse-data");
        let create = || {
            fs::create_dir_all(&all)?;
            remove_leftovers(&all)?;
            create_in(&all)
        };
        // No other process may see a directory between its creation and its locking.
        let _held = lock(&target().join("synapse-data.lock"))?;
        create().map_err(|error| format!("no data directory in {}: {error}", all.display()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // The next run tries again.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn create_in(all: &Path) -> io::Result<Directory> {
    loop {
        let port = fastrand::u16(PORTS);
        let path = all.join(port.to_string());
        if path.exists() || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            continue;
        }
        fs::create_dir(&path)?;
        let in_use = File::create(path.join("in-use.lock"))?;
        in_use.lock()?;
        return Ok(Directory { path, port, _in_use: in_use });
    }
}

fn remove_leftovers(all: &Path) -> io::Result<()> {
    for entry in fs::read_dir(all)? {
        let path = entry?.path();
        let abandoned = match File::open(path.join("in-use.lock")) {
            Ok(file) => file.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if abandoned {
            // Its owner may be removing it at this moment.
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}
