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
use crate::{
    model::text,
    ui::{
        qr,
        sign_in::{Field, SignIn, Visit},
        theme::Theme,
    },
};

/// The columns of the labels, including a gap.
const LABELS: usize = 23;
/// The columns of the words beside a picture, with a gap.
const WORDS: u16 = 42;

pub(super) fn draw(form: &SignIn, theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let narrow = area.width < 50 || area.height < 9;
    let gap = Constraint::Length(u16::from(!narrow));
    let one = Constraint::Length(1);
    let [title, _, server, user, password, _, error, _, hints] =
        Layout::vertical([one, gap, one, one, one, gap, Constraint::Length(3), Constraint::Fill(1), one])
            .areas(area);
    Pen::new(buffer, title, 0).write("whosin", theme.strong()).write("  Sign in to Matrix", theme.faint());
    let mut cursor = None;
    let fields = Field::ALL.into_iter().zip([server, user, password]);
    for (field, area) in fields.filter(|_| form.visit.is_none()) {
        let focused = field == form.focus();
        let label = label(field, focused, narrow);
        let at = draw_field(form, (field, &label), theme, area, buffer);
        cursor = cursor.or((focused && !form.waiting).then_some(at));
    }
    let keys = if let Some(visit) = &form.visit {
        let area = Rect { y: server.y, height: hints.y.saturating_sub(server.y), ..area };
        draw_visit(visit, theme, area, buffer);
        cursor = None;
        "Esc cancel  Ctrl-C quit"
    } else {
        draw_outcome(form, theme, error, buffer);
        "Tab next  Enter sign in  Esc quit"
    };
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

/// What to do in a browser, with the address as a picture for a camera beside the words or below them.
fn draw_visit(visit: &Visit, theme: Theme, area: Rect, buffer: &mut Buffer) {
    // A browser on this machine needs no camera.
    let picture = |area: Rect| {
        visit.code.as_ref().and_then(|_| qr::styled(&visit.scan, (area.width, area.height), theme))
    };
    let [words, beside] = Layout::horizontal([Constraint::Length(WORDS), Constraint::Fill(1)]).areas(area);
    if let Some(picture) = picture(beside) {
        draw_words(visit, theme, words, buffer);
        draw_picture(&picture, beside, buffer);
        return;
    }
    let rows = draw_words(visit, theme, area, buffer);
    let below = Rect { y: area.y + rows, height: area.height - rows, ..area };
    if let Some(picture) = picture(below) {
        draw_picture(&picture, below, buffer);
    }
}

/// Writes what to do in a browser, and returns how many rows it takes.
fn draw_words(visit: &Visit, theme: Theme, area: Rect, buffer: &mut Buffer) -> u16 {
    let columns = usize::from(area.width.saturating_sub(1)).max(1);
    let (plain, strong) = (Style::new(), theme.strong());
    // An address has no spaces to break it at, and is ASCII.
    let address: Vec<_> = visit.address.as_bytes().chunks(columns).map(String::from_utf8_lossy).collect();
    let address = address.join(" ");
    let mut words = match &visit.code {
        Some(_) => vec![("Open this address in a browser on any machine:", plain)],
        None => vec![("Sign in in the browser that opens. If none does, open this address:", plain)],
    };
    words.push((&address, strong));
    if let Some(code) = &visit.code {
        words.extend([("and type this code:", plain), (code, strong)]);
    }
    words.extend(visit.problem.as_deref().map(|problem| (problem, theme.alarm())));
    let lines = words
        .into_iter()
        .flat_map(|(words, style)| text::wrap(words, columns).into_iter().map(move |line| (line, style)));
    let mut row = 0;
    for (line, style) in lines.take(area.height.into()) {
        Pen::new(buffer, area, row).write(&line, style);
        row += 1;
    }
    row
}

fn draw_picture((lines, style): &(Vec<String>, Style), area: Rect, buffer: &mut Buffer) {
    for (line, row) in lines.iter().zip(0..) {
        Pen::new(buffer, area, row).write(line, *style);
    }
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
