//! A parsed deadline, such as `45m`, `until 15:00` or `tomorrow 9:00`.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

mod length;
mod moment;

use moment::Clock;

/// Common deadlines to pick from.
pub const PICKS: [&str; 6] = ["15m", "30m", "1h", "2h", "until 17:00", "until tomorrow 9:00"];

/// The longest deadline. A longer one is more likely a typing error.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The time at which it ends.
    pub at: Timestamp,
    /// Its length, if a length was typed and not a time of day.
    pub lasts: Option<SignedDuration>,
}

impl Deadline {
    /// Returns whether it has passed.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        now >= self.at
    }

    /// Adjusts the deadline to a clock that was set back. A length never ends further ahead than it is long. A time
    /// of day stays.
    #[must_use]
    pub(crate) fn clamped(self, now: Timestamp) -> Self {
        let latest = self.lasts.and_then(|lasts| now.checked_add(lasts).ok());
        Self { at: latest.map_or(self.at, |latest| latest.min(self.at)), ..self }
    }
}

/// The reason why a text is not a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeadlineError {
    /// The text is neither a length nor a time.
    #[error("Type a length like 45m or 1h30m, or a time like 15:00, 3pm or tomorrow 9:00.")]
    Unreadable,
    /// The text has two readings. Each names what to type instead.
    #[error("{typed} can be {} or {}.", .readings[0], .readings[1])]
    Ambiguous {
        /// The part that has two readings.
        typed: String,
        /// Both.
        readings: [String; 2],
    },
    /// The length is zero.
    #[error("That is no time at all; type a length like 45m.")]
    Nothing,
    /// The time has passed.
    #[error("That has passed already; type a time to come, like tomorrow 9:00.")]
    Past,
    /// The time is more than a year ahead.
    #[error("That is more than a year; type something like 45m or tomorrow 9:00.")]
    TooLong,
}

/// What the word before a deadline says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// There is none.
    None,
    /// `for`: a length.
    For,
    /// `until` or `at`: a time.
    Until,
}

impl Lead {
    fn of(word: &str) -> Option<Self> {
        match word {
            "for" => Some(Self::For),
            "until" | "till" | "at" => Some(Self::Until),
            _ => None,
        }
    }

    /// Splits the leading words off. The last one counts.
    fn split<'a, 'b>(mut words: &'b [&'a str]) -> (Self, &'b [&'a str]) {
        let mut lead = Self::None;
        while let Some((next, rest)) =
            words.split_first().and_then(|(word, rest)| Some((Self::of(word)?, rest)))
        {
            (lead, words) = (next, rest);
        }
        (lead, words)
    }
}

/// Parses a deadline. Neither the case of letters nor `until` and `for` before it matter where it has one reading.
///
/// * A length: `45m`, `1h30m`, `2 days`, `half an hour`. A bare number is minutes.
/// * A time of day: `15:00`, `15:00:00`, `3pm`, `1:30 pm`, `noon`. It is the next time that the clock shows.
/// * A day, or a day and a time: `friday`, `tomorrow 9:00`, `3pm on 2026-12-24`. A day alone is its beginning.
/// * RFC 3339.
///
/// # Errors
///
/// [`DeadlineError`] if the text is not a deadline, has two readings, or has passed or is over a year ahead.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Deadline, DeadlineError> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (lead, words) = Lead::split(&words);
    let clock = Clock { now, zone };
    let deadline = match length::parse(words, lead)? {
        Some(length) => {
            let at = clock.after(length).ok_or(DeadlineError::TooLong)?;
            if at == now {
                return Err(DeadlineError::Nothing);
            }
            Deadline { at, lasts: Some(at.duration_since(now)) }
        }
        None => Deadline { at: moment::parse(words, lead, clock)?, lasts: None },
    };
    match deadline.at.duration_since(now) {
        ahead if ahead > LONGEST => Err(DeadlineError::TooLong),
        ahead if ahead.is_positive() => Ok(deadline),
        _ => Err(DeadlineError::Past),
    }
}

/// The most words of a deadline: "until three quarters of an hour".
const MOST_WORDS: usize = 8;

/// Splits a text into the deadline that it begins with and the message behind it: `45m lunch`, `until 15:00 review`.
/// Takes the longest deadline. Without one, all of it is the message.
///
/// A bare number or day begins a message too often: before one it needs `for` or `until`.
///
/// # Errors
///
/// [`DeadlineError`] if the text begins with something that is meant as a deadline and is none.
pub fn split_message<'a>(
    text: &'a str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Option<Deadline>, &'a str), DeadlineError> {
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
    for word in words.iter().rev() {
        let end = word.as_ptr().addr() - text.as_ptr().addr() + word.len();
        let typed = text[..end].trim_end_matches([',', ':', ';']);
        let message =
            text[end..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—'));
        if !message.is_empty() && !is_deadline_before_message(typed) {
            continue;
        }
        match parse(typed, now, zone) {
            Err(DeadlineError::Unreadable) => {}
            parsed => return Ok((Some(parsed?), message)),
        }
    }
    if is_meant_as_deadline(text) { Err(DeadlineError::Unreadable) } else { Ok((None, text)) }
}

fn is_deadline_before_message(typed: &str) -> bool {
    let typed = typed.to_lowercase();
    let is_led = typed.split_whitespace().next().and_then(Lead::of).is_some();
    let is_number = typed.chars().all(|c| c.is_ascii_digit());
    is_led || typed.contains("hour") || !is_number && typed.contains(|c: char| c.is_ascii_digit())
}

/// Returns whether a text that begins with no deadline seems to have a mistake in one, such as `25:00 lunch`.
fn is_meant_as_deadline(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (lead, rest) = Lead::split(&words);
    match rest.first() {
        None => lead != Lead::None,
        Some(word) if lead == Lead::None => moment::digits(word).is_some(),
        Some(word) => word.starts_with(|c: char| c.is_ascii_digit()),
    }
}

/// Formats a future time as briefly as is clear: `15:00`, `tomorrow 9:00`, `Fri 9:00`, `2026-12-24 18:00`.
#[must_use]
pub fn words(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, today) = (zone.to_datetime(at), zone.to_datetime(now).date());
    let format = match at.date().duration_since(today).as_hours() / 24 {
        0 => "%-H:%M",
        1 => "tomorrow %-H:%M",
        2..7 => "%a %-H:%M",
        _ => "%Y-%m-%d %-H:%M",
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Tuesday, 14:02 in Berlin.
    fn now() -> Timestamp {
        "2026-11-24T13:02:00Z".parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn ends(text: &str) -> Result<String, DeadlineError> {
        parse(text, now(), &berlin()).map(|end| berlin().to_datetime(end.at).to_string())
    }

    #[test]
    fn lengths_and_times_are_read_as_people_type_them() {
        let table = [
            ("90s", "2026-11-24T14:03:30"),
            ("45m", "2026-11-24T14:47:00"),
            ("45", "2026-11-24T14:47:00"),
            ("for 45 minutes", "2026-11-24T14:47:00"),
            (" 1h30m ", "2026-11-24T15:32:00"),
            ("1h30", "2026-11-24T15:32:00"),
            ("1h 30m", "2026-11-24T15:32:00"),
            ("1 hour and 30 minutes", "2026-11-24T15:32:00"),
            ("1.5h", "2026-11-24T15:32:00"),
            ("for 1:30", "2026-11-24T15:32:00"),
            ("2 Hours", "2026-11-24T16:02:00"),
            ("Half an hour", "2026-11-24T14:32:00"),
            ("a quarter of an hour", "2026-11-24T14:17:00"),
            ("for an hour", "2026-11-24T15:02:00"),
            ("an hour and a half", "2026-11-24T15:32:00"),
            ("2 days", "2026-11-26T14:02:00"),
            ("a week", "2026-12-01T14:02:00"),
            ("15:00", "2026-11-24T15:00:00"),
            ("until 15:00", "2026-11-24T15:00:00"),
            ("UNTIL 15:00", "2026-11-24T15:00:00"),
            ("3pm", "2026-11-24T15:00:00"),
            ("at 3 PM", "2026-11-24T15:00:00"),
            ("3:30 p.m.", "2026-11-24T15:30:00"),
            ("1:30pm", "2026-11-25T13:30:00"),
            ("12am", "2026-11-25T00:00:00"),
            ("12pm", "2026-11-25T12:00:00"),
            ("noon", "2026-11-25T12:00:00"),
            ("until midnight", "2026-11-25T00:00:00"),
            ("01:30", "2026-11-25T01:30:00"),
            ("until 01:30", "2026-11-25T01:30:00"),
            ("9am", "2026-11-25T09:00:00"),
            ("14:02", "2026-11-25T14:02:00"),
            ("until 0:30", "2026-11-25T00:30:00"),
            ("until 15:00:30", "2026-11-24T15:00:30"),
            ("03:00:00 PM", "2026-11-24T15:00:00"),
            ("today 18:30", "2026-11-24T18:30:00"),
            ("today", "2026-11-25T00:00:00"),
            ("tomorrow", "2026-11-25T00:00:00"),
            ("until tomorrow 9:00", "2026-11-25T09:00:00"),
            ("15:00 tomorrow", "2026-11-25T15:00:00"),
            ("friday", "2026-11-27T00:00:00"),
            ("friday 9:00", "2026-11-27T09:00:00"),
            ("9am on friday", "2026-11-27T09:00:00"),
            ("tuesday", "2026-12-01T00:00:00"),
            ("tuesday 15:00", "2026-11-24T15:00:00"),
            ("until tue 9:00", "2026-12-01T09:00:00"),
            ("until 2026-12-24 18:00", "2026-12-24T18:00:00"),
            ("2026-12-24", "2026-12-24T00:00:00"),
            ("2026-12-24T18:00:00Z", "2026-12-24T19:00:00"),
            ("2026-12-24T18:00:00.5+05:30", "2026-12-24T13:30:00.5"),
            ("until 2026-12-24T18:00", "2026-12-24T18:00:00"),
        ];
        for (text, expected) in table {
            assert_eq!(ends(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_end_says_why() {
        for text in [
            "",
            "soon",
            "25:00",
            "until",
            "-5m",
            "5m ago",
            "1:2:3",
            "1:30:00",
            "15:00:3",
            "15:00:60",
            "1:3",
            "13pm",
            "0am",
            "3:99pm",
            "15:00pm",
            "friday friday",
            "9:00 10:00",
            "2026-13-01 9:00",
            "until 45",
            "for a while",
        ] {
            assert_eq!(ends(text), Err(DeadlineError::Unreadable), "{text}");
        }
        assert_eq!(ends("0m"), Err(DeadlineError::Nothing));
        assert_eq!(ends("0"), Err(DeadlineError::Nothing));
        assert_eq!(ends("today 9:00"), Err(DeadlineError::Past));
        assert_eq!(ends("2026-11-23 9:00"), Err(DeadlineError::Past));
        assert_eq!(ends("2026-11-23T09:00:00Z"), Err(DeadlineError::Past));
        assert_eq!(ends("2030-01-01 9:00"), Err(DeadlineError::TooLong));
        assert_eq!(ends("99999999999999"), Err(DeadlineError::TooLong));
        assert_eq!(ends("99999999999999999999999"), Err(DeadlineError::TooLong));
    }

    #[test]
    fn what_has_two_readings_is_refused_with_both() {
        let table = [
            ("1:30", "1:30 can be a length (1h30m) or a time of day (1:30pm or 01:30)."),
            ("9:00", "9:00 can be a length (9h) or a time of day (9:00pm or 09:00)."),
            ("0:30", "0:30 can be a length (30m) or a time of day (00:30)."),
            ("until 2:30", "2:30 can be in the afternoon (2:30pm) or in the morning (02:30)."),
            ("for 15:00", "15:00 can be a length (15h) or a time of day (until 15:00)."),
            ("until 9", "9 can be minutes (9m) or an hour (09:00 or 21:00)."),
            ("until 15", "15 can be minutes (15m) or an hour (15:00)."),
        ];
        for (text, expected) in table {
            assert_eq!(ends(text).unwrap_err().to_string(), expected, "{text}");
        }
        // Each of the readings is one.
        for text in
            ["1h30m", "1:30pm", "01:30", "9h", "30m", "00:30", "2:30pm", "15h", "until 15:00", "09:00"]
        {
            assert!(ends(text).is_ok(), "{text}");
        }
        let morning = "2026-11-24T07:00:00Z".parse().unwrap();
        assert!(parse("until 9:00", morning, &berlin()).is_ok(), "the morning comes first");
        let night = "2026-11-24T22:30:00Z".parse().unwrap();
        assert!(parse("until 9:00", night, &berlin()).is_ok(), "the afternoon is over");
    }

    #[test]
    fn a_day_that_changes_its_clocks_has_every_time() {
        let at = |text: &str, now: &str| parse(text, now.parse().unwrap(), &berlin()).unwrap().at.to_string();
        let eve = "2026-03-28T12:00:00Z";
        assert_eq!(at("tomorrow 2:30", eve), "2026-03-29T01:30:00Z", "the gap is skipped");
        assert_eq!(at("a day", eve), "2026-03-29T11:00:00Z", "of 23 hours");
        assert_eq!(at("24h", eve), "2026-03-29T12:00:00Z");
        let eve = "2026-10-24T12:00:00Z";
        assert_eq!(at("tomorrow 2:30", eve), "2026-10-25T00:30:00Z", "the first of two");
        assert_eq!(at("02:30", "2026-10-25T00:45:00Z"), "2026-10-25T01:30:00Z", "the second of two");
        assert_eq!(at("02:30", "2026-10-25T01:30:00Z"), "2026-10-26T01:30:00Z");
        assert_eq!(at("an hour", "2026-10-25T00:45:00Z"), "2026-10-25T01:45:00Z");
    }

    #[test]
    fn a_deadline_is_split_from_the_message_behind_it() {
        let table = [
            ("45m lunch", Some("2026-11-24T14:47:00"), "lunch"),
            ("until 15:00 design review", Some("2026-11-24T15:00:00"), "design review"),
            ("3pm dentist", Some("2026-11-24T15:00:00"), "dentist"),
            ("3 pm dentist", Some("2026-11-24T15:00:00"), "dentist"),
            ("Half an hour Walk", Some("2026-11-24T14:32:00"), "Walk"),
            ("1h 30m  the   Übung", Some("2026-11-24T15:32:00"), "the   Übung"),
            ("2h 15 people", Some("2026-11-24T16:02:00"), "15 people"),
            ("45m: lunch", Some("2026-11-24T14:47:00"), "lunch"),
            ("45m, lunch", Some("2026-11-24T14:47:00"), "lunch"),
            ("45m - lunch", Some("2026-11-24T14:47:00"), "lunch"),
            ("tomorrow 9:00 off", Some("2026-11-25T09:00:00"), "off"),
            ("until friday on holiday", Some("2026-11-27T00:00:00"), "on holiday"),
            ("for 20 reviews", Some("2026-11-24T14:22:00"), "reviews"),
            ("45", Some("2026-11-24T14:47:00"), ""),
            ("friday", Some("2026-11-27T00:00:00"), ""),
            (" 15:00 ", Some("2026-11-24T15:00:00"), ""),
            ("lunch", None, "lunch"),
            ("2 meetings today", None, "2 meetings today"),
            ("friday lunch with Bob", None, "friday lunch with Bob"),
            ("sun is shining", None, "sun is shining"),
            ("a day off", None, "a day off"),
            ("for Bob", None, "for Bob"),
            ("until further notice", None, "until further notice"),
            ("3d printing", Some("2026-11-27T14:02:00"), "printing"),
            ("", None, ""),
        ];
        for (text, expected, message) in table {
            let (end, rest) = split_message(text, now(), &berlin()).unwrap();
            let end = end.map(|end| berlin().to_datetime(end.at).to_string());
            assert_eq!((end.as_deref(), rest), (expected, message), "{text}");
        }
        for (text, expected) in [
            ("25:00 lunch", DeadlineError::Unreadable),
            ("until 25:00 lunch", DeadlineError::Unreadable),
            ("until 3x", DeadlineError::Unreadable),
            ("until", DeadlineError::Unreadable),
            ("today 9:00 standup", DeadlineError::Past),
            ("9999h lunch", DeadlineError::TooLong),
        ] {
            assert_eq!(split_message(text, now(), &berlin()), Err(expected), "{text}");
        }
        let ambiguous = split_message("1:30 lunch", now(), &berlin());
        assert!(matches!(ambiguous, Err(DeadlineError::Ambiguous { .. })), "{ambiguous:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_prolongs_no_length_by_more_than_itself() {
        let hour_ago = now() - SignedDuration::from_hours(1);
        let length = parse("45m", now(), &berlin()).unwrap();
        assert_eq!(length.clamped(hour_ago).at, hour_ago + SignedDuration::from_mins(45));
        assert_eq!(length.clamped(now() + SignedDuration::from_mins(5)), length);
        let time = parse("15:00", now(), &berlin()).unwrap();
        assert_eq!(time.clamped(hour_ago), time);
    }

    #[test]
    fn a_time_to_come_is_told_in_few_words() {
        let table = [
            ("15:00", "15:00"),
            ("09:05", "tomorrow 9:05"),
            ("friday 9:00", "Fri 9:00"),
            ("tuesday 9:00", "2026-12-01 9:00"),
        ];
        for (text, expected) in table {
            let end = parse(text, now(), &berlin()).unwrap();
            assert_eq!(words(end.at, now(), &berlin()), expected);
            let shown = parse(&format!("until {expected}"), now(), &berlin());
            assert_eq!(shown.map(|shown| shown.at), Ok(end.at), "what is shown can be typed");
        }
    }

    #[test]
    fn every_pick_is_an_end() {
        for pick in PICKS {
            assert!(ends(pick).is_ok(), "{pick}");
        }
    }
}
