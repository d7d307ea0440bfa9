//! A contact's last hours as a strip: a letter where each state begins, and a line for as long as it lasts.

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::UserId;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{pen::Pen, time_axis::draw_hours};
use crate::{
    model::{
        app::{Connection, Dashboard},
        contacts::{Contact, Group},
        history::Scale,
    },
    ui::theme::Theme,
};

/// The rows that the strip takes: itself, and the hours below.
pub(super) const ROWS: u16 = 2;

/// Draws a contact's strip; what lies before the program began to watch is dotted, because it is not known.
pub(super) fn draw(
    dashboard: &Dashboard,
    user_id: &UserId,
    zone: &TimeZone,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let scale = Scale::fit(&dashboard.history, zone, now, usize::from(area.width));
    let state = dashboard.contacts.get(user_id).map_or(Group::Silent, Contact::group);
    let day = dashboard.history.day(user_id, state, scale.start(0), known_until(dashboard, now));
    let mut pen = Pen::new(buffer, area, 0);
    let mut before = None;
    for cell in scale.longest(&day) {
        let (symbol, style) = symbol(cell, before != Some(cell), theme);
        pen.write(symbol, style);
        before = Some(cell);
    }
    if area.height > 1 {
        let marks = Rect { y: area.y + 1, height: 1, ..area };
        draw_hours(&scale, zone, theme, marks, buffer);
    }
}

/// Until when anything is known: with the connection gone, what is on screen is of before.
pub(super) fn known_until(dashboard: &Dashboard, now: Timestamp) -> Timestamp {
    match dashboard.connection {
        Connection::Lost { as_of, .. } => as_of.unwrap_or(now),
        _ => now,
    }
}

fn symbol(state: Option<Group>, first: bool, theme: Theme) -> (&'static str, Style) {
    let Some(group) = state else { return ("·", theme.faint()) };
    let style = theme.state(group);
    match (group, first) {
        (Group::Online, true) => ("o", style),
        (Group::Busy, true) => ("b", style),
        (Group::Unavailable, true) => ("u", style),
        (Group::Other, true) => ("?", style),
        (Group::Online | Group::Busy | Group::Unavailable | Group::Other, false) => ("━", style),
        (Group::Offline, _) => ("─", style),
        (Group::Silent, _) => ("·", style),
    }
}
