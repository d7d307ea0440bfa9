//! The program's process group: whether it has the terminal, and whether a shell can continue it after it stops.

/// Where a process stands among the others. An ID is 0 where that process is in another PID namespace, as the shell
/// outside a container is. [`rustix::process::Pid`] cannot be 0, so its functions fail there.
struct Process {
    parent: i32,
    group: i32,
    session: i32,
    /// The process group that has the terminal, or -1 without a terminal.
    foreground: i32,
}

/// Returns whether the process group may change the terminal's settings. The system stops a group in the background
/// that tries to (SIGTTOU). A terminal that is gone has no foreground group.
#[must_use]
pub(crate) fn is_in_foreground() -> bool {
    Process::current().is_some_and(|process| process.group == process.foreground)
}

/// Returns whether the process group is orphaned: no ancestor outside of it is in the same session.
///
/// A terminal emulator that starts the program itself is in another session.
pub(super) fn is_orphaned() -> bool {
    let Some(current) = Process::current() else { return true };
    let mut parent = current.parent;
    while parent != 0 {
        let Some(process) = Process::read(parent) else { return true };
        if process.group != current.group {
            return process.session != current.session;
        }
        // A script that runs the program without job control is in the same group.
        parent = process.parent;
    }
    // A session of 0 is led from outside the namespace, maybe by a shell. The system does not stop PID 1.
    current.session != 0 || std::process::id() == 1
}

#[cfg(target_os = "linux")]
impl Process {
    fn current() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
    }

    fn read(id: i32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Parses `/proc/PID/stat` (`proc_pid_stat(5)`).
    fn parse(stat: &str) -> Option<Self> {
        // The name in parentheses may contain anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut numbers = fields.split_whitespace().skip(1).map(str::parse::<i32>);
        let mut next = || numbers.next()?.ok();
        let (parent, group, session, _terminal, foreground) = (next()?, next()?, next()?, next()?, next()?);
        Some(Self { parent, group, session, foreground })
    }
}

#[cfg(not(target_os = "linux"))]
impl Process {
    fn current() -> Option<Self> {
        let terminal = std::fs::File::open("/dev/tty").ok();
        let foreground = terminal.and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
        let parent = rustix::process::getppid();
        Some(Self {
            parent: raw(parent),
            foreground: foreground.map_or(-1, |group| raw(Some(group))),
            ..Self::of(None)?
        })
    }

    /// Reads another process, whose parent is not known: 0.
    fn read(id: i32) -> Option<Self> {
        Self::of(Some(rustix::process::Pid::from_raw(id)?))
    }

    fn of(process: Option<rustix::process::Pid>) -> Option<Self> {
        let group = rustix::process::getpgid(process).ok()?;
        let session = rustix::process::getsid(process).ok()?;
        Some(Self { parent: 0, group: raw(Some(group)), session: raw(Some(session)), foreground: -1 })
    }
}

#[cfg(not(target_os = "linux"))]
fn raw(process: Option<rustix::process::Pid>) -> i32 {
    process.map_or(0, |process| process.as_raw_nonzero().get())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_hides_no_field() {
        let process = Process::parse("7 (a) b (c) S 0 7 0 34816 7 4194304 1").unwrap();
        assert_eq!((process.parent, process.group, process.session, process.foreground), (0, 7, 0, 7));
    }
}
