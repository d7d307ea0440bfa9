//! The words of a line of a tape, and what they can stand for.

use std::time::Duration;

use regex::Regex;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Word {
    Bare(String),
    /// Between quotes of any of the three kinds; there are no escapes.
    Quoted(String),
    /// Between slashes; a slash within is written `\/`.
    Pattern(String),
}

impl Word {
    /// What stands there, quoted or not.
    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => Ok(text),
            Self::Pattern(pattern) => Err(format!("/{pattern}/ should be text")),
        }
    }

    pub(super) fn pattern(&self) -> Result<Regex, String> {
        let Self::Pattern(pattern) = self else { return Err(format!("{self:?} should be a /pattern/")) };
        Regex::new(pattern).map_err(|error| error.to_string())
    }
}

/// Up to the end of the line or a comment.
pub(super) fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next().filter(|first| *first != '#') {
        let (word, end) = match first {
            '"' | '\'' | '`' => quoted(rest, first)?,
            '/' => pattern(rest)?,
            // The colours of a theme.
            '{' => (Word::Bare(rest.to_owned()), rest.len()),
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (Word::Bare(rest[..end].to_owned()), end)
            }
        };
        words.push(word);
        rest = rest[end..].trim_start();
    }
    Ok(words)
}

fn quoted(rest: &str, quote: char) -> Result<(Word, usize), String> {
    let length = rest[1..].find(quote).ok_or_else(|| format!("{rest} has no second {quote}"))?;
    Ok((Word::Quoted(rest[1..=length].to_owned()), length + 2))
}

fn pattern(rest: &str) -> Result<(Word, usize), String> {
    let mut escaped = false;
    let end = rest[1..].find(|character| {
        let ends = character == '/' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    });
    let length = end.ok_or_else(|| format!("{rest} has no second /"))?;
    Ok((Word::Pattern(rest[1..=length].replace("\\/", "/")), length + 2))
}

pub(super) fn number(word: &Word) -> Result<u32, String> {
    let text = word.text()?;
    text.parse().map_err(|_| format!("{text} is not a number"))
}

/// `500ms`, `2s`, `1m`, or seconds without a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0)];
    let (count, unit) = units
        .iter()
        .find_map(|(name, seconds)| Some((text.strip_suffix(name)?, *seconds)))
        .unwrap_or((text, 1.0));
    let seconds = count.parse::<f64>().ok().and_then(|count| Duration::try_from_secs_f64(count * unit).ok());
    seconds.ok_or_else(|| format!("{text} is not a time"))
}
