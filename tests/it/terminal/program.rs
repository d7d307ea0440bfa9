//! What runs in a terminal: a command, and the home it finds its configuration in.

use std::{path::Path, sync::Arc};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

/// Nothing of the surroundings of the tests reaches it but `PATH`; copies share one home, as two starts by the
/// same person do, and it goes with the last of them.
#[derive(Clone, Debug)]
pub struct Program {
    command: CommandBuilder,
    home: Arc<TempDir>,
}

impl Program {
    /// A program by its path or its name, in a new and empty home.
    pub fn new(program: &str) -> Self {
        let home = TempDir::with_prefix("whosin-home-").expect("a directory for the home");
        let mut command = CommandBuilder::new(program);
        command.cwd(home.path());
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home.path());
        for (name, directory) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_CACHE_HOME", ".cache"),
        ] {
            command.env(name, home.path().join(directory));
        }
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LANG", "C.UTF-8");
        Self { command, home: Arc::new(home) }
    }

    #[must_use]
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(args);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn command(&self) -> CommandBuilder {
        self.command.clone()
    }
}
