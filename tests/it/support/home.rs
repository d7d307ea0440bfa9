//! `whosin` in a home of its own, as a process with pipes or in a pseudo-terminal.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::json;

use super::{
    synapse::User,
    terminal::{Program, Terminal},
};

/// The path of the program. `WHOSIN_PROGRAM` names another build of it, such as that of a package.
pub static WHOSIN: LazyLock<String> = LazyLock::new(|| {
    let Some(other) = env::var_os("WHOSIN_PROGRAM") else { return env!("CARGO_BIN_EXE_whosin").to_owned() };
    let program = fs::canonicalize(other).expect("WHOSIN_PROGRAM is a file");
    program.into_os_string().into_string().expect("its path is UTF-8")
});

/// The home of a user of the program. Copies share the directory.
#[derive(Clone)]
pub struct Home(Program);

/// How a process ended, and what it wrote.
#[derive(Debug)]
#[must_use]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// An empty home: nobody is signed in.
    pub fn new() -> Self {
        Self(Program::new(&WHOSIN))
    }

    /// Writes the configuration.
    pub fn configured(self, toml: &str) -> Self {
        self.configured_as("config", toml)
    }

    /// Writes the configuration of a profile.
    pub fn configured_as(self, name: &str, toml: &str) -> Self {
        self.write(&format!(".config/whosin/{name}.toml"), toml);
        self
    }

    /// A home with the session that a user of a test Synapse has.
    pub fn of(server: &str, user: &User) -> Self {
        let session = json!({
            "homeserver": server, "user_id": user.id, "device_id": user.device_id, "access_token": user.token,
        });
        Self::new().with_session(&session.to_string())
    }

    /// A home in which `whosin login` has signed in.
    pub fn signed_in(server: &str, user: &str, password: &str) -> Self {
        let home = Self::new();
        let args = ["login", "--homeserver", server, "--user", user, "--password-stdin"];
        let login = home.run_with_input(&args, password);
        assert_eq!(login.code, 0, "{login:?}");
        home
    }

    /// Writes a session file.
    pub fn with_session(self, session: &str) -> Self {
        self.write(".local/state/whosin/session.json", session);
        self
    }

    /// Removes `XDG_RUNTIME_DIR`. The socket is then beside the state.
    #[must_use]
    pub fn without_runtime_directory(self) -> Self {
        Self(self.0.without("XDG_RUNTIME_DIR"))
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.env(name, value))
    }

    /// A command that starts another program in this home.
    pub fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let ours = self.command(&[]);
        command.current_dir(self.path()).env_clear();
        command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    pub fn path(&self) -> &Path {
        self.0.home()
    }

    /// Where `whosin` keeps its state.
    pub fn state(&self, file: &str) -> PathBuf {
        self.path().join(".local/state/whosin").join(file)
    }

    /// Writes a file, and returns where it is.
    pub fn write(&self, path: &str, text: &str) -> String {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a directory in the home");
        fs::write(&path, text).expect("a file in the home");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// A command that starts the program with pipes and these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        self.0.clone().args(args.iter().copied()).with_pipes()
    }

    /// Starts the program in a terminal of 24 rows and 100 columns, with more environment variables.
    pub fn open(&self, args: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let program = self.0.clone().args(args.iter().copied());
        let program = environment.iter().fold(program, |program, (name, value)| program.env(name, value));
        Terminal::start(&program, 24, 100)
    }

    /// Runs a shell script in a terminal of 24 rows and 100 columns, in which `whosin` is the program.
    pub fn open_shell(&self, script: &str) -> Terminal {
        let program = self.0.clone().shell(&script.replace("whosin", &WHOSIN));
        Terminal::start(&program, 24, 100)
    }

    /// Starts another program in a terminal in this home. It finds `whosin`.
    pub fn open_other(&self, program: &str, args: &[&str]) -> Terminal {
        let program =
            self.0.clone().other(program).args(args.iter().copied()).env("PATH", &path_with_whosin());
        Terminal::start(&program, 24, 100)
    }

    /// A command that runs a shell script with pipes, in which `whosin` is the program.
    pub fn shell(&self, script: &str) -> Command {
        self.0.clone().shell(&script.replace("whosin", &WHOSIN)).with_pipes()
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.run_with_input(args, "")
    }

    /// Runs the program to its end with this standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ended {
        let mut program = self.command(args).stdin(Stdio::piped()).spawn().expect("the program runs");
        let mut stdin = program.stdin.take().expect("its input is piped");
        // The program need not read it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = program.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Ended {
            code: output.status.code().expect("no signal ends it"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The search path with the directory of the built program before the others.
pub fn path_with_whosin() -> String {
    let directory = Path::new(WHOSIN.as_str()).parent().expect("it is in a directory");
    format!("{}:{}", directory.display(), env::var("PATH").unwrap_or_default())
}
