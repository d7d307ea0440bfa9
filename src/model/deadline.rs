//! When something is to end, as people say it: "45m", "until 15:00", "tomorrow 9:00".

use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// Common ends, for whoever does not want to type.
pub const PICKS: [&str; 6] = ["15m", "30m", "1h", "2h", "until 17:00", "until tomorrow 9:00"];

/// The longest that anything may last: beyond it a typing error is likelier than a wish.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// An end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// When it is.
    pub at: Timestamp,
    /// After how long, where a length was asked for and not a time of day.
    pub lasts: Option<SignedDuration>,
}

impl Deadline {
    /// Whether it has come.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        now >= self.at
    }

    /// The same end by a clock that may have been set back: a length is never further ahead than it is long, and a
    /// time of day stays what it is.
    #[must_use]
    pub fn clamped(self, now: Timestamp) -> Self {
        let latest = self.lasts.and_then(|lasts| now.checked_add(lasts).ok());
        Self { at: latest.map_or(self.at, |latest| latest.min(self.at)), ..self }
    }
}

/// Why a text is no end; each says what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageError {
    /// It is neither a length nor a time.
    Unreadable,
    /// It lasts no time at all.
    Nothing,
    /// It is a time that has passed.
    Past,
    /// It is more than a year ahead.
    TooLong,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "Type a length like 45m or 1h30m, or a time like 15:00 or tomorrow 9:00.",
            Self::Nothing => "That is no time at all; type a length like 45m.",
            Self::Past => "That has passed already; type a time to come, like tomorrow 9:00.",
            Self::TooLong => "That is more than a year; type something like 45m or tomorrow 9:00.",
        })
    }
}

/// Reads an end as people type it. A number alone is minutes; a time of day that has passed is tomorrow's.
///
/// # Errors
///
/// When it is none, or one that makes no sense.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Deadline, UsageError> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "until" | "for")).collect();
    let deadline = match length(&words.join(" ")) {
        Some(lasts) if !lasts.is_positive() => return Err(UsageError::Nothing),
        Some(lasts) => Deadline { at: now.checked_add(lasts).unwrap_or(Timestamp::MAX), lasts: Some(lasts) },
        None => Deadline { at: moment(&words, now, zone)?, lasts: None },
    };
    match deadline.at.duration_since(now) {
        ahead if ahead > LONGEST => Err(UsageError::TooLong),
        ahead if ahead.is_positive() => Ok(deadline),
        _ => Err(UsageError::Past),
    }
}

fn length(text: &str) -> Option<SignedDuration> {
    if let Ok(minutes) = text.parse() {
        return Some(SignedDuration::try_from_mins(minutes).unwrap_or(SignedDuration::MAX));
    }
    // A sign would be a typing error, and a colon is a time of day.
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '-']);
    if plain { text.parse().ok() } else { None }
}

/// A day, or none for the next time that the clock shows this, and a time of day.
fn moment(words: &[&str], now: Timestamp, zone: &TimeZone) -> Result<Timestamp, UsageError> {
    let today = zone.to_datetime(now);
    let at = |date: Date, time: &str| {
        let datetime = DateTime::from_parts(date, time_of_day(time)?);
        zone.to_timestamp(datetime).map_err(|_| UsageError::Unreadable)
    };
    match words {
        [time] => match at(today.date(), time)? {
            later if later > now => Ok(later),
            _ => at(days_after(today.date(), 1), time),
        },
        ["today", time] => at(today.date(), time),
        ["tomorrow", time] => at(days_after(today.date(), 1), time),
        [day, time] => at(date(day, today.date())?, time),
        _ => Err(UsageError::Unreadable),
    }
}

fn date(day: &str, today: Date) -> Result<Date, UsageError> {
    if let Some(weekday) = weekday(day) {
        return today.nth_weekday(1, weekday).map_err(|_| UsageError::Unreadable);
    }
    Date::from_str(day).map_err(|_| UsageError::Unreadable)
}

fn weekday(word: &str) -> Option<Weekday> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = names.iter().position(|name| word.len() >= 3 && name.starts_with(word))?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

fn time_of_day(text: &str) -> Result<Time, UsageError> {
    let (hour, minute) = text.split_once(':').ok_or(UsageError::Unreadable)?;
    let number = |digits: &str| digits.parse().map_err(|_| UsageError::Unreadable);
    Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| UsageError::Unreadable)
}

fn days_after(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}

/// A time to come in as few words as are clear: `15:00`, `tomorrow 9:00`, `Fri 9:00`, `2026-12-24 18:00`.
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

    fn ends(text: &str) -> Result<String, UsageError> {
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
            ("1h 30m", "2026-11-24T15:32:00"),
            ("2 Hours", "2026-11-24T16:02:00"),
            ("until 15:00", "2026-11-24T15:00:00"),
            ("UNTIL 15:00", "2026-11-24T15:00:00"),
            ("9:00", "2026-11-25T09:00:00"),
            ("14:02", "2026-11-25T14:02:00"),
            ("today 18:30", "2026-11-24T18:30:00"),
            ("until tomorrow 9:00", "2026-11-25T09:00:00"),
            ("friday 9:00", "2026-11-27T09:00:00"),
            ("until tue 9:00", "2026-12-01T09:00:00"),
            ("until 2026-12-24 18:00", "2026-12-24T18:00:00"),
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
            "9",
            "until",
            "15:00 tomorrow",
            "-5m",
            "1:2:3",
            "tomorrow",
            "2026-13-01 9:00",
        ] {
            let mistake = ends(text).err();
            assert!(mistake == Some(UsageError::Unreadable) || text == "9", "{text}: {mistake:?}");
        }
        assert_eq!(ends("0m"), Err(UsageError::Nothing));
        assert_eq!(ends("0"), Err(UsageError::Nothing));
        assert_eq!(ends("today 9:00"), Err(UsageError::Past));
        assert_eq!(ends("2026-11-23 9:00"), Err(UsageError::Past));
        assert_eq!(ends("2030-01-01 9:00"), Err(UsageError::TooLong));
        assert_eq!(ends("99999999999999"), Err(UsageError::TooLong));
    }

    #[test]
    fn a_day_that_changes_its_clocks_has_every_time() {
        let eve: Timestamp = "2026-03-28T12:00:00Z".parse().unwrap();
        let end = parse("tomorrow 2:30", eve, &berlin()).unwrap();
        assert_eq!(end.at.to_string(), "2026-03-29T01:30:00Z", "the gap is skipped");
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
            ("9:05", "tomorrow 9:05"),
            ("friday 9:00", "Fri 9:00"),
            ("tuesday 9:00", "2026-12-01 9:00"),
        ];
        for (text, expected) in table {
            let end = parse(text, now(), &berlin()).unwrap();
            assert_eq!(words(end.at, now(), &berlin()), expected);
        }
    }

    #[test]
    fn every_pick_is_an_end() {
        for pick in PICKS {
            assert!(ends(pick).is_ok(), "{pick}");
        }
    }
}
