//! Lengths: `45m`, `1h30m`, `2 days`, `half an hour`.

use jiff::Span;

use super::{DeadlineError, Lead, moment::digits};

/// Lengths without a number, after `a` or `one`.
const PHRASES: [(&str, &str); 11] = [
    ("quarter of an hour", "15m"),
    ("quarter hour", "15m"),
    ("half an hour", "30m"),
    ("half hour", "30m"),
    ("three quarters of an hour", "45m"),
    ("minute", "1m"),
    ("hour", "1h"),
    ("hour and a half", "90m"),
    ("couple of hours", "2h"),
    ("day", "1d"),
    ("week", "1w"),
];

/// Parses a length. `None`: the words are no length.
pub(super) fn parse(words: &[&str], lead: Lead) -> Result<Option<Span>, DeadlineError> {
    if let [word] = words {
        if word.chars().all(|c| c.is_ascii_digit()) {
            return number(word, lead).map(Some);
        }
        if let Some((hours, minutes)) = digits(word) {
            return with_colon(word, (hours, minutes), lead);
        }
    }
    Ok(phrase(words).or_else(|| with_units(words)))
}

/// Parses a bare number, which is minutes. After `until` it can be an hour as well.
fn number(word: &str, lead: Lead) -> Result<Span, DeadlineError> {
    let minutes = word.parse().map_err(|_| DeadlineError::TooLong)?;
    if lead == Lead::Until {
        let hour = match minutes {
            0..24 if word.len() == 1 => format!("an hour ({minutes:02}:00 or {}:00)", (minutes + 12) % 24),
            0..24 => format!("an hour ({minutes:02}:00)"),
            _ => return Err(DeadlineError::Unreadable),
        };
        let minutes = format!("minutes ({minutes}m)");
        return Err(DeadlineError::Ambiguous { typed: word.to_owned(), readings: [minutes, hour] });
    }
    Span::new().try_minutes(minutes).map_err(|_| DeadlineError::TooLong)
}

/// Decides whether `1:30` is a length. Two digits before the colon are a time of day, unless `for` is before them.
fn with_colon(word: &str, (hours, minutes): (i8, i8), lead: Lead) -> Result<Option<Span>, DeadlineError> {
    let is_padded = word.find(':') == Some(2);
    match lead {
        Lead::For if !is_padded => Ok(Some(Span::new().hours(hours).minutes(minutes))),
        Lead::None if is_padded => Ok(None),
        Lead::Until => Ok(None),
        Lead::For | Lead::None => {
            let time = match hours {
                _ if is_padded => format!("until {word}"),
                0 => format!("0{word}"),
                _ => format!("{word}pm or 0{word}"),
            };
            let length = match (hours, minutes) {
                (0, minutes) => format!("{minutes}m"),
                (hours, 0) => format!("{hours}h"),
                (hours, minutes) => format!("{hours}h{minutes}m"),
            };
            let readings = [format!("a length ({length})"), format!("a time of day ({time})")];
            Err(DeadlineError::Ambiguous { typed: word.to_owned(), readings })
        }
    }
}

fn phrase(words: &[&str]) -> Option<Span> {
    let words = match words {
        ["a" | "an" | "one", rest @ ..] => rest,
        words => words,
    };
    let text = words.join(" ");
    let (_, length) = PHRASES.iter().find(|(phrase, _)| *phrase == text)?;
    length.parse().ok()
}

/// Parses numbers with units. A sign would be a typing error.
fn with_units(words: &[&str]) -> Option<Span> {
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "and").collect();
    let mut text = words.join(" ");
    let is_plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '-', '+']);
    // "1h30" has no unit at its end.
    if text.rsplit_once('h').is_some_and(|(_, minutes)| minutes.parse::<u8>().is_ok()) {
        text.push('m');
    }
    text.parse().ok().filter(|span: &Span| is_plain && !span.is_negative())
}
