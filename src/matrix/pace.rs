//! How fast to ask: back-off after failures, and a brake for a server that answers at once with nothing.

use std::time::Duration;

/// The longest wait between two tries, before jitter.
const LONGEST: Duration = Duration::from_mins(1);

/// How long to wait after so many failures in a row: 1 s, doubled each time up to a minute, plus up to a
/// quarter, so that the clients of a server that comes back do not come back all at once.
///
/// `jitter` is a random number from 0 to 1.
#[must_use]
pub fn back_off(failures: u32, jitter: f64) -> Duration {
    let wait = Duration::from_secs(1 << failures.min(6)).min(LONGEST);
    wait.mul_f64(1.0 + jitter / 4.0)
}

/// Notices answers that should have waited for news and did not.
#[derive(Debug, Default)]
pub struct Brake {
    in_a_row: u32,
}

impl Brake {
    /// How long to wait before the next question. A few quick empty answers are normal after a change of the
    /// own presence; a row of them is a server, or two sessions of ours, going round in circles.
    pub fn after(&mut self, took: Duration, had_news: bool) -> Duration {
        if had_news || took >= Duration::from_millis(500) {
            self.in_a_row = 0;
            return Duration::ZERO;
        }
        self.in_a_row += 1;
        match self.in_a_row.checked_sub(4) {
            Some(excess) => Duration::from_millis(100 << excess.min(6)).min(Duration::from_secs(5)),
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_a_quarter_and_never_end() {
        let waits: Vec<u64> = (0..9).map(|failures| back_off(failures, 0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(back_off(u32::MAX, 1.0), Duration::from_secs(75));
    }

    #[test]
    fn a_row_of_quick_empty_answers_is_slowed_down_and_news_let_it_go() {
        let mut brake = Brake::default();
        let quick = Duration::from_millis(3);
        let waits: Vec<u128> = (0..12).map(|_| brake.after(quick, false).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
        assert_eq!(brake.after(quick, true), Duration::ZERO);
        assert_eq!(brake.after(quick, false), Duration::ZERO);
        assert_eq!(brake.after(Duration::from_secs(30), false), Duration::ZERO);
    }
}
