//! The file of the configuration: where it is, and what is wrong with it, by line.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use super::Config;

/// The default configuration with every key explained; a valid file itself.
pub const DEFAULT: &str = include_str!("../../assets/config.toml");

/// The file, which need not be there.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
}

/// What is wrong with a file.
#[derive(Debug)]
pub struct Mistake {
    path: PathBuf,
    /// The line, counted from one; `None` where the file cannot even be read.
    line: Option<usize>,
    what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.line {
            Some(line) => write!(f, "{path}, line {line}: {}", self.what),
            None => write!(f, "{path} cannot be read: {}", self.what),
        }
    }
}

impl std::error::Error for Mistake {}

impl ConfigFile {
    /// The file in `$XDG_CONFIG_HOME/whosin`, or where the platform keeps such things.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn locate() -> io::Result<Self> {
        let base = etcetera::choose_base_strategy().map_err(io::Error::other)?;
        Ok(Self { path: base.config_dir().join("whosin").join("config.toml") })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or makes no sense.
    pub fn load(&self) -> Result<Option<Config>, Mistake> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Mistake { path: self.path.clone(), line: None, what: error.to_string() });
            }
        };
        let mistake = |(line, what)| Mistake { path: self.path.clone(), line: Some(line), what };
        parse(&text).map(Some).map_err(mistake)
    }
}

/// Reads a configuration; a mistake comes with its line.
fn parse(text: &str) -> Result<Config, (usize, String)> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..start].matches('\n').count() + 1;
        (line, explain(error.message()))
    })
}

/// The parser's words, with the near key where one is unknown.
fn explain(message: &str) -> String {
    if let Some((value, rest)) = message.strip_prefix("unknown variant `").and_then(|it| it.split_once("`, "))
    {
        return format!("\"{value}\" is not possible; {}", rest.replace('`', "\""));
    }
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let Some((key, rest)) = unknown else { return message.to_owned() };
    let known = rest.split('`').skip(1).step_by(2);
    let near = known.map(|known| (strsim::damerau_levenshtein(key, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 3 => format!("there is no key {key}; did you mean {known}?"),
        _ => format!("there is no key {key}; `whosin config` prints all of them"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::config::{OnQuit, Start};

    #[test]
    fn the_printed_default_is_the_default_with_and_without_its_marks() {
        assert_eq!(parse(DEFAULT), Ok(Config::default()));
        let unmarked: Vec<&str> =
            DEFAULT.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
        let keys = unmarked.iter().filter(|line| line.contains(" = ") && !line.starts_with(' '));
        let keys: Vec<&str> = keys.copied().collect();
        assert_eq!(keys.len(), 5, "each key is there: {keys:?}");
        assert_eq!(parse(&keys.join("\n")), Ok(Config::default()));
    }

    #[test]
    fn each_key_is_read() {
        let text = "start = \"away\"\non_quit = \"keep\"\nidle_after = \"90s\"\nbusy_in_calls = false\nwatch_only = true";
        let config = Config {
            start: Start::Unavailable,
            on_quit: OnQuit::Keep,
            idle_after: Some(SignedDuration::from_secs(90)),
            busy_in_calls: false,
            watch_only: true,
        };
        assert_eq!(parse(text), Ok(config));
        assert_eq!(parse("idle_after = \"off\"").unwrap().idle_after, None);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_would_be_right() {
        let table = [
            ("\nidle_aftr = \"10m\"", 2, "there is no key idle_aftr; did you mean idle_after?"),
            ("colour = 1", 1, "there is no key colour; `whosin config` prints all of them"),
            ("start = \"onlin\"", 1, "\"onlin\" is not possible; expected one of \"online\", \"keep\""),
            ("watch_only = 1", 1, "expected a boolean"),
            ("idle_after = \"0s\"", 1, "expected a length such as \"10m\""),
            ("idle_after = \"soon\"", 1, "expected a length such as \"10m\""),
            ("# fine\nstart = ", 2, "value"),
        ];
        for (text, line, what) in table {
            let (at, said) = parse(text).unwrap_err();
            assert_eq!(at, line, "{text}: {said}");
            assert!(said.contains(what), "{text}: {said}");
        }
    }
}
