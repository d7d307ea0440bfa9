//! The palette of commands, above its prompt.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, Widget},
};

use super::{Ctx, pen::Pen, picker::clear};
use crate::ui::keymap::{LONGEST_HELP, Palette};

/// The columns of the names, including a gap.
const NAMES: usize = 20;
/// The most columns between the borders.
const WIDTH: u16 = 64;
/// The most commands in sight.
const ROWS: u16 = 12;

/// Draws the commands at the bottom of an area.
pub(super) fn draw(ctx: &Ctx<'_>, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let commands = palette.matches(ctx.screen.keymap());
    let rows =
        u16::try_from(commands.len().max(1)).unwrap_or(ROWS).min(ROWS).min(area.height.saturating_sub(2));
    if rows == 0 {
        return;
    }
    let height = rows + 2;
    let popup = Rect { width: area.width.min(WIDTH + 2), y: area.bottom() - height, height, ..area };
    clear(popup, buffer);
    let block = Block::bordered().title(" Commands ").border_style(ctx.theme.faint());
    let inner = block.inner(popup);
    block.render(popup, buffer);
    if commands.is_empty() {
        Pen::new(buffer, inner, 0).write(" No command has this name.", ctx.theme.faint());
    }
    let top = (palette.at() + 1).saturating_sub(rows.into());
    for (row, (index, (binding, keys))) in (0..rows).zip(commands.iter().enumerate().skip(top)) {
        let selected = index == palette.at();
        let mut pen = Pen::new(buffer, inner, row);
        pen.write(if selected { "▌ " } else { "  " }, ctx.theme.strong());
        pen.column(binding.name, NAMES, if selected { ctx.theme.strong() } else { Style::new() });
        if pen.left() > LONGEST_HELP {
            pen.column(binding.help, LONGEST_HELP + 1, ctx.theme.faint());
        }
        if let Some(key) = keys.first() {
            pen.right(&format!("{key} "), ctx.theme.strong());
        }
    }
}
