//! The list of contacts, and their number in each state.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{Ctx, emptiness, pen::Pen, targets::Targets};
use crate::ui::screen::{Row, Target};
use crate::{
    model::{
        age,
        contacts::{Contact, Group, Heard},
        own::Reason,
        presence::Presence,
        text,
    },
    ui::theme::{self, Theme},
};

/// The columns of the state's word, including a gap. A longer word of an unknown state is cut.
const WORD: usize = 13;
/// The columns of an age, including a gap.
const AGE: usize = 8;
/// The mark of contacts in a call, before the message.
const IN_CALL: &str = "in a call";

/// The space between two counts.
const GAP: &str = "  ";

/// Draws the counts. `list` is the area of the list, for the number of contacts below its end.
pub(super) fn draw_counts(ctx: &Ctx<'_>, area: Rect, list: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let counts: Vec<_> = ctx
        .screen
        .list()
        .counts()
        // Rare states need no zero.
        .filter(|&(group, count)| count > 0 || group <= Group::Unavailable)
        .map(|(group, count)| Count::new(group, count, ctx, ctx.theme))
        .collect();
    let (mut more, mut below) = (String::new(), String::new());
    if !list.is_empty()
        && let rows @ 1.. = ctx.screen.below(ctx.model, usize::from(list.height))
    {
        (more, below) = (format!("{GAP}{rows} more ↓"), format!("{GAP}{rows} ↓"));
    }
    // Without room for words the glyphs are enough.
    let gaps = GAP.len() * counts.len().saturating_sub(1);
    let needed = counts.iter().map(Count::width).sum::<usize>() + gaps + text::width(&below);
    let words = needed <= usize::from(area.width);
    let mut pen = Pen::new(buffer, area, 0);
    for Count { glyph, style, number, word } in counts {
        let gap = if pen.x() == area.x { "" } else { GAP };
        pen.write(gap, style).write(glyph, style).write(&format!(" {number}"), ctx.theme.faint());
        if words {
            pen.write(" ", ctx.theme.faint()).write(word, ctx.theme.faint());
        }
    }
    pen.right(if text::width(&more) <= pen.left() { &more } else { &below }, ctx.theme.faint());
}

/// The number of contacts in a state, ready to write.
struct Count {
    glyph: &'static str,
    style: Style,
    number: String,
    word: &'static str,
}

impl Count {
    fn new(group: Group, count: usize, ctx: &Ctx<'_>, theme: Theme) -> Self {
        let (glyph, word) = look(group, ctx);
        let listed = ctx.screen.list().lists(group);
        let style = if listed && count > 0 { theme.state(group) } else { theme.faint() };
        let number = if listed { count.to_string() } else { format!("({count})") };
        Self { glyph, style, number, word }
    }

    /// Returns the width with the word.
    fn width(&self) -> usize {
        [self.glyph, " ", &self.number, " ", self.word].into_iter().map(text::width).sum()
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    if emptiness::draw(ctx, area, buffer) {
        return;
    }
    let columns = Columns::for_width(usize::from(area.width));
    for (row, line) in (0..).zip(ctx.screen.rows(ctx.model, usize::from(area.height))) {
        match line {
            Row::Heading(text) => {
                Pen::new(buffer, area, row).write(text, ctx.theme.faint().add_modifier(Modifier::BOLD));
            }
            Row::Contact(user_id, contact) => {
                let mut pen = Pen::new(buffer, area, row);
                let selected = ctx.screen.selected() == Some(user_id);
                draw_row(ctx, user_id, contact, &columns, &mut pen);
                let whole = Rect { y: area.y + row, height: 1, ..area };
                targets.add(whole, Target::Contact(user_id.to_owned()));
                if selected || !ctx.model.connection().is_live() {
                    let modifier = if selected { Modifier::BOLD } else { Modifier::DIM };
                    buffer.set_style(whole, Style::new().add_modifier(modifier));
                }
            }
        }
    }
}

/// The widths of a row's columns. A width of 0 means that the column is left out.
struct Columns {
    name: usize,
    word: usize,
    age: usize,
}

impl Columns {
    fn for_width(width: usize) -> Self {
        match width {
            0..34 => Self { name: width.saturating_sub(4), word: 0, age: 0 },
            34..60 => Self { name: width - 4 - WORD, word: WORD, age: 0 },
            _ => Self { name: (width / 4).clamp(18, 36), word: WORD, age: AGE },
        }
    }
}

fn draw_row(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact, columns: &Columns, pen: &mut Pen<'_>) {
    let selected = ctx.screen.selected() == Some(user_id);
    let group = contact.group();
    let style = ctx.theme.state(group);
    let (glyph, word) = look(group, ctx);
    let word = match &contact.heard {
        Some(Heard { presence: Presence::Other(name), .. }) => name,
        _ => word,
    };
    let plain = plain(group, ctx.theme);
    pen.column(if selected { "▌" } else { "" }, 1, ctx.theme.strong());
    pen.column(if contact.pinned { "*" } else { "" }, 1, ctx.theme.notice()).column(glyph, 2, style);
    draw_name(ctx, user_id, contact, columns.name, pen);
    if columns.word > 0 {
        pen.column(&text::cut(word, columns.word - 1), columns.word, style);
    }
    if columns.age > 0 {
        let mut message =
            contact.heard.as_ref().and_then(|heard| heard.status_msg.as_deref()).unwrap_or_default();
        let end = columns.age;
        if ctx.model.calls().is_in_call(user_id, ctx.now) && pen.left() > end + IN_CALL.len() {
            message = if message == IN_CALL { "" } else { message };
            let gap = if message.is_empty() { "" } else { ": " };
            pen.write(IN_CALL, ctx.theme.notice()).write(gap, ctx.theme.faint());
        }
        let room = pen.left().saturating_sub(end);
        pen.column(message, room, plain).column(notification_key(user_id, ctx), 1, ctx.theme.notice());
        pen.right(&age(contact, ctx.now), ctx.theme.faint());
    }
}

/// Returns the style of a row's text.
fn plain(group: Group, theme: Theme) -> Style {
    if group >= Group::Offline { theme.faint() } else { Style::new() }
}

/// Draws the name and, for a shared name, the user ID. The name is cut first.
fn draw_name(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact, width: usize, pen: &mut Pen<'_>) {
    let apart = &apart(user_id, contact, ctx);
    let style = plain(contact.group(), ctx.theme);
    let end = pen.left().saturating_sub(width.saturating_sub(1));
    let kept = if apart.is_empty() { 0 } else { text::width(apart) + 1 };
    let name = text::width(&contact.name).min((pen.left() - end).saturating_sub(kept));
    pen.column(&contact.name, name, style);
    if !apart.is_empty() {
        pen.column("", usize::from(name > 0), style);
        let room = pen.left() - end;
        pen.column(apart, room, ctx.theme.faint());
    }
    pen.column("", pen.left() - end + 1, style);
}

/// Returns the user ID of a contact with a shared name, without the server if it is our own.
fn apart(user_id: &UserId, contact: &Contact, ctx: &Ctx<'_>) -> String {
    if !contact.shares_name {
        return String::new();
    }
    let ours = user_id.server_name() == ctx.model.account().user_id.server_name();
    let id = if ours { format!("@{}", user_id.localpart()) } else { user_id.to_string() };
    text::id(&id).into_owned()
}

/// Returns the key of the contact's notifications, `N` or `n`, or nothing.
fn notification_key(user_id: &UserId, ctx: &Ctx<'_>) -> &'static str {
    let preferences = ctx.model.preferences();
    if preferences.notify_each.contains(user_id) {
        "N"
    } else if preferences.notify_once.contains(user_id) {
        "n"
    } else {
        ""
    }
}

fn age(contact: &Contact, now: Timestamp) -> String {
    match &contact.heard {
        Some(heard) if heard.currently_active => "now".to_owned(),
        Some(heard) => heard.last_active.map(|since| age::words(since, now)).unwrap_or_default(),
        None => String::new(),
    }
}

/// Returns the glyph and the word of a group. Silent contacts are "not shared" if presence is switched off.
pub(super) fn look(group: Group, ctx: &Ctx<'_>) -> (&'static str, &'static str) {
    let untracked = ctx.report.reason == Some(Reason::Untracked);
    match group {
        Group::Silent if untracked => ("?", "not shared"),
        group => (theme::glyph(group), group.label()),
    }
}
