//! The view of the sign-in form.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::Widget,
};
use tui_input::Input;

use super::{
    footer::{Typed, draw_typed},
    pen::Pen,
};
use crate::{
    model::{
        credentials::Way,
        text::{clean, wrap},
    },
    ui::{
        qr,
        sign_in::{Field, Offer, SignIn, Stage, Visit, lifetime},
        theme::Theme,
    },
};

/// The fewest columns of the words beside a picture.
const WORDS: u16 = 24;
/// The fewest rows of the words about a code. With fewer, address and code stand alone.
const TALL: u16 = 8;
/// The columns between words and picture.
const GAP: u16 = 2;

/// What the note about pasted tokens says.
const PASTED: &str = "Tokens of this server expire, and whosin cannot renew a pasted one. The token stays part of the \
                      session that it is from: logging out there ends it here.";

pub(super) fn draw(
    form: &SignIn,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let narrow = area.width < 50 || area.height < 9;
    let top = if narrow { 1 } else { 2 };
    let server = form.offer().filter(|_| !matches!(form.stage(), Stage::Server | Stage::Finding));
    let title =
        server.map_or("Sign in to Matrix".to_owned(), |it| format!("Sign in to {}", clean(&it.server)));
    Pen::new(buffer, area, 0).write("whosin", theme.strong()).write(&format!("  {title}"), theme.faint());
    let hints = Rect { y: area.bottom() - 1, height: 1, ..area };
    Pen::new(buffer, hints, 0).write(&keys(form), theme.faint());
    let body = Rect { y: area.y + top, height: area.height.saturating_sub(top + 1), ..area };
    let mut page = Page { area: body, row: 0, narrow, theme, buffer };
    match form.stage() {
        Stage::Ways => {
            page.alarm(form.error());
            if let Some(offer) = form.offer() {
                page.ways(offer, form.chosen());
            }
            None
        }
        Stage::Visit(visit) => page.visit(form, visit, now),
        _ => page.fields(form),
    }
}

/// Returns the keys of the stage. What does not fit is at the end.
fn keys(form: &SignIn) -> String {
    let switch = match form.other_way() {
        Some(Way::DeviceCode) => "  Tab code instead",
        Some(_) => "  Tab browser here",
        None => "",
    };
    match form.stage() {
        Stage::Server => "Enter continue  Esc quit".to_owned(),
        Stage::Finding => "Esc stop  Ctrl-C quit".to_owned(),
        Stage::Ways => "Enter sign in  Esc back  ↑↓ choose".to_owned(),
        Stage::Secret if form.fields().len() > 1 => "Enter sign in  Esc back  Tab next".to_owned(),
        Stage::Secret => "Enter sign in  Esc back".to_owned(),
        Stage::Waiting => format!("Esc stop{switch}"),
        Stage::Visit(visit) if visit.code.is_some() => format!("Esc stop{switch}  Enter open here"),
        Stage::Visit(_) => format!("Esc stop{switch}  Enter take the address"),
        Stage::Saving => "Ctrl-C quit".to_owned(),
    }
}

/// The part of the form between title and keys, written from top to bottom.
struct Page<'a> {
    area: Rect,
    /// The next row.
    row: u16,
    narrow: bool,
    theme: Theme,
    buffer: &'a mut Buffer,
}

impl Page<'_> {
    fn left(&self) -> u16 {
        self.area.height.saturating_sub(self.row)
    }

    fn gap(&mut self) {
        self.row += u16::from(!self.narrow);
    }

    /// Writes a text, wrapped.
    fn write(&mut self, text: &str, style: Style) {
        self.lines(wrap(text, self.area.width.into()), style);
    }

    fn lines(&mut self, lines: Vec<String>, style: Style) {
        for line in lines.into_iter().take(self.left().into()) {
            Pen::new(self.buffer, self.area, self.row).write(&line, style);
            self.row += 1;
        }
    }

    /// Writes an address or a code unchanged. It goes on in the next row wherever it has to.
    fn exactly(&mut self, text: &str) {
        let characters: Vec<char> = text.chars().collect();
        let lines = characters.chunks(usize::from(self.area.width).max(1));
        self.lines(lines.map(|line| line.iter().collect()).collect(), self.theme.strong());
    }

    fn alarm(&mut self, error: Option<&str>) {
        if let Some(error) = error {
            self.write(error, self.theme.alarm());
            self.gap();
        }
    }

    fn ways(&mut self, offer: &Offer, chosen: usize) {
        let rows = usize::from(self.left()).max(1);
        let first = (chosen + 1).saturating_sub(rows);
        for (at, way) in offer.ways.iter().enumerate().skip(first).take(rows) {
            let style = if at == chosen { self.theme.strong() } else { Style::new() };
            let mut pen = Pen::new(self.buffer, self.area, self.row);
            pen.write(if at == chosen { "▌ " } else { "  " }, self.theme.strong());
            pen.write(&format!("{}  ", at + 1), self.theme.faint()).write(&clean(&way.label()), style);
            if *way == Way::Token && offer.tokens_expire {
                pen.write("  expires, and cannot be renewed", self.theme.faint());
            }
            self.row += 1;
        }
    }

    /// Draws the fields of a stage and what has become of them. Returns the cursor.
    fn fields(&mut self, form: &SignIn) -> Option<Position> {
        let mut cursor = None;
        let labels = form.fields().iter().map(|field| self.label(*field).len()).max().unwrap_or_default();
        for field in form.fields() {
            if self.left() == 0 {
                break;
            }
            let is_focused = form.focus() == Some(*field);
            let at = self.field(form, *field, labels);
            cursor = cursor.or(is_focused.then_some(at));
        }
        if !form.fields().is_empty() {
            self.gap();
        }
        let expires = form.offer().is_some_and(|offer| offer.tokens_expire);
        match form.stage() {
            Stage::Finding => {
                self.alarm(form.error());
                self.write("Asking the server how to sign in …", Style::new());
            }
            Stage::Waiting => self.write("Signing in …", Style::new()),
            Stage::Saving => self.write("Signed in. Saving the session …", Style::new()),
            _ => self.alarm(form.error()),
        }
        if expires && form.fields() == [Field::Token] {
            self.write(PASTED, self.theme.notice());
        }
        cursor
    }

    fn label(&self, field: Field) -> &'static str {
        match field {
            Field::Server if self.narrow => "Server",
            _ => field.label(),
        }
    }

    fn field(&mut self, form: &SignIn, field: Field, columns: usize) -> Position {
        let input = form.input(field);
        let marker = if form.focus() == Some(field) { "▌ " } else { "  " };
        let label = format!("{marker}{:columns$}  ", self.label(field));
        let area = Rect { y: self.area.y + self.row, height: 1, ..self.area };
        self.row += 1;
        let hidden = Input::new("•".repeat(input.value().chars().count())).with_cursor(input.cursor());
        let shown = if field.is_secret() { &hidden } else { input };
        let at = draw_typed(&Typed::new(&label, shown, ""), self.theme, area, self.buffer);
        let example = match field {
            Field::Server if input.value().is_empty() => "@you:example.org",
            _ => "",
        };
        if !example.is_empty() && at.x < area.right() {
            let area = Rect { x: at.x + 1, width: area.right() - at.x - 1, ..area };
            Pen::new(self.buffer, area, 0).write(example, self.theme.faint());
        }
        at
    }

    /// Draws what to do in a browser. Returns the cursor.
    fn visit(&mut self, form: &SignIn, visit: &Visit, now: Timestamp) -> Option<Position> {
        let Some((code, expires_at)) = &visit.code else { return Some(self.browser(form, visit)) };
        // A code that is cut is none, so the picture must leave room for the words.
        let whole = self.area;
        let beside = (whole.width.saturating_sub(WORDS + GAP), whole.height);
        let picture = qr::draw(&visit.scan, beside, self.theme);
        if let Some(lines) = &picture {
            let columns = lines.first().map_or(0, Line::width);
            let columns = u16::try_from(columns).unwrap_or(whole.width);
            let area = Rect { x: whole.right() - columns, width: columns, ..whole };
            draw_picture(lines, area, self.buffer);
            self.area.width = whole.width - columns - GAP;
        }
        self.words(visit, (code, &lifetime(*expires_at, now).0));
        if picture.is_none() {
            self.gap();
            let below = Rect { y: whole.y + self.row, height: self.left(), ..whole };
            if let Some(lines) = qr::draw(&visit.scan, (below.width, below.height), self.theme) {
                draw_picture(&lines, below, self.buffer);
            }
        }
        None
    }

    /// Draws the address for a browser, and the line to paste into: that stays in sight however long the address is.
    fn browser(&mut self, form: &SignIn, visit: &Visit) -> Position {
        let rows = self.area.height;
        self.area.height = rows.saturating_sub(1);
        self.alarm(visit.problem.as_deref());
        let what = if visit.opens {
            "Sign in in the browser that opens. If none does, open this address:"
        } else {
            "Open this address in a browser. If your terminal allows it, it is in the clipboard:"
        };
        self.write(what, Style::new());
        self.exactly(&visit.address);
        self.gap();
        self.write("If the browser ends at an address that it cannot open, paste that here:", Style::new());
        self.area.height = rows;
        self.field(form, Field::Redirect, 7)
    }

    fn words(&mut self, visit: &Visit, (code, lifetime): (&str, &str)) {
        if self.area.height < TALL {
            self.exactly(&visit.address);
            self.exactly(code);
            self.alarm(visit.problem.as_deref());
            return;
        }
        self.write("Open this address in a browser on any machine:", Style::new());
        self.exactly(&visit.address);
        self.write("and type this code:", Style::new());
        self.exactly(code);
        self.gap();
        self.write(
            &format!("The code is good for {lifetime}. Another one follows by itself."),
            self.theme.faint(),
        );
        self.gap();
        self.alarm(visit.problem.as_deref());
    }
}

fn draw_picture(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) {
    for (line, row) in lines.iter().zip(area.rows()) {
        line.render(row, buffer);
    }
}
