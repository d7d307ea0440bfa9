//! A time axis from left to right, in cells of equal length.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{History, REACH, Span};

/// The possible lengths of a cell in minutes. Each divides an hour or a day.
const CELLS: [i64; 9] = [1, 2, 5, 10, 15, 20, 30, 60, 120];

/// The times that the cells of a time axis stand for.
#[derive(Debug)]
pub struct Scale {
    from: Timestamp,
    minutes: i64,
    cells: usize,
}

impl Scale {
    /// Returns the finest scale on which the known part of the last day fits into `cells` cells. The last cell
    /// contains `now`. Cells start at whole hours of local time.
    #[must_use]
    pub(crate) fn fit(history: &History, zone: &TimeZone, now: Timestamp, cells: usize) -> Self {
        let known = history.known_since().map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        let known = known.min(REACH).as_mins();
        let count = i64::try_from(cells).unwrap_or(i64::MAX).max(1);
        let fits = |minutes: &i64| minutes.saturating_mul(count - 1) >= known;
        let minutes = CELLS.into_iter().find(fits).unwrap_or(CELLS[CELLS.len() - 1]);
        let offset = i64::from(zone.to_offset(now).seconds());
        let length = minutes * 60;
        let end = (now.as_second() + offset).div_euclid(length) * length + length - offset;
        let from = Timestamp::from_second(end.saturating_sub(count.saturating_mul(length)));
        Self { from: from.unwrap_or(Timestamp::MIN), minutes, cells }
    }

    /// Returns the length of a cell in minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.minutes
    }

    /// Returns the start of a cell, counted from zero. The cell after the last starts at [`Scale::end`].
    #[must_use]
    pub fn start(&self, cell: usize) -> Timestamp {
        let minutes = self.minutes.saturating_mul(i64::try_from(cell).unwrap_or(i64::MAX));
        let length = SignedDuration::from_secs(minutes.saturating_mul(60));
        self.from.saturating_add(length).unwrap_or(Timestamp::MAX)
    }

    /// Returns the end of the last cell. From then on another scale fits.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start(self.cells)
    }

    /// Returns the start of each cell.
    pub fn starts(&self) -> impl Iterator<Item = Timestamp> {
        (0..self.cells).map(|cell| self.start(cell))
    }

    /// Returns the value that held longest in each cell. `None`: nothing is known.
    #[must_use]
    pub fn longest<T: Copy>(&self, mut spans: &[Span<T>]) -> Vec<Option<T>> {
        let mut cells = Vec::with_capacity(self.cells);
        for cell in 0..self.cells {
            let (start, end) = (self.start(cell), self.start(cell + 1));
            spans = &spans[spans.partition_point(|span| span.until <= start)..];
            let inside = spans.iter().take_while(|span| span.from < end).filter_map(|span| {
                let length = span.until.min(end).duration_since(span.from.max(start));
                span.value.map(|value| (length, value))
            });
            let longest = inside.reduce(|longest, other| if other.0 > longest.0 { other } else { longest });
            cells.push(longest.map(|(_, value)| value));
        }
        cells
    }
}
