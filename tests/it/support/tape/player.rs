//! Plays a tape in bash, in a terminal as large as VHS would make it, and as fast as its waits allow.

use std::{env, path::Path, thread, time::Duration};

use regex::Regex;
use vt100::Screen;

use super::{
    Tape,
    command::{Command, Scope, Wait},
    recording::Recording,
};
use crate::support::terminal::{Program, Terminal, text};

/// How long a recording waits for a whole picture.
const SETTLED: Duration = Duration::from_millis(500);

impl Tape {
    /// Fails at the line where a wait is in vain, or as soon as the shell does not know a command, which VHS
    /// would not mind. Programs in `directory` come before those in the `PATH`. The limits of the tape are those of a
    /// quiet machine: a wait may take `at_least`, if that is longer. Returns what those who watch would see.
    #[track_caller]
    pub fn play(&self, directory: &Path, at_least: Duration) -> Recording {
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([directory.to_owned()].into_iter().chain(env::split_paths(&path)));
        let path = path.expect("a directory that can stand in a PATH");
        for program in &self.required {
            let found = env::split_paths(&path).any(|directory| directory.join(program).is_file());
            assert!(found, "the tape requires {program}, which is not installed");
        }
        let terminal = self.shell(path.to_str().expect("a PATH of text"));
        let mut clipboard = "";
        let mut recording = Recording::new(&terminal.screen());
        for step in &self.steps {
            match &step.command {
                Command::Press { key, times } => (0..*times).for_each(|_| terminal.press(key.clone())),
                Command::Copy(text) => clipboard = text,
                Command::Paste => terminal.paste(clipboard),
                Command::Wait(wait) => {
                    self.wait(&terminal, wait, at_least, step.line);
                    if env::var_os("WHOSIN_RECORD").is_some() {
                        // The rest of a picture of which a part has come. A test needs no more than that part.
                        thread::sleep(SETTLED);
                    }
                    recording.show(&terminal.screen());
                }
                Command::Sleep(pause) => recording.pass(*pause),
                _ => (),
            }
        }
        recording
    }

    #[track_caller]
    fn shell(&self, path: &str) -> Terminal {
        let bash = Program::new("bash").args(["--noprofile", "--norc"]).env("PS1", "> ").env("PATH", path);
        let bash = self.environment.iter().fold(bash, |bash, (name, value)| bash.env(name, value));
        let (rows, cols) = self.settings.size().unwrap_or_else(|mistake| panic!("{mistake}"));
        let terminal = Terminal::start(&bash, rows, cols);
        terminal.wait_for(">");
        terminal
    }

    #[track_caller]
    fn wait(&self, terminal: &Terminal, wait: &Wait, at_least: Duration, line: usize) {
        let pattern = wait.pattern.as_ref().unwrap_or(&self.settings.wait_pattern);
        let limit = wait.limit.unwrap_or(self.settings.wait_timeout).max(at_least);
        let unknown = |screen: &Screen| text(screen).contains("command not found");
        let what = format!("line {line} of the tape, {:?} /{pattern}/", wait.scope);
        let screen =
            terminal.wait_within(limit, &what, |screen| unknown(screen) || wait.scope.shows(pattern, screen));
        assert!(!unknown(&screen), "before line {line} of the tape:\n{}", text(&screen));
    }
}

impl Scope {
    fn shows(self, pattern: &Regex, screen: &Screen) -> bool {
        let text = text(screen);
        match self {
            Self::Screen => pattern.is_match(&text),
            Self::Line => {
                let row = usize::from(screen.cursor_position().0);
                text.lines().nth(row).is_some_and(|line| pattern.is_match(line))
            }
        }
    }
}
