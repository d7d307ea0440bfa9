//! Whether a shell is there that could continue the program once it stops.

use std::fs;

use rustix::process::{Pid, getpgid, getpgrp, getppid, getsid};

/// Whether nobody controls the process group: no ancestor outside of it is in the same session.
///
/// POSIX calls such a group orphaned. A terminal emulator that starts the program itself is in another session.
pub(super) fn is_orphaned() -> bool {
    let Ok(session) = getsid(None) else { return true };
    let group = getpgrp();
    let mut parent = getppid();
    while let Some(process) = parent {
        if getpgid(Some(process)) != Ok(group) {
            return getsid(Some(process)) != Ok(session);
        }
        // A script that runs the program without job control is in the same group.
        parent = parent_of(process);
    }
    true
}

/// The parent of another process, as Linux tells it.
fn parent_of(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The name, in parentheses, may contain anything. The state and the parent follow it.
    let (_, fields) = stat.rsplit_once(')')?;
    Pid::from_raw(fields.split_whitespace().nth(1)?.parse().ok()?)
}
