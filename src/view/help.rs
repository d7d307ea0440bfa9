//! The help: every key of the keymap, and what each glyph says.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::pen::Pen;
use crate::{
    contacts::Group,
    keymap::{Binding, KEYMAP},
    theme::{self, Theme},
};

/// The columns of the keys, with a gap.
const KEYS: usize = 14;

pub(super) fn draw(top: usize, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let len = KEYMAP.len() + Group::COUNT + 1;
    let top = top.min(len.saturating_sub(height));
    for (row, line) in (0..area.height).zip(top..len) {
        let mut pen = Pen::new(buffer, area, row);
        match line.checked_sub(KEYMAP.len()) {
            None => draw_binding(&KEYMAP[line], theme, &mut pen),
            Some(0) => {}
            Some(line) => draw_state(Group::ALL[line - 1], theme, &mut pen),
        }
    }
}

fn draw_binding(binding: &Binding, theme: Theme, pen: &mut Pen<'_>) {
    let keys: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
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
