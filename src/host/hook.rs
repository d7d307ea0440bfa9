//! Runs the program that the configuration names for changes: a few at a time, each for a short time.

use std::{collections::VecDeque, io, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    task::JoinSet,
    time::timeout,
};

/// How many may run at a time.
const RUNNING: usize = 4;
/// How many changes may wait for their turn; the oldest is given up for the newest.
const WAITING: usize = 100;
/// How long one may run, as a rule.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The program, with what it is still to be told.
pub struct Hook {
    /// The program and its arguments; empty where nothing is to be run.
    command: Vec<String>,
    limit: Duration,
    waiting: VecDeque<String>,
    running: JoinSet<io::Result<()>>,
    /// Whether the person knows that it does not start.
    failed: bool,
}

impl Hook {
    /// For a program and its arguments, each run of which ends after a time; for none, nothing is run.
    #[must_use]
    pub fn new(command: Vec<String>, limit: Duration) -> Self {
        Self { command, limit, waiting: VecDeque::new(), running: JoinSet::new(), failed: false }
    }

    /// Whether there is a program to run.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.command.is_empty()
    }

    /// Runs the program with a line on its standard input, when its turn comes.
    pub fn run(&mut self, line: String) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
            tracing::warn!("on_change is not told of a change: {WAITING} are waiting already");
        }
        self.waiting.push_back(line);
        self.start();
    }

    /// A sentence for the person, the first time that the program cannot be started.
    pub async fn trouble(&mut self) -> String {
        loop {
            let Some(ended) = self.running.join_next().await else { return std::future::pending().await };
            self.start();
            if let Ok(Err(error)) = ended {
                tracing::warn!(%error, "on_change cannot be started");
                if !std::mem::replace(&mut self.failed, true) {
                    let program = self.command.first().map(String::as_str).unwrap_or_default();
                    return format!("on_change: {program} cannot be started: {error}.");
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

/// Runs a program to its end, or to the end of its time.
///
/// # Errors
///
/// When it cannot be started.
async fn run(mut command: Command, line: String, limit: Duration) -> io::Result<()> {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"WHOSIN_") {
            command.env_remove(name);
        }
    }
    // In a group of its own, which neither Ctrl-C nor Ctrl-Z reaches and which can be ended as a whole.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let group = Group::of(&child);
    let Ok(ended) = timeout(limit, tell(&mut child, line)).await else {
        tracing::warn!("on_change takes longer than {} s and is ended", limit.as_secs());
        return Ok(());
    };
    group.leave();
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::warn!(%status, "on_change failed"),
        Err(error) => tracing::warn!(%error, "on_change is lost"),
    }
    Ok(())
}

async fn tell(child: &mut Child, line: String) -> io::Result<std::process::ExitStatus> {
    if let Some(mut input) = child.stdin.take() {
        // Who does not want to know need not read.
        let _ = input.write_all(format!("{line}\n").as_bytes()).await;
    }
    child.wait().await
}

/// The processes of a hook that has not ended. Dropping it ends them.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// What a hook has started and left behind when it ended may go on.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
