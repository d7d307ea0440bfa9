//! A command with its arguments, its environment and its home.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::Path,
    process::{self, Stdio},
    sync::Arc,
};

use pty_process::blocking::Command;
use tempfile::TempDir;

/// Of the environment of the tests it gets only `PATH`. Copies share one home, as two starts by the
/// same person do. The last copy removes the home.
#[derive(Clone, Debug)]
pub struct Program {
    name: String,
    args: Vec<String>,
    environment: BTreeMap<String, OsString>,
    home: Arc<TempDir>,
}

impl Program {
    /// A program by its path or its name, in a new and empty home.
    pub fn new(program: &str) -> Self {
        let home = TempDir::with_prefix("whosin-home-").expect("a directory for the home");
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default()),
            ("HOME".to_owned(), home.path().into()),
            ("TERM".to_owned(), "xterm-256color".into()),
            ("COLORTERM".to_owned(), "truecolor".into()),
            ("LANG".to_owned(), "C.UTF-8".into()),
        ]);
        for (name, directory) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_RUNTIME_DIR", ".run"),
        ] {
            environment.insert(name.to_owned(), home.path().join(directory).into());
        }
        Self { name: program.to_owned(), args: Vec::new(), environment, home: Arc::new(home) }
    }

    #[must_use]
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    /// A shell script in the same home and environment.
    #[must_use]
    pub fn shell(mut self, script: &str) -> Self {
        "bash".clone_into(&mut self.name);
        self.args = ["--norc", "-c", script].map(str::to_owned).to_vec();
        self
    }

    /// Another program in the same home and environment.
    #[must_use]
    pub fn other(self, program: &str) -> Self {
        Self { name: program.to_owned(), args: Vec::new(), ..self }
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The same program without a terminal.
    pub fn with_pipes(&self) -> process::Command {
        let mut command = process::Command::new(&self.name);
        command.args(&self.args).current_dir(self.home()).env_clear().envs(&self.environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(super) fn command(&self) -> Command {
        let command = Command::new(&self.name).args(&self.args).current_dir(self.home());
        command.env_clear().envs(&self.environment)
    }
}
