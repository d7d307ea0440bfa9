//! The text of the configuration: its default, and what is wrong with one, by line.

use std::fmt;

use super::Config;

/// The default configuration with every key explained; a valid file itself.
pub const DEFAULT: &str = include_str!("../../assets/config.toml");

/// What is wrong with a configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from one.
    pub line: usize,
    what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Mistake {}

/// Reads a configuration.
///
/// # Errors
///
/// When it makes no sense: the first line that does not.
pub fn parse(text: &str) -> Result<Config, Mistake> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..start].matches('\n').count() + 1;
        Mistake { line, what: explain(error.message()) }
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
            let mistake = parse(text).unwrap_err();
            assert_eq!(mistake.line, line, "{text}: {mistake}");
            assert!(mistake.what.contains(what), "{text}: {mistake}");
        }
    }
}
