//! `whosin` as a process with pipes instead of a terminal, in a home of its own.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::json;
use tempfile::TempDir;
use whosin::demo::Demo;

use crate::support::{
    guest::sign_in,
    scene::WHOSIN,
    synapse::User,
    terminal::{Program, Terminal},
};

/// The variables that say where things are kept.
const DIRECTORIES: [&str; 4] = ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];

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
        self.configured_as("config", toml)
    }

    /// With one in a file of that name.
    pub fn configured_as(self, name: &str, toml: &str) -> Self {
        self.write(&format!("whosin/{name}.toml"), toml);
        self
    }

    /// With the session that a user of a test Synapse has.
    pub fn of(server: &str, user: &User) -> Self {
        let home = Self::new();
        let session = json!({
            "homeserver": server, "user_id": user.id, "device_id": user.device_id, "access_token": user.token,
        });
        home.write("whosin/session.json", &session.to_string());
        home
    }

    /// With a new session on a demo homeserver.
    pub async fn at(demo: &Demo) -> Self {
        let home = Self::new();
        let session = sign_in(demo).await.expect("the demo lets everybody in").kept().expect("it is kept");
        home.write("whosin/session.json", &serde_json::to_string(&session).expect("a session is JSON"));
        home
    }

    /// Writes a file, and returns where it is.
    pub fn write(&self, path: &str, text: &str) -> String {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a directory in the home");
        fs::write(&path, text).expect("a file in the home");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// The program, to be started with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(WHOSIN);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        command.envs(DIRECTORIES.map(|name| (name, self.0.path())));
        command
    }

    /// The program in a terminal of 24 rows and 100 columns, with more of an environment.
    pub fn open(&self, args: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let home = self.0.path().to_str().expect("a path in UTF-8");
        let mut program = Program::new(WHOSIN).args(args.iter().copied());
        for (name, value) in DIRECTORIES.map(|name| (name, home)).iter().chain(environment) {
            program = program.env(name, value);
        }
        Terminal::start(&program, 24, 100)
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
