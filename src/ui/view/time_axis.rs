//! The time axis below a timeline.

use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{model::history::Scale, ui::theme::Theme};

/// The possible minutes between two marks.
const STEPS: [i64; 8] = [10, 15, 30, 60, 120, 180, 360, 720];
/// The columns of a mark, without and with a gap.
const MARK: u16 = 5;
const ROOM: i64 = 7;

/// Draws the hours of a scale, with as many marks as fit.
pub(super) fn draw_hours(scale: &Scale, zone: &TimeZone, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let step = STEPS.into_iter().find(|step| *step >= scale.minutes() * ROOM).unwrap_or(STEPS[7]);
    for (column, start) in (0..area.width).zip(scale.starts()) {
        let time = zone.to_datetime(start);
        let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
        if minutes % step == 0 && column + MARK <= area.width {
            let mark = Rect { x: area.x + column, width: MARK, ..area };
            Pen::new(buffer, mark, 0).write(&time.strftime("%H:%M").to_string(), theme.faint());
        }
    }
}
