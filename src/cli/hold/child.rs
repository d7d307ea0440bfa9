//! The command that runs while a state is held. It inherits standard input, output and error.

use std::{ffi::OsString, io, os::unix::process::ExitStatusExt};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{self, Command};

/// The running command. It may outlive this process.
pub struct Child(process::Child);

impl Child {
    /// Starts the command. `None`: there is no command.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if it cannot be started.
    pub fn start(command: &[OsString]) -> io::Result<Option<Self>> {
        let [program, arguments @ ..] = command else { return Ok(None) };
        Command::new(program).args(arguments).spawn().map(|child| Some(Self(child)))
    }

    /// Waits for the command to end. Returns the exit status that a shell would report.
    pub async fn end(&mut self) -> u8 {
        let Ok(status) = self.0.wait().await else { return u8::MAX };
        let status = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        status.and_then(|status| u8::try_from(status).ok()).unwrap_or(u8::MAX)
    }

    /// Passes a signal on to the command.
    pub fn pass(&self, signal: Signal) {
        let pid = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            // This fails if the command has just ended.
            let _ = kill_process(pid, signal);
        }
    }
}
