//! Whether a shell can continue the program after it stops.

use std::fs;

use rustix::process::{Pid, getpgid, getpgrp, getppid, getsid};

/// Whether the process group is orphaned: no ancestor outside of it is in the same session.
///
/// A terminal emulator that starts the program itself is in another session.
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

/// Returns the parent of a process, as Linux reports it.
fn parent_of(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The name in parentheses may contain anything. State and parent follow it.
    let (_, fields) = stat.rsplit_once(')')?;
    Pid::from_raw(fields.split_whitespace().nth(1)?.parse().ok()?)
}
