//! The view of the sign-in form.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
};
use tui_input::Input;

use super::{
    footer::{Typed, draw_typed},
    pen::Pen,
};
use crate::ui::sign_in::{Field, SignIn};
use crate::{model::text, ui::theme::Theme};

/// The columns of the labels, including a gap.
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
        let label = label(field, focused, narrow);
        let at = draw_field(form, (field, &label), theme, area, buffer);
        cursor = cursor.or((focused && !form.waiting).then_some(at));
    }
    draw_outcome(form, theme, error, buffer);
    let keys = "Tab next  Enter sign in  Esc quit";
    Pen::new(buffer, hints, 0).write(keys, theme.faint());
    cursor
}

/// Returns the label of a field, padded to the same width for all fields.
fn label(field: Field, focused: bool, narrow: bool) -> String {
    let whole = field.label();
    let (label, width) =
        if narrow { (whole.split(' ').next().unwrap_or_default(), 11) } else { (whole, LABELS) };
    let marker = if focused { "▌ " } else { "  " };
    format!("{marker}{label:width$}")
}

fn draw_field(
    form: &SignIn,
    (field, label): (Field, &str),
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let input = form.input(field);
    let example = match field {
        Field::Server if input.value().is_empty() => "@you:example.org",
        Field::User if input.value().is_empty() => "only if not in the line above",
        _ => "",
    };
    if field == Field::Password {
        let hidden = Input::new("•".repeat(input.value().chars().count())).with_cursor(input.cursor());
        return draw_typed(&Typed { label, input: &hidden, hint: "" }, theme, area, buffer);
    }
    let at = draw_typed(&Typed { label, input, hint: "" }, theme, area, buffer);
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
