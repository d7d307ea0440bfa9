//! The `on_change` hook: runs the configured program for each change, within limits.

use std::{collections::VecDeque, io, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    task::JoinSet,
    time::timeout,
};

use super::service;

/// The most runs at the same time.
const RUNNING: usize = 4;
/// The most changes that wait for a run. Another one replaces the oldest.
const WAITING: usize = 100;
/// The time limit of a run, unless a test chooses another.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A program to run for each change, and the changes that still wait for a run.
pub struct Hook {
    /// The program and its arguments. Empty: no hook.
    command: Vec<String>,
    limit: Duration,
    waiting: VecDeque<String>,
    running: JoinSet<io::Result<()>>,
    /// Whether the person has been told that the program cannot be started.
    failed: bool,
}

impl Hook {
    /// Creates a hook for a program and its arguments. An empty command runs nothing.
    #[must_use]
    pub fn new(command: Vec<String>, limit: Duration) -> Self {
        Self { command, limit, waiting: VecDeque::new(), running: JoinSet::new(), failed: false }
    }

    /// Returns whether a program is configured.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.command.is_empty()
    }

    /// Runs the program with a line on its standard input, as soon as the limits allow.
    pub fn run(&mut self, line: String) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
            tracing::warn!("on_change: dropped the oldest change, because {WAITING} wait");
        }
        self.waiting.push_back(line);
        self.start();
    }

    /// Waits for the first failure to start the program. Returns a sentence for the person.
    pub async fn problem(&mut self) -> String {
        loop {
            let Some(ended) = self.running.join_next().await else { return std::future::pending().await };
            self.start();
            if let Ok(Err(error)) = ended {
                tracing::warn!(%error, "cannot start on_change");
                if !std::mem::replace(&mut self.failed, true) {
                    let program = self.command.first().map(String::as_str).unwrap_or_default();
                    return format!("on_change: cannot start {program}: {error}.");
                }
            }
        }
    }

    fn start(&mut self) {
        let Some((program, args)) = self.command.split_first() else { return };
        while self.running.len() < RUNNING
            && let Some(line) = self.waiting.pop_front()
        {
            let mut command = Command::new(program);
            command.args(args);
            self.running.spawn(run(command, line, self.limit));
        }
    }
}

/// Runs a program until it ends or its time is over.
///
/// # Errors
///
/// [`io::Error`] if the program cannot be started.
async fn run(mut command: Command, line: String, limit: Duration) -> io::Result<()> {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"WHOSIN_") || name == service::SOCKET {
            command.env_remove(name);
        }
    }
    // A process group of its own: Ctrl-C and Ctrl-Z do not reach it, and one signal kills all of it.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let group = Group::of(&child);
    let Ok(ended) = timeout(limit, tell(&mut child, line)).await else {
        tracing::warn!("on_change ran for {} s and is killed", limit.as_secs());
        return Ok(());
    };
    group.leave();
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::warn!(%status, "on_change failed"),
        Err(error) => tracing::warn!(%error, "cannot wait for on_change"),
    }
    Ok(())
}

async fn tell(child: &mut Child, line: String) -> io::Result<std::process::ExitStatus> {
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read its input is not an error.
        let _ = input.write_all(format!("{line}\n").as_bytes()).await;
    }
    child.wait().await
}

/// The process group of a run. Dropping it kills the group.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Lets processes live on that the program started and left behind.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // This fails if the group has just ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
