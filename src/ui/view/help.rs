//! The help: every key binding, the meaning of every glyph, and what whosin cannot do here.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, pen::Pen};
use crate::{
    model::contacts::Group,
    ui::{
        keymap::{Binding, Key},
        theme::{self, Theme},
    },
};

/// The columns of the keys, including a gap.
const KEYS: usize = 14;
/// The columns of the longest line, including a gap.
const WIDTH: u16 = 59;

/// Draws the lines from the row `top` on, in as many columns as needed and possible.
pub(super) fn draw(ctx: &Ctx<'_>, top: usize, area: Rect, buffer: &mut Buffer) {
    let bindings = ctx.screen.keymap().bindings().map(Line::Binding);
    let states = Group::ALL.map(Line::State);
    let idle = ctx.model.own().is_idle_unknown().then_some(Line::IdleUnknown);
    let lines: Vec<Line> = bindings.chain([Line::Gap]).chain(states).chain(idle).collect();
    let columns = lines.len().div_ceil(area.height.max(1).into()).min((area.width / WIDTH).max(1).into());
    let rows = lines.len().div_ceil(columns);
    let (page, more) = page(rows, top, area.height.into());
    for (column, lines) in (0..).zip(lines.chunks(rows)) {
        let left = (column * WIDTH).min(area.width);
        let area = Rect { x: area.x + left, width: area.width - left, ..area };
        for (row, line) in (0..area.height).zip(lines.iter().take(page.end).skip(page.start)) {
            draw_line(line, ctx.theme, &mut Pen::new(buffer, area, row));
        }
    }
    if let (Some(more), Some(last)) = (more, area.height.checked_sub(1)) {
        Pen::new(buffer, area, last).write(&more, ctx.theme.faint());
    }
}

/// Returns the visible rows, and a note if there are more.
fn page(rows: usize, top: usize, height: usize) -> (Range<usize>, Option<String>) {
    if rows <= height {
        return (0..rows, None);
    }
    let height = height.saturating_sub(1);
    let top = top.min(rows - height);
    let more = match rows - height - top {
        0 => format!("  {top} more ↑"),
        below => format!("  {below} more ↓"),
    };
    (top..top + height, Some(more))
}

fn draw_line(line: &Line<'_>, theme: Theme, pen: &mut Pen<'_>) {
    match line {
        Line::Binding((binding, keys)) => draw_binding(binding, keys, theme, pen),
        Line::Gap => {}
        Line::State(group) => draw_state(*group, theme, pen),
        Line::IdleUnknown => {
            pen.column("", 2, Style::new()).column("idle", KEYS, theme.strong());
            pen.write("unknown; you stay online (whosin doctor)", Style::new());
        }
    }
}

/// A line of the help.
enum Line<'a> {
    Binding((&'static Binding, &'a [Key])),
    Gap,
    State(Group),
    IdleUnknown,
}

fn draw_binding(binding: &Binding, keys: &[Key], theme: Theme, pen: &mut Pen<'_>) {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    pen.column("", 2, Style::new()).column(&keys.join(" "), KEYS, theme.strong());
    pen.write(binding.help, Style::new());
}

fn draw_state(group: Group, theme: Theme, pen: &mut Pen<'_>) {
    let meaning = match group {
        Group::Online => "online: free",
        Group::Busy => "busy: active, but not free (MSC3026)",
        Group::Unavailable => "unavailable: idle, or away",
        Group::Other => "another state, by the server's word for it",
        Group::Offline => "offline",
        Group::Silent => "silent: nothing heard; often offline",
    };
    pen.column("", 2, Style::new()).column(theme::glyph(group), KEYS, theme.state(group));
    pen.write(meaning, Style::new());
}
