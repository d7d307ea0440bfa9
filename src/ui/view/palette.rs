//! The palette of commands and settings, above its prompt.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, Widget},
};

use super::{Ctx, pen::Pen, picker::clear};
use crate::{
    model::text,
    ui::{
        keymap::LONGEST_HELP,
        palette::{Entries, Entry, Palette},
        settings::Choice,
    },
};

/// The least columns of the names, including a gap.
const NAMES: usize = 20;
/// The most columns between the borders.
const WIDTH: u16 = 76;
/// The most rows in sight.
const ROWS: u16 = 12;

/// Draws the palette at the bottom of an area.
pub(super) fn draw(ctx: &Ctx<'_>, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let Entries { rows: entries, complaint } = palette.entries(&ctx.screen.settings(ctx.model));
    let width = usize::from(area.width.min(WIDTH + 2)).saturating_sub(4);
    let complaint =
        complaint.map(|complaint| text::wrap(&text::clean(&complaint), width)).unwrap_or_default();
    let said = u16::try_from(complaint.len()).unwrap_or_default();
    let most = ROWS.min(area.height.saturating_sub(2 + said));
    let rows = u16::try_from(entries.len()).unwrap_or(ROWS).min(most);
    if rows + said == 0 || area.height < 3 {
        return;
    }
    let height = rows + said + 2;
    let popup = Rect { width: area.width.min(WIDTH + 2), y: area.bottom() - height, height, ..area };
    clear(popup, buffer);
    let title = palette.setting().map_or(" Commands and settings ".to_owned(), |key| format!(" {key} "));
    let block = Block::bordered().title(title).border_style(ctx.theme.faint());
    let inner = block.inner(popup);
    block.render(popup, buffer);
    let names = entries.iter().map(|entry| text::width(label(entry)) + 2).max().unwrap_or_default();
    let names = names.clamp(NAMES, usize::from(inner.width / 2).max(NAMES));
    let top = (palette.at() + 1).saturating_sub(rows.into());
    for (row, (index, entry)) in (0..rows).zip(entries.iter().enumerate().skip(top)) {
        let selected = index == palette.at();
        let mut pen = Pen::new(buffer, inner, row);
        pen.write(if selected { "▌ " } else { "  " }, ctx.theme.strong());
        let style = if selected { ctx.theme.strong() } else { Style::new() };
        match entry {
            Entry::Command(binding, keys) => {
                pen.column(binding.name, names, style);
                if pen.left() > LONGEST_HELP {
                    pen.column(binding.help, LONGEST_HELP + 1, ctx.theme.faint());
                }
                if let Some(key) = keys.first() {
                    pen.right(&format!("{key} "), ctx.theme.strong());
                }
            }
            Entry::Setting(name, help, value) => {
                pen.column(name, names, style);
                if pen.left() > LONGEST_HELP + 8 {
                    pen.column(help, LONGEST_HELP + 1, ctx.theme.faint());
                }
                let room = pen.left().saturating_sub(1);
                pen.right(&format!("{} ", text::cut(&text::clean(value), room)), ctx.theme.faint());
            }
            Entry::Value(Choice { label, note, is_set, .. }) => {
                pen.write(if *is_set { "[x] " } else { "[ ] " }, ctx.theme.faint());
                pen.column(&text::clean(label), names, style).write(note, ctx.theme.faint());
            }
        }
    }
    let style = if palette.is_refused() { ctx.theme.alarm() } else { ctx.theme.faint() };
    for (row, line) in (rows..inner.height).zip(&complaint) {
        Pen::new(buffer, inner, row).write(" ", style).write(line, style);
    }
}

/// Returns the first column of a row.
fn label<'a>(entry: &'a Entry<'_>) -> &'a str {
    match entry {
        Entry::Command(binding, _) => binding.name,
        Entry::Setting(name, ..) => name,
        Entry::Value(choice) => &choice.label,
    }
}
