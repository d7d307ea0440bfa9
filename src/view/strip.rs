//! Time from left to right in cells of the same length, with its hours below.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{
    history::{History, REACH, Span},
    theme::Theme,
};

/// The minutes that a cell can stand for: each divides the next hour or day without a rest.
const CELLS: [i64; 9] = [1, 2, 5, 10, 15, 20, 30, 60, 120];
/// The minutes from one mark to the next.
const MARKS: [i64; 8] = [10, 15, 30, 60, 120, 180, 360, 720];
/// The columns of a mark, with a gap.
const MARK: i64 = 7;

/// Which times the cells of a row stand for.
pub(super) struct Scale {
    /// When the first cell begins.
    from: Timestamp,
    /// The minutes of a cell.
    cell: i64,
    cells: usize,
}

impl Scale {
    /// The finest scale on which all that the history knows of the last day ends in the last of so many cells, which
    /// holds the present.
    pub(super) fn fit(history: &History, zone: &TimeZone, now: Timestamp, cells: usize) -> Self {
        let known = history.known_since().map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        let minutes = known.min(REACH).as_mins();
        let count = i64::try_from(cells).unwrap_or(1).max(1);
        let cell = CELLS.into_iter().find(|cell| cell * (count - 1) >= minutes).unwrap_or(CELLS[8]);
        // The cells begin at whole hours of the clock on the wall.
        let offset = i64::from(zone.to_offset(now).seconds());
        let length = cell * 60;
        let end = (now.as_second() + offset).div_euclid(length) * length + length - offset;
        let from = Timestamp::from_second(end - count * length).unwrap_or(Timestamp::MIN);
        Self { from, cell, cells }
    }

    /// The first moment of a cell.
    fn start(&self, cell: usize) -> Timestamp {
        let minutes = self.cell.saturating_mul(i64::try_from(cell).unwrap_or(i64::MAX));
        self.from.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
    }

    /// The first moment of all.
    pub(super) fn from(&self) -> Timestamp {
        self.from
    }

    /// What each cell shows: what held for the longest time in it, as far as anything is known.
    pub(super) fn longest<T: Copy + PartialEq>(&self, spans: &[Span<T>]) -> Vec<Option<T>> {
        let mut spans = spans;
        (0..self.cells)
            .map(|cell| {
                let (start, end) = (self.start(cell), self.start(cell + 1));
                let past = spans.partition_point(|span| span.until <= start);
                spans = &spans[past..];
                let inside = spans.iter().take_while(|span| span.from < end);
                let lengths = inside.filter_map(|span| {
                    let length = span.until.min(end).duration_since(span.from.max(start));
                    span.value.map(|value| (length, value))
                });
                lengths.reduce(|longest, other| if other.0 > longest.0 { other } else { longest })
            })
            .map(|longest| longest.map(|(_, value)| value))
            .collect()
    }

    /// Writes the hours below the cells.
    pub(super) fn draw_marks(&self, zone: &TimeZone, theme: Theme, area: Rect, buffer: &mut Buffer) {
        let step = MARKS.into_iter().find(|step| *step >= self.cell * MARK).unwrap_or(MARKS[7]);
        for cell in 0..self.cells {
            let time = zone.to_datetime(self.start(cell));
            let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
            let column = u16::try_from(cell).unwrap_or(u16::MAX);
            if minutes % step == 0 && column + 5 <= area.width {
                let mark = Rect { x: area.x + column, width: area.width - column, ..area };
                let text = format!("{:02}:{:02}", time.hour(), time.minute());
                Pen::new(buffer, mark, 0).write(&text, theme.faint());
            }
        }
    }
}
