//! The last hours as charts over one time axis: one contact's states, and how many contacts were in each state.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{Ctx, pen::Pen, time_axis::draw_hours};
use crate::{
    model::{
        connection::Connection,
        contacts::{Contact, Group},
        event::Counts,
        history::Scale,
    },
    ui::theme::{self, Theme},
};

/// The states that are counted.
const COUNTED: [Group; 3] = [Group::Online, Group::Busy, Group::Unavailable];
/// Bars from none to all.
const LEVELS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// The columns of the glyph before each chart.
const GLYPH: u16 = 2;
/// The columns of the number after each chart.
const NUMBER: u16 = 5;
/// The history before which a chart shows nothing, in minutes.
const WORTH_IT: i64 = 5;

/// Whose charts are drawn.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// One contact's.
    One(&'a UserId),
    /// Everybody's counts.
    All,
    /// Both, one below the other.
    Both(&'a UserId),
}

impl Subject<'_> {
    fn person(&self) -> Option<&UserId> {
        match self {
            Subject::One(user_id) | Subject::Both(user_id) => Some(user_id),
            Subject::All => None,
        }
    }

    fn counted(self) -> &'static [Group] {
        if let Subject::One(_) = self { &[] } else { &COUNTED }
    }
}

/// Returns the rows of charts with their heading and their axis. 0: there is no data yet.
pub(super) fn rows(ctx: &Ctx<'_>, subject: Subject<'_>) -> u16 {
    let known = ctx.model.history().known_since().map(|since| ctx.now.duration_since(since).as_mins());
    if known.is_none_or(|minutes| minutes < WORTH_IT) {
        return 0;
    }
    let charts = usize::from(subject.person().is_some()) + subject.counted().len();
    u16::try_from(charts).unwrap_or_default() + 2
}

/// Draws the charts. Dots mark the time before the history begins.
pub(super) fn draw(ctx: &Ctx<'_>, subject: Subject<'_>, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let heading = ctx.theme.faint().add_modifier(Modifier::BOLD);
    Pen::new(buffer, area, 0).write("The last hours", heading);
    let number = NUMBER.min(area.width / 4);
    let chart = Rect {
        x: area.x + GLYPH,
        y: area.y + 1,
        width: area.width.saturating_sub(GLYPH + number),
        height: area.height - 1,
    };
    let scale = Scale::fit(ctx.model.history(), ctx.screen.zone(), ctx.now, usize::from(chart.width));
    let mut row = 1;
    if let Some(user_id) = subject.person() {
        let mut pen = Pen::new(buffer, area, row);
        pen.column("▌", GLYPH.into(), ctx.theme.strong());
        draw_states(ctx, user_id, &scale, &mut pen);
        row += 1;
    }
    let counts = scale.longest(&ctx.model.history().overview(scale.start(0), known_until(ctx)));
    // All rows have one scale, so that heights are comparable.
    let most = counts.iter().flatten().map(|it| it.online.max(it.busy).max(it.unavailable)).max();
    for group in subject.counted() {
        let style = ctx.theme.state(*group);
        let mut pen = Pen::new(buffer, area, row);
        pen.column(theme::glyph(*group), GLYPH.into(), style);
        for counts in &counts {
            match counts {
                Some(counts) => pen.write(level(count(*counts, *group), most.unwrap_or_default()), style),
                None => pen.write("·", ctx.theme.faint()),
            };
        }
        if let Some(counts) = ctx.model.history().counts().filter(|_| ctx.model.connection().is_live()) {
            pen.write(&format!(" {}", count(counts, *group)), ctx.theme.faint());
        }
        row += 1;
    }
    let hours = Rect { y: area.y + row, height: 1, ..chart };
    draw_hours(&scale, ctx.screen.zone(), ctx.theme, hours.intersection(area), buffer);
}

/// Draws a contact's states: a letter where one begins, and a line while it lasts.
fn draw_states(ctx: &Ctx<'_>, user_id: &UserId, scale: &Scale, pen: &mut Pen<'_>) {
    let state = ctx.model.contacts().get(user_id).map_or(Group::Silent, Contact::group);
    let day = ctx.model.history().day(user_id, state, scale.start(0), known_until(ctx));
    let mut before = None;
    for cell in scale.longest(&day) {
        let (symbol, style) = symbol(cell, before != Some(cell), ctx.theme);
        pen.write(symbol, style);
        before = Some(cell);
    }
}

/// Returns until when the history is known. Without a connection, that is the time of the loss.
fn known_until(ctx: &Ctx<'_>) -> Timestamp {
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

fn count(counts: Counts, group: Group) -> u32 {
    match group {
        Group::Online => counts.online,
        Group::Busy => counts.busy,
        _ => counts.unavailable,
    }
}

/// Returns the bar for a count. Any count above zero is visible.
fn level(count: u32, most: u32) -> &'static str {
    let full = u32::try_from(LEVELS.len() - 1).unwrap_or(1);
    LEVELS[usize::try_from((count * full).div_ceil(most.max(1))).unwrap_or_default()]
}
