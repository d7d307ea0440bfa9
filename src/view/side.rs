//! What stands beside the list where there is room: the selected contact's last hours, and below what happened.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use super::{log, pen::Pen, timeline};
use crate::{
    app::{Dashboard, LogSize},
    theme::Theme,
};

/// The columns between the list and what stands beside it.
const GAP: u16 = 3;

/// Divides what is wide enough into the list and what stands beside it: two fifths, and not more than can be read.
pub(super) fn divide(area: Rect) -> [Rect; 2] {
    let width = (area.width * 2 / 5).clamp(38, 60);
    let [list, side] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width + GAP)]).areas(area);
    [list, side]
}

pub(super) fn draw(
    dashboard: &Dashboard,
    zone: &TimeZone,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) {
    for row in 0..area.height {
        Pen::new(buffer, area, row).write(" │", theme.faint());
    }
    let area = Rect { x: area.x + GAP, width: area.width - GAP, ..area };
    let selected =
        dashboard.selected.as_deref().and_then(|user_id| Some((user_id, dashboard.contacts.get(user_id)?)));
    let Some((user_id, contact)) = selected.filter(|_| dashboard.log != LogSize::Large) else {
        log::draw(dashboard, zone, theme, now, area, buffer);
        return;
    };
    let rows = [
        Constraint::Length(1),
        Constraint::Length(timeline::ROWS),
        Constraint::Length(1),
        Constraint::Fill(1),
    ];
    let [name, strip, _, log] = Layout::vertical(rows).areas(area);
    Pen::new(buffer, name, 0).write(&contact.name, theme.strong());
    timeline::draw(dashboard, user_id, zone, theme, now, strip, buffer);
    log::draw(dashboard, zone, theme, now, log, buffer);
}
