//! The overview: how many contacts were online, busy and unavailable in the last hours.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Ctx, pen::Pen, time_axis::draw_hours, timeline::known_until};
use crate::{
    model::{contacts::Group, event::Counts, history::Scale},
    ui::theme::{self},
};

/// The rows of the overview and its hours.
pub(super) const ROWS: u16 = 4;
/// Bars from none to all.
const LEVELS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// The columns of the glyph before each row.
const GLYPH: u16 = 2;

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let number = 5.min(area.width / 4);
    let strip = Rect { x: area.x + GLYPH, width: area.width.saturating_sub(GLYPH + number), ..area };
    let scale = Scale::fit(ctx.model.history(), ctx.screen.zone(), ctx.now, usize::from(strip.width));
    let counts = scale.longest(&ctx.model.history().overview(scale.start(0), known_until(ctx)));
    // The three rows have one scale, so that heights are comparable.
    let most = counts.iter().flatten().map(|it| it.online.max(it.busy).max(it.unavailable)).max();
    for (row, group) in (0..).zip([Group::Online, Group::Busy, Group::Unavailable]) {
        let style = ctx.theme.state(group);
        let mut pen = Pen::new(buffer, area, row);
        pen.column(theme::glyph(group), GLYPH.into(), style);
        for counts in &counts {
            match counts {
                Some(counts) => pen.write(level(count(*counts, group), most.unwrap_or_default()), style),
                None => pen.write("·", ctx.theme.faint()),
            };
        }
        if let Some(counts) = ctx.model.history().counts().filter(|_| ctx.model.connection().is_live()) {
            pen.write(&format!(" {}", count(counts, group)), ctx.theme.faint());
        }
    }
    draw_hours(
        &scale,
        ctx.screen.zone(),
        ctx.theme,
        Rect { y: area.y + ROWS - 1, height: 1, ..strip },
        buffer,
    );
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
