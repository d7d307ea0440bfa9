//! A contact's last hours as a timeline: a letter where a state begins, and a line while it lasts.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, pen::Pen, time_axis::draw_hours};
use crate::model::connection::Connection;
use crate::{
    model::{
        contacts::{Contact, Group},
        history::Scale,
    },
    ui::theme::Theme,
};

/// The rows of the timeline and its hours.
pub(super) const ROWS: u16 = 2;

/// Draws a contact's timeline. Dots mark the time before the history begins.
pub(super) fn draw(ctx: &Ctx<'_>, user_id: &UserId, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let scale = Scale::fit(ctx.model.history(), ctx.screen.zone(), ctx.now, usize::from(area.width));
    let state = ctx.model.contacts().get(user_id).map_or(Group::Silent, Contact::group);
    let day = ctx.model.history().day(user_id, state, scale.start(0), known_until(ctx));
    let mut pen = Pen::new(buffer, area, 0);
    let mut before = None;
    for cell in scale.longest(&day) {
        let (symbol, style) = symbol(cell, before != Some(cell), ctx.theme);
        pen.write(symbol, style);
        before = Some(cell);
    }
    if area.height > 1 {
        let marks = Rect { y: area.y + 1, height: 1, ..area };
        draw_hours(&scale, ctx.screen.zone(), ctx.theme, marks, buffer);
    }
}

/// Returns until when the history is known. Without a connection, that is the time of the loss.
pub(super) fn known_until(ctx: &Ctx<'_>) -> Timestamp {
    match ctx.model.connection() {
        Connection::Lost { as_of, .. } => as_of.unwrap_or(ctx.now),
        Connection::Resuming { as_of } => *as_of,
        _ => ctx.now,
    }
}

fn symbol(state: Option<Group>, first: bool, theme: Theme) -> (&'static str, Style) {
    let Some(group) = state else { return ("·", theme.faint()) };
    let style = if first { theme.state_word(group) } else { theme.state(group) };
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
