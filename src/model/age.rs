//! Relative times, such as `5 min`, in words that change as rarely as possible.

use jiff::{SignedDuration, Timestamp};

/// Units with their lengths in seconds, longest first.
const UNITS: [(i64, &str); 4] = [(604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "min")];

/// Returns an age, rounded down to one unit: `now`, `5 min`, `3 h`, `2 d`, `6 w`.
#[must_use]
pub fn words(since: Timestamp, now: Timestamp) -> String {
    let seconds = seconds(since, now);
    match UNITS.iter().find(|(length, _)| seconds >= *length) {
        Some((length, unit)) => format!("{} {unit}", seconds / length),
        None => "now".to_owned(),
    }
}

/// Returns when the result of [`words`] changes next.
#[must_use]
pub fn changes_at(since: Timestamp, now: Timestamp) -> Timestamp {
    let seconds = seconds(since, now);
    let length = UNITS.iter().map(|unit| unit.0).find(|&length| seconds >= length).unwrap_or(60);
    let age = SignedDuration::from_secs((seconds / length + 1) * length);
    since.saturating_add(age).unwrap_or(Timestamp::MAX)
}

/// Returns when a clock shows the next minute.
#[must_use]
pub(crate) fn next_minute(now: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second((now.as_second().div_euclid(60) + 1) * 60).ok()
}

/// Returns the time until an end in minutes, rounded up: `43 min`, `2 h`, `1 h 30 min`. `None`: a day or more.
#[must_use]
pub fn left(until: Timestamp, now: Timestamp) -> Option<String> {
    let minutes = minutes_left(until, now);
    match (minutes / 60, minutes % 60) {
        (24.., _) => None,
        (0, minutes) => Some(format!("{minutes} min")),
        (hours, 0) => Some(format!("{hours} h")),
        (hours, minutes) => Some(format!("{hours} h {minutes} min")),
    }
}

/// Returns when the result of [`left`] changes next. `None`: it does not.
#[must_use]
pub(crate) fn left_changes_at(until: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let less = SignedDuration::from_mins(minutes_left(until, now).clamp(1, 24 * 60) - 1);
    until.checked_sub(less).ok().filter(|at| *at > now)
}

fn minutes_left(until: Timestamp, now: Timestamp) -> i64 {
    (countdown(until, now) + 59) / 60
}

/// Returns when the result of [`countdown`] changes next.
#[must_use]
pub(crate) fn countdown_changes_at(until: Timestamp, now: Timestamp) -> Timestamp {
    let left = SignedDuration::from_secs(countdown(until, now).saturating_sub(1));
    until.saturating_sub(left).unwrap_or(until)
}

/// Returns the whole seconds until a time, rounded up, never negative.
#[must_use]
pub(crate) fn countdown(until: Timestamp, now: Timestamp) -> i64 {
    let left = until.duration_since(now);
    (left.as_secs() + i64::from(left.subsec_nanos() > 0)).max(0)
}

/// Returns an age in seconds. Never negative: the server's clock may be ahead of this machine's.
fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn an_age_has_one_unit_and_is_never_negative() {
        let table =
            [(-5, "now"), (59, "now"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (90_000, "1 d")];
        for (age, expected) in table {
            assert_eq!(words(at(0), at(age)), expected, "after {age} s");
        }
    }

    #[test]
    fn the_words_change_when_promised_and_not_before() {
        for age in [-10, 0, 30, 60, 61, 3_599, 3_600, 7_300, 90_000, 700_000] {
            let now = at(age);
            let change = changes_at(at(0), now);
            let just_before = change - SignedDuration::from_millis(1);
            assert!(change > now);
            assert_eq!(words(at(0), just_before.max(now)), words(at(0), now), "after {age} s");
            assert_ne!(words(at(0), change), words(at(0), now), "after {age} s");
        }
    }

    #[test]
    fn the_time_left_is_rounded_up_and_changes_when_promised() {
        for (left_seconds, expected) in [
            (1, Some("1 min")),
            (60, Some("1 min")),
            (61, Some("2 min")),
            (3_600, Some("1 h")),
            (5_400, Some("1 h 30 min")),
            (86_399, None),
            (90_000, None),
        ] {
            let until = at(100_000);
            let now = at(100_000 - left_seconds);
            assert_eq!(left(until, now).as_deref(), expected, "{left_seconds} s");
            if let Some(change) = left_changes_at(until, now).filter(|change| *change < until) {
                assert_ne!(left(until, change), left(until, now), "{left_seconds} s");
                assert_eq!(left(until, change - SignedDuration::from_secs(1)), left(until, now));
            }
        }
    }

    #[test]
    fn a_countdown_ends_at_zero() {
        let now = at(100);
        assert_eq!(countdown(at(108), now), 8);
        assert_eq!(countdown(at(108), now + SignedDuration::from_millis(1)), 8);
        assert_eq!(countdown_changes_at(at(108), now), at(101));
        assert_eq!(countdown(at(99), now), 0);
    }
}
