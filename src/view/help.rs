//! The help: every key of the keymap, and what each glyph says.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::pen::Pen;
use crate::{
    contacts::Group,
    keymap::{Binding, Key, Keymap},
    theme::{self, Theme},
};

/// The columns of the keys, with a gap.
const KEYS: usize = 14;

pub(super) fn draw(keymap: &Keymap, top: usize, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let bindings = keymap.bindings();
    let len = bindings.len() + Group::COUNT + 1;
    let top = top.min(len.saturating_sub(height));
    let lines = bindings.map(Line::Binding).chain([Line::Gap]).chain(Group::ALL.map(Line::State));
    for (row, line) in (0..area.height).zip(lines.skip(top)) {
        let mut pen = Pen::new(buffer, area, row);
        match line {
            Line::Binding((binding, keys)) => draw_binding(binding, keys, theme, &mut pen),
            Line::Gap => {}
            Line::State(group) => draw_state(group, theme, &mut pen),
        }
    }
}

/// A line of the help.
enum Line<'a> {
    Binding((&'static Binding, &'a [Key])),
    Gap,
    State(Group),
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
        Group::Other => "a state that whosin does not know, by the server's word for it",
        Group::Offline => "offline",
        Group::Silent => "silent: nothing heard; servers rarely mention who is offline",
    };
    pen.column("", 2, Style::new()).column(theme::glyph(group), KEYS, theme.state(group));
    pen.write(meaning, Style::new());
}
