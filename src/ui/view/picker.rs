//! The view of the state picker, in the middle of the screen.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Rect},
    style::Style,
    widgets::{Block, Clear, Widget},
};

use super::{Ctx, pen::Pen, targets::Targets};
use crate::ui::screen::{PICKS, Target};
use crate::{
    model::{contacts::Group, text},
    ui::theme::{self},
};

/// The columns between the borders.
const WIDTH: u16 = 28;
/// The columns of the labels, including a gap.
const LABELS: usize = 20;

pub(super) fn draw(ctx: &Ctx<'_>, at: usize, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    let rows = u16::try_from(PICKS.len()).unwrap_or_default();
    let popup = area.centered(Constraint::Max(WIDTH + 2), Constraint::Max(rows + 2));
    let block = Block::bordered().title(" Your state ").border_style(ctx.theme.faint());
    let inner = block.inner(popup);
    clear(popup, buffer);
    block.render(popup, buffer);
    for ((row, pick), index) in (0..inner.height).zip(&PICKS).zip(0..) {
        let group = Group::of(Some(&pick.presence));
        let mut pen = Pen::new(buffer, inner, row);
        pen.write(if index == at { "▌ " } else { "  " }, ctx.theme.strong());
        pen.column(theme::glyph(group), 2, ctx.theme.state(group));
        pen.column(pick.label, LABELS, if index == at { ctx.theme.strong() } else { Style::new() });
        if let Some(key) = ctx.screen.keymap().key_of(pick.binding) {
            pen.write(&key.to_string(), ctx.theme.faint());
        }
        targets.add(Rect { y: inner.y + row, height: 1, ..inner }, Target::Pick(index));
    }
}

/// The most columns of one symbol, in scripts that combine letters.
const WIDEST: u16 = 4;

/// Clears the area, and symbols that reach into it from the left.
pub(super) fn clear(area: Rect, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for back in 1..=WIDEST.min(area.x) {
            let cell = &mut buffer[(area.x - back, y)];
            if text::width(cell.symbol()) > back.into() {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buffer);
}
