//! Times: `15:00`, `3pm`, `friday`, `tomorrow 9:00`, RFC 3339.

use jiff::{
    Span, Timestamp, ToSpan,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

use super::{DeadlineError, Lead};

/// The time now, and where.
#[derive(Clone, Copy)]
pub(super) struct Clock<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

impl Clock<'_> {
    /// Returns the time after a length. A day has 23 or 25 hours where the clocks change.
    pub(super) fn after(self, length: Span) -> Option<Timestamp> {
        Some(self.now.to_zoned_datetime(self.zone.clone()).checked_add(length).ok()?.timestamp())
    }

    fn today(self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// Returns when a clock shows this. An hour that the clock shows twice is the next one of the two.
    fn at(self, datetime: DateTime) -> Result<Timestamp, DeadlineError> {
        let ambiguous = self.zone.to_ambiguous_timestamp(datetime);
        let at = ambiguous.compatible().map_err(|_| DeadlineError::TooLong)?;
        let later = ambiguous.later().unwrap_or(at);
        Ok(if at <= self.now && later > self.now { later } else { at })
    }

    /// Returns the next time that the clock shows this time of day.
    fn next(self, time: Time) -> Result<Timestamp, DeadlineError> {
        match self.at(self.today().to_datetime(time))? {
            later if later > self.now => Ok(later),
            _ => self.at(self.days_ahead(1).to_datetime(time)),
        }
    }

    fn days_ahead(self, days: i64) -> Date {
        self.today().saturating_add(days.days())
    }
}

/// Parses a time. A day and a time of day come in any order.
pub(super) fn parse(words: &[&str], lead: Lead, clock: Clock<'_>) -> Result<Timestamp, DeadlineError> {
    let text = words.join(" ").replace("a.m.", "am").replace("p.m.", "pm");
    let text = text.replace(" am", "am").replace(" pm", "pm");
    let words: Vec<&str> = text.split_whitespace().collect();
    match *words {
        [word] | ["on", word] => alone(word, lead, clock),
        [first, second] | [first, "at" | "on", second] => {
            let pair = days(first, clock).zip(time_of_day(second));
            let pair = pair.or_else(|| days(second, clock).zip(time_of_day(first)));
            let (days, time) = pair.ok_or(DeadlineError::Unreadable)?;
            on(days, time, clock)
        }
        _ => Err(DeadlineError::Unreadable),
    }
}

fn alone(word: &str, lead: Lead, clock: Clock<'_>) -> Result<Timestamp, DeadlineError> {
    if let Ok(at) = word.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Some(time) = time_of_day(word) {
        return time_alone(word, time, lead, clock);
    }
    if word == "today" {
        return clock.at(clock.days_ahead(1).into());
    }
    match days(word, clock) {
        Some(days) => on(days, Time::midnight(), clock),
        None => clock.at(word.parse().map_err(|_| DeadlineError::Unreadable)?),
    }
}

/// Refuses `until 1:30` shortly before half past one in the afternoon: some mean that, others the next morning.
fn time_alone(word: &str, time: Time, lead: Lead, clock: Clock<'_>) -> Result<Timestamp, DeadlineError> {
    let at = clock.next(time)?;
    let is_unpadded = digits(word).is_some() && word.find(':') == Some(1) && time.hour() > 0;
    let afternoon = clock.next(time.saturating_add(12.hours()))?;
    if lead == Lead::Until && is_unpadded && afternoon < at {
        let readings = [format!("in the afternoon ({word}pm)"), format!("in the morning (0{word})")];
        return Err(DeadlineError::Ambiguous { typed: word.to_owned(), readings });
    }
    Ok(at)
}

fn on([first, second]: [Date; 2], time: Time, clock: Clock<'_>) -> Result<Timestamp, DeadlineError> {
    let at = clock.at(first.to_datetime(time))?;
    if at > clock.now { Ok(at) } else { clock.at(second.to_datetime(time)) }
}

/// Parses a day. A weekday that is today can also be the one in a week.
fn days(word: &str, clock: Clock<'_>) -> Option<[Date; 2]> {
    let today = clock.today();
    let date = match word {
        "today" => today,
        "tomorrow" => clock.days_ahead(1),
        _ => match weekday(word) {
            Some(weekday) if weekday == today.weekday() => return Some([today, clock.days_ahead(7)]),
            Some(weekday) => today.nth_weekday(1, weekday).ok()?,
            // Without hyphens it is a number, and with a time it is more than a day.
            None => word.parse().ok().filter(|_| word.len() == "2026-12-24".len())?,
        },
    };
    Some([date, date])
}

fn weekday(word: &str) -> Option<Weekday> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = names.iter().position(|name| word.len() >= 3 && name.starts_with(word))?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

fn time_of_day(word: &str) -> Option<Time> {
    match word {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let (hour, minute, second) = match word
        .strip_suffix("am")
        .map(|time| (time, 0))
        .or_else(|| Some((word.strip_suffix("pm")?, 12)))
    {
        Some((time, half)) => {
            let (hour, minute, second) = clock(time).or_else(|| Some((number(time)?, 0, 0)))?;
            (((1..=12).contains(&hour)).then_some(hour % 12 + half)?, minute, second)
        }
        // `1:30:00` is rather a length.
        None => clock(word).filter(|_| word.len() != "1:30:00".len())?,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// Splits `15:00` or `15:00:00` into its numbers. Programs write the seconds too.
fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let (time, second) = match word.rsplit_once(':') {
        Some((time, second)) if time.contains(':') => (time, number(second).filter(|_| second.len() == 2)?),
        _ => (word, 0),
    };
    digits(time).map(|(hour, minute)| (hour, minute, second))
}

/// Splits `15:00` into its numbers.
pub(super) fn digits(word: &str) -> Option<(i8, i8)> {
    let (hour, minute) = word.split_once(':')?;
    (minute.len() == 2).then_some((number(hour)?, number(minute)?))
}

fn number(digits: &str) -> Option<i8> {
    let is_number = matches!(digits.len(), 1 | 2) && digits.chars().all(|c| c.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}
