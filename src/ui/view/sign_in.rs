//! The sign-in form.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
};
use tui_input::Input;

use super::{footer::draw_input, pen::Pen};
use crate::ui::sign_in::{Field, SignIn};
use crate::{model::text, ui::theme::Theme};

/// The columns of the labels, with a gap.
const LABELS: usize = 23;

pub(super) fn draw(form: &SignIn, theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let narrow = area.width < 50 || area.height < 9;
    let gap = Constraint::Length(u16::from(!narrow));
    let one = Constraint::Length(1);
    let [title, _, server, user, password, _, error, _, hints] =
        Layout::vertical([one, gap, one, one, one, gap, Constraint::Length(3), Constraint::Fill(1), one])
            .areas(area);
    Pen::new(buffer, title, 0).write("whosin", theme.strong()).write("  Sign in to Matrix", theme.faint());
    let mut cursor = None;
    for (field, area) in Field::ALL.into_iter().zip([server, user, password]) {
        let focused = field == form.focus();
        let at = draw_field(field, form.input(field), focused, narrow, theme, area, buffer);
        cursor = cursor.or((focused && !form.waiting).then_some(at));
    }
    draw_outcome(form, theme, error, buffer);
    let keys = "Tab next  Enter sign in  Esc quit";
    Pen::new(buffer, hints, 0).write(keys, theme.faint());
    cursor
}

fn draw_field(
    field: Field,
    input: &Input,
    focused: bool,
    narrow: bool,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let label = if narrow { field.label().split(' ').next().unwrap_or_default() } else { field.label() };
    let marker = if focused { "▌ " } else { "  " };
    let label = format!("{marker}{label:0$}", if narrow { 11 } else { LABELS });
    let example = match field {
        Field::Server if input.value().is_empty() => "@you:example.org",
        Field::User if input.value().is_empty() => "only if not in the line above",
        _ => "",
    };
    if field == Field::Password {
        let hidden = Input::new("•".repeat(input.value().chars().count())).with_cursor(input.cursor());
        return draw_input(&label, &hidden, "", theme, area, buffer);
    }
    let at = draw_input(&label, input, "", theme, area, buffer);
    if !example.is_empty() && at.x < area.right() {
        let area = Rect { x: at.x + 1, width: area.right() - at.x - 1, ..area };
        Pen::new(buffer, area, 0).write(example, theme.faint());
    }
    at
}

fn draw_outcome(form: &SignIn, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let (outcome, style) = match (&form.error, form.waiting) {
        (_, true) => ("Signing in …", Style::new()),
        (Some(error), _) => (error.as_str(), theme.alarm()),
        (None, _) => return,
    };
    for (row, line) in (0..area.height).zip(text::wrap(outcome, usize::from(area.width))) {
        Pen::new(buffer, area, row).write(&line, style);
    }
}
