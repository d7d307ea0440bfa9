//! `whosin` as a process with pipes instead of a terminal, in a home of its own.

use std::{
    fs,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::scene::WHOSIN;

/// Where a program finds its configuration and its session, and nothing of the surroundings of the tests but `PATH`.
pub struct Home(TempDir);

/// How a process ended, and what it wrote.
#[derive(Debug)]
#[must_use]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// An empty one: nobody is signed in.
    pub fn new() -> Self {
        Self(TempDir::with_prefix("whosin-home-").expect("a directory for the home"))
    }

    /// With a configuration.
    pub fn configured(self, toml: &str) -> Self {
        self.write("whosin/config.toml", toml);
        self
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a directory in the home");
        fs::write(path, text).expect("a file in the home");
    }

    /// The program, to be started with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(WHOSIN);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, self.0.path());
        }
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ended {
        let output = self.command(args).output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Ended {
            code: output.status.code().expect("no signal ends it"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
