//! A parsed deadline, such as `45m`, `until 15:00` or `tomorrow 9:00`.

use std::str::FromStr;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
    pub fn clamped(self, now: Timestamp) -> Self {
        let latest = self.lasts.and_then(|lasts| now.checked_add(lasts).ok());
        Self { at: latest.map_or(self.at, |latest| latest.min(self.at)), ..self }
    }
}

/// The reason why a text is not a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeadlineError {
    /// The text is neither a length nor a time.
    #[error("Type a length like 45m or 1h30m, or a time like 15:00 or tomorrow 9:00.")]
    Unreadable,
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

/// Parses a deadline. A bare number is minutes. A time of day that has passed is tomorrow's.
///
/// # Errors
///
/// [`DeadlineError`] if the text is not a deadline, or one that has passed or is over a year ahead.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Deadline, DeadlineError> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "until" | "for")).collect();
    let deadline = match length(&words.join(" ")) {
        Some(lasts) if !lasts.is_positive() => return Err(DeadlineError::Nothing),
        Some(lasts) => Deadline { at: now.checked_add(lasts).unwrap_or(Timestamp::MAX), lasts: Some(lasts) },
        None => Deadline { at: moment(&words, now, zone)?, lasts: None },
    };
    match deadline.at.duration_since(now) {
        ahead if ahead > LONGEST => Err(DeadlineError::TooLong),
        ahead if ahead.is_positive() => Ok(deadline),
        _ => Err(DeadlineError::Past),
    }
}

fn length(text: &str) -> Option<SignedDuration> {
    if let Ok(minutes) = text.parse() {
        return Some(SignedDuration::try_from_mins(minutes).unwrap_or(SignedDuration::MAX));
    }
    // A sign would be a typing error, and a colon belongs to a time of day.
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '-']);
    if plain { text.parse().ok() } else { None }
}

/// Parses a day and a time of day. Without a day, it is the next time that the clock shows.
fn moment(words: &[&str], now: Timestamp, zone: &TimeZone) -> Result<Timestamp, DeadlineError> {
    let today = zone.to_datetime(now);
    let at = |date: Date, time: &str| {
        let datetime = DateTime::from_parts(date, time_of_day(time)?);
        zone.to_timestamp(datetime).map_err(|_| DeadlineError::Unreadable)
    };
    match words {
        [time] => match at(today.date(), time)? {
            later if later > now => Ok(later),
            _ => at(days_after(today.date(), 1), time),
        },
        ["today", time] => at(today.date(), time),
        ["tomorrow", time] => at(days_after(today.date(), 1), time),
        [day, time] => at(date(day, today.date())?, time),
        _ => Err(DeadlineError::Unreadable),
    }
}

fn date(day: &str, today: Date) -> Result<Date, DeadlineError> {
    if let Some(weekday) = weekday(day) {
        return today.nth_weekday(1, weekday).map_err(|_| DeadlineError::Unreadable);
    }
    Date::from_str(day).map_err(|_| DeadlineError::Unreadable)
}

fn weekday(word: &str) -> Option<Weekday> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = names.iter().position(|name| word.len() >= 3 && name.starts_with(word))?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

fn time_of_day(text: &str) -> Result<Time, DeadlineError> {
    let (hour, minute) = text.split_once(':').ok_or(DeadlineError::Unreadable)?;
    let number = |digits: &str| digits.parse().map_err(|_| DeadlineError::Unreadable);
    Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| DeadlineError::Unreadable)
}

fn days_after(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
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
            let error = ends(text).err();
            assert!(error == Some(DeadlineError::Unreadable) || text == "9", "{text}: {error:?}");
        }
        assert_eq!(ends("0m"), Err(DeadlineError::Nothing));
        assert_eq!(ends("0"), Err(DeadlineError::Nothing));
        assert_eq!(ends("today 9:00"), Err(DeadlineError::Past));
        assert_eq!(ends("2026-11-23 9:00"), Err(DeadlineError::Past));
        assert_eq!(ends("2030-01-01 9:00"), Err(DeadlineError::TooLong));
        assert_eq!(ends("99999999999999"), Err(DeadlineError::TooLong));
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
