//! The footer: the keys of the moment, or the text input.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
};
use tui_input::Input;

use super::{Ctx, pen::Pen, until};
use crate::ui::screen::{Field, Mode, Mouse};
use crate::{
    model::{Model, deadline, text},
    ui::theme::Theme,
};

/// The rows of a screen from which the footer has two.
const TALL: u16 = 20;
/// The rows from which a prompt with an explanation has two.
const LOW: u16 = 7;

/// Hints: the name of a binding, and a word for it. The most important come first, and the last two stay longest.
type Hints = &'static [(&'static str, &'static str)];

/// The keys of the own state.
const OWN: Hints = &[
    ("busy", "busy"),
    ("busy-for", "for a while"),
    ("online", "online"),
    ("unavailable", "unavailable"),
    ("offline", "offline"),
    ("message", "message"),
    ("pick", "pick"),
];
/// The keys in the list.
const LIST: Hints = &[
    ("filter", "find"),
    ("details", "details"),
    ("notify", "tell me"),
    ("pin", "favourite"),
    ("next-view", "view"),
    ("log", "log"),
    ("sort", "order"),
    ("commands", "commands"),
    ("help", "help"),
    ("quit", "quit"),
];
/// The keys for a selected contact.
const SELECTED: [(&str, &str); 10] = [
    ("details", "details"),
    ("notify", "tell me"),
    ("pin", "favourite"),
    ("chat", "chat"),
    ("back", "select none"),
    ("copy", "copy ID"),
    ("next-view", "view"),
    ("filter", "find"),
    ("help", "help"),
    ("quit", "quit"),
];
/// The keys for a selected contact whose details are beside the list.
const BESIDE: [(&str, &str); 10] = {
    let mut hints = SELECTED;
    hints[0] = ("details", "a room");
    hints
};
/// The keys in details that replace the list.
const DETAILS: Hints = &[
    ("back", "the list"),
    ("down", "next"),
    ("up", "previous"),
    ("notify", "tell me"),
    ("next-room", "a room"),
    ("pin", "favourite"),
    ("chat", "chat"),
    ("copy", "copy ID"),
    ("help", "help"),
    ("quit", "quit"),
];
/// The keys for a selected room in the details.
const ROOM: Hints = &[
    ("details", "open its view"),
    ("next-room", "next room"),
    ("previous-room", "previous"),
    ("back", "select none"),
    ("help", "help"),
    ("quit", "quit"),
];
/// The keys where there is one row for all.
const ALL: Hints = &[
    ("busy", "busy"),
    ("filter", "find"),
    ("next-view", "view"),
    ("details", "details"),
    ("busy-for", "for a while"),
    ("notify", "tell me"),
    ("pin", "favourite"),
    ("message", "message"),
    ("online", "online"),
    ("help", "help"),
    ("quit", "quit"),
];
/// The keys in the help.
const HELP: Hints = &[
    ("filter", "find"),
    ("down", "down"),
    ("up", "up"),
    ("page-down", "page"),
    ("back", "close"),
    ("quit", "quit"),
];

/// Returns the rows of the footer on a screen of this height.
pub(super) fn rows(mode: &Mode, height: u16) -> u16 {
    // What is wrong with an end stands where it is typed.
    let explains = matches!(mode, Mode::Until(..)) && height >= LOW;
    if height >= TALL || explains { 2 } else { 1 }
}

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    match ctx.screen.mode() {
        Mode::Filter(input) => {
            let found = format!("  {} found  Enter keeps it  Esc clears it", ctx.screen.list().len());
            Some(draw_typed(&Typed::new("Filter: ", input, &found), ctx.theme, last, buffer))
        }
        Mode::Message(field) => {
            let typed = Typed::in_field("Message: ", field, message_hint(ctx.model));
            Some(draw_prompt(&typed, ctx.theme, area, buffer))
        }
        Mode::Status(prompt) => {
            let ends = prompt.ends(ctx.now, ctx.screen.zone());
            let hint = match ends.map(|at| deadline::words(at, ctx.now, ctx.screen.zone())) {
                Some(at) => format!("  ends {at}  public: anyone can read it  Esc leaves it"),
                None => "  public: anyone can read it  Tab: the message  Esc leaves it".to_owned(),
            };
            Some(draw_prompt(&Typed::new("Status: ", prompt.line(), &hint), ctx.theme, area, buffer))
        }
        Mode::OfferStatus(_) => {
            let answers = [("y", " yes, always  "), ("n", " no, never  "), ("Esc", " not now")];
            draw_answers(&answers, ctx.theme, &mut Pen::new(buffer, last, 0));
            None
        }
        Mode::Until(prompt) => {
            if area.height > 1 {
                until::draw(ctx, prompt, area, buffer);
            }
            let hint = "  Enter sets  Tab offers some  Esc leaves it";
            Some(draw_typed(&Typed::in_field("Busy: ", prompt.field(), hint), ctx.theme, last, buffer))
        }
        Mode::Palette(palette) => {
            let hint = match palette.setting() {
                Some(_) => "  Enter sets and keeps it  Esc closes",
                None => "  Enter runs it  Esc closes",
            };
            Some(draw_typed(&Typed::new("Command: ", palette.line(), hint), ctx.theme, last, buffer))
        }
        Mode::Help(help) if help.is_typing() => {
            let hint = "  Enter keeps it  Esc clears it";
            Some(draw_typed(&Typed::new("Find in the help: ", help.line(), hint), ctx.theme, last, buffer))
        }
        Mode::Pick(_) => {
            let answers = [("Enter", " takes it  "), ("Esc", " leaves it as it is")];
            draw_answers(&answers, ctx.theme, &mut Pen::new(buffer, last, 0));
            None
        }
        Mode::Help(_) => {
            draw_hints(ctx, HELP, &mut Pen::new(buffer, last, 0));
            None
        }
        Mode::List => {
            draw_list_hints(ctx, area, buffer);
            None
        }
    }
}

/// Returns what Enter, Tab and Esc do with a message.
fn message_hint(model: &Model) -> &'static str {
    match (model.profile_support().fields, model.own().is_tracked()) {
        (true, Some(false)) => "  nobody sees a message here  Tab: a public status  Esc leaves it",
        (true, _) => "  Enter sends it to those who share a room  Tab: a public status  Esc leaves it",
        (false, _) => "  Enter sends  Esc leaves it as it was",
    }
}

/// Draws keys with what they do.
fn draw_answers(answers: &[(&str, &str)], theme: Theme, pen: &mut Pen<'_>) {
    for (key, does) in answers {
        pen.write(key, theme.strong()).write(does, theme.faint());
    }
}

/// Draws the keys of the list: in two rows the own state first, in one row the most important of all.
fn draw_list_hints(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let selected = ctx.screen.selected_row(ctx.model).is_some();
    let hints = match (selected, area.height) {
        _ if ctx.screen.selected_room(ctx.model).is_some() => ROOM,
        (true, _) if ctx.screen.shows_details(ctx.model) && !ctx.screen.is_wide() => DETAILS,
        (true, _) if ctx.screen.is_wide() => &BESIDE,
        (true, _) => &SELECTED,
        (false, 1) => ALL,
        (false, _) => LIST,
    };
    if area.height > 1 && !ctx.screen.is_watching(ctx.model) {
        draw_hints(ctx, OWN, &mut Pen::new(buffer, area, 0));
    }
    let mut pen = Pen::new(buffer, area, area.height - 1);
    draw_notes(ctx, &mut pen);
    draw_hints(ctx, hints, &mut pen);
}

/// A text input.
pub(super) struct Typed<'a> {
    /// The label before the text.
    pub label: &'a str,
    /// The text and its cursor.
    pub input: &'a Input,
    /// The hint at the right, if there is room.
    pub hint: &'a str,
    /// Whether the next letter replaces the text.
    pub selected: bool,
}

impl<'a> Typed<'a> {
    pub(super) fn new(label: &'a str, input: &'a Input, hint: &'a str) -> Self {
        Self { label, input, hint, selected: false }
    }

    fn in_field(label: &'a str, field: &'a Field, hint: &'a str) -> Self {
        Self { selected: field.is_selected(), ..Self::new(label, field.line(), hint) }
    }
}

/// Draws a text input with its hint in the row above, if there is one.
fn draw_prompt(typed: &Typed<'_>, theme: Theme, area: Rect, buffer: &mut Buffer) -> Position {
    if area.height == 1 {
        return draw_typed(typed, theme, area, buffer);
    }
    Pen::new(buffer, area, 0).write(typed.hint.trim_start(), theme.faint());
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    draw_typed(&Typed { hint: "", ..*typed }, theme, last, buffer)
}

/// Draws a text input, scrolled to its cursor. Returns the position of the cursor.
pub(super) fn draw_typed(typed: &Typed<'_>, theme: Theme, area: Rect, buffer: &mut Buffer) -> Position {
    let Typed { label, input, hint, selected } = *typed;
    let mut pen = Pen::new(buffer, area, 0);
    pen.write(label, theme.strong());
    let start = pen.x();
    let room = pen.left().saturating_sub(1);
    let scroll = input.visual_scroll(room);
    let visible: String = skip_columns(input.value(), scroll);
    let style = if selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    pen.write(&visible, style);
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

/// Draws what lasts: the filter, and a mouse that is let go.
fn draw_notes(ctx: &Ctx<'_>, pen: &mut Pen<'_>) {
    if !ctx.screen.filter().is_empty() {
        let filter = text::clean(ctx.screen.filter());
        pen.write(&format!("\"{filter}\" {} found", ctx.screen.list().len()), ctx.theme.notice());
        let back = ctx.screen.keymap().shown("back");
        pen.write(&format!("  {back}"), ctx.theme.strong()).write(" clears  ", ctx.theme.faint());
    }
    if ctx.screen.mouse() == Mouse::LetGo {
        let key = ctx.screen.keymap().key_of("mouse").map(|key| format!("; {key} takes it again"));
        pen.write(&format!("mouse let go{}  ", key.unwrap_or_default()), ctx.theme.notice());
    }
}

/// Draws hints as far as they fit. A hint that is cut off helps nobody.
fn draw_hints(ctx: &Ctx<'_>, hints: Hints, pen: &mut Pen<'_>) {
    // With a filter, that key clears the filter.
    let filtered = !ctx.screen.filter().is_empty() && matches!(ctx.screen.mode(), Mode::List);
    let keyed = hints
        .iter()
        .filter(|(name, _)| !(filtered && *name == "back"))
        .filter_map(|(name, word)| Some((ctx.screen.keymap().key_of(name)?.to_string(), *word)));
    let mut hints: Vec<(String, &str)> = keyed.collect();
    let width = |(key, word): &(String, &str)| text::width(key) + text::width(word) + 3;
    while hints.iter().map(width).sum::<usize>() > pen.left() + 2 && !hints.is_empty() {
        hints.remove(hints.len().saturating_sub(3));
    }
    for (at, (key, word)) in hints.iter().enumerate() {
        let gap = if at > 0 { "  " } else { "" };
        pen.write(gap, ctx.theme.faint()).write(key, ctx.theme.strong());
        pen.write(&format!(" {word}"), ctx.theme.faint());
    }
}
