//! The footer: hints for keys, or the text input.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::{Ctx, pen::Pen};
use crate::ui::screen::{Mode, Mouse};
use crate::{model::text, ui::theme::Theme};

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    match ctx.screen.mode() {
        Mode::Filter(input) => {
            let found = format!("  {} found  Enter keeps it  Esc clears it", ctx.screen.list().len());
            Some(draw_typed(&Typed { label: "Filter: ", input, hint: &found }, ctx.theme, area, buffer))
        }
        Mode::Message(input) => {
            let hint = "  Enter sends  Esc leaves it as it was";
            Some(draw_typed(&Typed { label: "Message: ", input, hint }, ctx.theme, area, buffer))
        }
        Mode::Until(input, _) => {
            let hint = "  45m, 1h30m, until 15:00  Tab offers some";
            Some(draw_typed(&Typed { label: "Busy for how long? ", input, hint }, ctx.theme, area, buffer))
        }
        Mode::Pick(_) => {
            let mut pen = Pen::new(buffer, area, 0);
            pen.write("Enter", ctx.theme.strong()).write(" takes it  ", ctx.theme.faint());
            pen.write("Esc", ctx.theme.strong()).write(" leaves it as it is", ctx.theme.faint());
            None
        }
        Mode::List | Mode::Help(_) => {
            draw_hints(ctx, area, buffer);
            None
        }
    }
}

/// A text input.
pub(super) struct Typed<'a> {
    /// The label before the text.
    pub label: &'a str,
    /// The text and its cursor.
    pub input: &'a Input,
    /// The hint at the right, if there is room.
    pub hint: &'a str,
}

/// Draws a text input, scrolled to its cursor. Returns the position of the cursor.
pub(super) fn draw_typed(typed: &Typed<'_>, theme: Theme, area: Rect, buffer: &mut Buffer) -> Position {
    let Typed { label, input, hint } = *typed;
    let mut pen = Pen::new(buffer, area, 0);
    pen.write(label, theme.strong());
    let start = pen.x();
    let room = pen.left().saturating_sub(1);
    let scroll = input.visual_scroll(room);
    let visible: String = skip_columns(input.value(), scroll);
    pen.write(&visible, Style::new());
    if pen.left() > hint.len() {
        pen.right(hint, theme.faint());
    }
    let column = input.visual_cursor().saturating_sub(scroll).min(room);
    Position::new(start + u16::try_from(column).unwrap_or_default(), area.y)
}

fn skip_columns(value: &str, columns: usize) -> String {
    let mut skipped = 0;
    let shown = value.chars().skip_while(|c| {
        let hidden = skipped < columns;
        skipped += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        hidden
    });
    shown.collect()
}

fn draw_hints(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    if !ctx.screen.filter().is_empty() {
        let filter = text::clean(ctx.screen.filter());
        pen.write(&format!("\"{filter}\" {} found", ctx.screen.list().len()), ctx.theme.notice());
        let back = ctx.screen.keymap().shown("back");
        pen.write(&format!("  {back}"), ctx.theme.strong()).write(" clears", ctx.theme.faint());
    }
    if ctx.screen.mouse() == Mouse::LetGo {
        let key = ctx.screen.keymap().key_of("mouse").map(|key| format!("; {key} takes it again"));
        let gap = if pen.x() == area.x { "" } else { "  " };
        pen.write(&format!("{gap}mouse let go{}", key.unwrap_or_default()), ctx.theme.notice());
    }
    let hints =
        ctx.screen.keymap().bindings().filter_map(|(binding, keys)| Some((*keys.first()?, binding.hint?)));
    let mut hints: Vec<(String, &str)> = hints.map(|(key, hint)| (key.to_string(), hint)).collect();
    let first_gap = if pen.x() == area.x { "" } else { "  " };
    let gaps = std::iter::once(first_gap).chain(std::iter::repeat("  "));
    let width = |(key, hint): &(String, &str)| key.width() + hint.width() + 3;
    // The last two hints, help and quit, stay longest. A hint that is cut off helps nobody.
    while hints.iter().map(width).sum::<usize>() + first_gap.len() > pen.left() + 2 && !hints.is_empty() {
        hints.remove(hints.len().saturating_sub(3));
    }
    for (gap, (key, hint)) in gaps.zip(hints) {
        pen.write(&format!("{gap}{key}"), ctx.theme.strong()).write(&format!(" {hint}"), ctx.theme.faint());
    }
}
