//! A tape for VHS (<https://github.com/charmbracelet/vhs>): the demo of the README as a list of keys and waits.

mod command;
mod player;
mod recording;
mod settings;
mod word;

use command::{Command, Place};
pub use recording::still;
use settings::Settings;
use word::words;

/// A tape without a mistake in it, ready to be played.
#[derive(Debug)]
pub struct Tape {
    settings: Settings,
    required: Vec<String>,
    environment: Vec<(String, String)>,
    steps: Vec<Step>,
}

/// What is done after the settings, and where it stands.
#[derive(Debug)]
struct Step {
    line: usize,
    command: Command,
}

impl Tape {
    /// Reads one command per line, and refuses what VHS refuses, what it would silently ignore, and what
    /// [`Tape::play`] cannot do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tape = Self {
            settings: Settings::default(),
            required: Vec::new(),
            environment: Vec::new(),
            steps: Vec::new(),
        };
        let mut begun = false;
        for (line, text) in (1..).zip(text.lines()) {
            let in_line = |mistake: String| format!("line {line}: {mistake}");
            let Some(command) = words(text).and_then(|words| Command::parse(&words)).map_err(in_line)? else {
                continue;
            };
            match command.place() {
                Place::Start if begun => {
                    return Err(in_line("comes too late, VHS would ignore it".to_owned()));
                }
                Place::Start | Place::Anywhere => (),
                Place::Play => begun = true,
            }
            tape.take(line, command).map_err(in_line)?;
        }
        Ok(tape)
    }

    fn take(&mut self, line: usize, command: Command) -> Result<(), String> {
        match command {
            Command::Output => (),
            Command::Require(program) => self.required.push(program),
            Command::Set(name, value) => self.settings.set(&name, &value)?,
            Command::Env(name, value) => self.environment.push((name, value)),
            command => self.steps.push(Step { line, command }),
        }
        Ok(())
    }
}
