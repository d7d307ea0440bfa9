//! The list of contacts, in groups.

use std::collections::HashMap;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::{Ctx, details::clock, emptiness, pen::Pen, targets::Targets};
use crate::ui::{
    list::{Heading, Sort},
    screen::{Row, TWO, Target},
};
use crate::{
    model::{
        age,
        contacts::{Contact, Group, LastPresence},
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
/// The columns of a local time, including a gap.
const CLOCK: usize = 7;
/// The columns of the marks before a name.
const MARKS: usize = 4;
/// The columns that a shared name keeps if there is room.
const SOME_NAME: usize = 6;
/// The mark of contacts in a call, before the message.
const IN_CALL: &str = "in a call";
/// The most columns of the room of somebody whom the view does not list, including a gap.
const PLACE: usize = 20;
/// The hours of the night, which are dimmed.
pub(super) const NIGHT: [i8; 9] = [22, 23, 0, 1, 2, 3, 4, 5, 6];
/// The columns between the two.
const BETWEEN: u16 = 3;

/// Returns the number of rows that fit, side by side where the list is wide.
pub(super) fn capacity(list: Rect) -> usize {
    usize::from(list.height) * if list.width >= TWO { 2 } else { 1 }
}

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    if area.is_empty() || emptiness::draw(ctx, area, buffer) {
        return;
    }
    let rows: Vec<Row<'_>> = ctx.screen.rows(ctx.model, capacity(area)).collect();
    let height = usize::from(area.height);
    let width = if rows.len() > height { (area.width - BETWEEN) / 2 } else { area.width };
    for (rows, column) in rows.chunks(height).zip(0..) {
        let area = Rect { x: area.x + column * (width + BETWEEN), width, ..area };
        draw_column(ctx, rows, area, targets, buffer);
    }
}

fn draw_column(ctx: &Ctx<'_>, rows: &[Row<'_>], area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    let mut columns = Columns::for_width(usize::from(area.width), shows_words(ctx));
    columns.alike = alike(ctx, rows);
    for (row, line) in (0..area.height).zip(rows) {
        match line {
            Row::Heading(heading, rows) => {
                draw_heading(ctx, heading, *rows, &mut Pen::new(buffer, area, row));
            }
            Row::Contact(user_id, contact) => {
                let mut pen = Pen::new(buffer, area, row);
                let selected = ctx.screen.selected() == Some(user_id);
                draw_row(ctx, user_id, contact, &columns, &mut pen);
                let whole = Rect { y: area.y + row, height: 1, ..area };
                targets.add(whole, Target::Contact((*user_id).to_owned()));
                if selected {
                    buffer.set_style(whole, ctx.theme.strong());
                } else if !ctx.model.connection().is_live() {
                    // A color that is dimmed as well cannot be read.
                    buffer.set_style(whole, Style::new().fg(Color::Reset).patch(ctx.theme.faint()));
                }
            }
        }
    }
}

/// Draws a heading: the state, the number of its contacts, and who of them is missing below.
fn draw_heading(ctx: &Ctx<'_>, heading: &Heading, rows: usize, pen: &mut Pen<'_>) {
    let faint = ctx.theme.faint();
    let bold = |style: Style| style.add_modifier(Modifier::BOLD);
    let (group, name) = match heading {
        Heading::Section(section) => {
            pen.write(section.label(), bold(faint)).write(&format!(" {rows}"), faint);
            return;
        }
        Heading::Status => {
            pen.write("WITH A STATUS", bold(faint)).write(&format!(" {rows}"), faint);
            return;
        }
        Heading::Other(word) => (Group::Other, word.as_str()),
        Heading::State(group) => (*group, ""),
    };
    let with_status = ctx.screen.list().with_status();
    let count_of = |group: Group| {
        let count = ctx.screen.list().counts().find(|it| it.0 == group).map_or(0, |it| it.1);
        // They have a heading of their own.
        if group == Group::Silent { count - with_status } else { count }
    };
    let (silent, hidden) = match group {
        Group::Offline => (count_of(Group::Silent), ctx.model.contacts().hidden()),
        _ => (0, 0),
    };
    // Nobody was reported as offline: the heading is that of the silent contacts.
    let only_silent = group == Group::Offline && count_of(Group::Offline) == 0;
    let (group, silent) = if only_silent { (Group::Silent, 0) } else { (group, silent) };
    let (glyph, word) = look(group, ctx);
    let name = match group {
        Group::Online => "FREE",
        Group::Busy => "BUSY",
        Group::Unavailable => "AWAY",
        Group::Offline => "OFFLINE",
        Group::Other if name.is_empty() => "OTHER",
        Group::Other => name,
        Group::Silent => &word.to_uppercase(),
    };
    let count = if group == Group::Other { rows } else { count_of(group) };
    let left_out = (count + silent).saturating_sub(rows);
    let style = ctx.theme.state(group);
    pen.write(glyph, style)
        .write(" ", faint)
        .write(name, bold(ctx.theme.state_word(group)))
        .write(&format!(" {count}"), faint);
    for (number, what) in [(silent, "silent"), (left_out, "left out"), (hidden, "hidden")] {
        if number > 0 {
            pen.write(&format!(" · {number} {what}"), faint);
        }
    }
}

/// Returns whether rows have the state's word. Below the heading of a state they need none.
fn shows_words(ctx: &Ctx<'_>) -> bool {
    ctx.screen.list().sort() != Sort::State || !ctx.screen.filter().is_empty()
}

/// The widths of a row's columns. A width of 0 means that the column is left out.
struct Columns {
    name: usize,
    word: usize,
    message: bool,
    clock: usize,
    age: usize,
    /// How many letters of their IDs those in sight share at the start who have one name.
    alike: HashMap<OwnedUserId, usize>,
}

impl Columns {
    fn for_width(width: usize, words: bool) -> Self {
        let word = if words { WORD } else { 0 };
        let name = width.saturating_sub(MARKS);
        let none = Self { name, word: 0, message: false, clock: 0, age: 0, alike: HashMap::new() };
        match width {
            0..34 => none,
            34..60 if words => Self { name: width - MARKS - WORD, word, ..none },
            34..48 => Self { name: width / 2 - MARKS, message: true, ..none },
            48..60 => Self { name: width / 3, message: true, age: AGE, ..none },
            _ => {
                let name = (width / 4).clamp(18, 36);
                let clock = if width >= 64 + word { CLOCK } else { 0 };
                Self { name, word, message: true, clock, age: AGE, ..none }
            }
        }
    }
}

fn draw_row(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact, columns: &Columns, pen: &mut Pen<'_>) {
    let selected = ctx.screen.selected() == Some(user_id);
    let group = contact.group();
    let style = ctx.theme.state(group);
    let (glyph, word) = look(group, ctx);
    pen.column(if selected { "▌" } else { "" }, 1, ctx.theme.strong());
    pen.column(if contact.pinned { "★" } else { "" }, 1, ctx.theme.notice()).column(glyph, 2, style);
    draw_name(ctx, user_id, contact, columns, pen);
    if columns.word > 0 {
        let word = match &contact.heard {
            Some(LastPresence { presence: Presence::Other(name), .. }) => name,
            _ => word,
        };
        pen.column(&text::cut(word, columns.word - 1), columns.word, ctx.theme.state_word(group));
    }
    let mark = notification_mark(user_id, ctx);
    let since = since(ctx, user_id, contact);
    if columns.message {
        let clock = local_time(ctx, user_id).filter(|_| columns.clock > 0);
        // An empty column leaves its room to the message.
        let age = if mark.is_empty() && since.is_empty() && clock.is_none() { 0 } else { columns.age };
        let end = age + clock.as_ref().map_or(0, |_| columns.clock);
        draw_message(ctx, user_id, contact, end, pen);
        if let Some((clock, style)) = clock {
            pen.column(&format!("{clock:>6}"), columns.clock, style);
        }
    }
    if columns.age > 0 {
        pen.column(mark, 1, ctx.theme.notice()).right(&since, ctx.theme.faint());
    }
}

/// Draws the message, and leaves this many columns free after it.
fn draw_message(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact, end: usize, pen: &mut Pen<'_>) {
    if ctx.screen.list().is_outside(user_id, ctx.model.contacts()) {
        let rooms = ctx.model.contacts().rooms_of(user_id);
        if let Some((_, room)) = rooms.first().filter(|_| pen.left() > end + PLACE) {
            pen.write(&text::cut(&format!("in {room}"), PLACE - 2), ctx.theme.notice());
            pen.write("  ", ctx.theme.faint());
        }
    }
    let status = contact.status().map(|status| ctx.theme.charset.status(status));
    let says = status.or_else(|| contact.says()).unwrap_or_default();
    let mut message = says;
    let call = contact.profile_call(ctx.now);
    let in_call = ctx.model.calls().is_in_call(user_id, ctx.now) || call.is_some();
    if in_call && pen.left() > end + IN_CALL.len() {
        let mut gap = " · ";
        if message.is_empty() || message == IN_CALL {
            let since = call.and_then(|call| call.since);
            let since = since.map(|at| format!(" since {}", clock(at, ctx.screen.zone(), ctx.now)));
            (gap, message) = ("", since.unwrap_or_default());
        }
        pen.write(IN_CALL, ctx.theme.notice()).write(gap, ctx.theme.faint());
    }
    let room = pen.left().saturating_sub(end);
    pen.column(
        &text::cut(&message, room.saturating_sub(usize::from(end > 0))),
        room,
        plain(contact.group(), ctx.theme),
    );
}

/// Returns a contact's local time and its style, if the clock there shows another time than here. It is faint at
/// night.
fn local_time(ctx: &Ctx<'_>, user_id: &UserId) -> Option<(String, Style)> {
    let theirs = ctx.model.time_zone_of(user_id)?;
    if theirs.to_offset(ctx.now) == ctx.screen.zone().to_offset(ctx.now) {
        return None;
    }
    let time = theirs.to_datetime(ctx.now);
    let style = if NIGHT.contains(&time.hour()) { ctx.theme.faint() } else { Style::new() };
    Some((time.strftime("%H:%M").to_string(), style))
}

/// Returns the style of a row's text.
fn plain(group: Group, theme: Theme) -> Style {
    if group >= Group::Offline { theme.faint() } else { Style::new() }
}

/// Draws the name and, for a shared name, the user ID. If both do not fit, the name is cut first, and the ID loses the
/// start that namesakes share.
fn draw_name(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact, columns: &Columns, pen: &mut Pen<'_>) {
    let style = plain(contact.group(), ctx.theme);
    let end = pen.left().saturating_sub(columns.name.saturating_sub(1));
    let room = pen.left() - end;
    let mut apart = apart(user_id, contact, ctx);
    let alike = columns.alike.get(user_id).copied().unwrap_or_default();
    if text::width(&apart) + 1 + text::width(&contact.name).min(SOME_NAME) > room && alike > 1 {
        apart = format!("…{}", apart.chars().skip(alike).collect::<String>());
    }
    let kept = if apart.is_empty() { 0 } else { text::width(&apart) + 1 };
    let name = text::width(&contact.name).min(room.saturating_sub(kept));
    pen.column(&contact.name, name, style);
    if !apart.is_empty() {
        pen.column("", usize::from(name > 0), style);
        let room = pen.left() - end;
        pen.column(&apart, room, ctx.theme.faint());
    }
    pen.column("", pen.left() - end + 1, style);
}

/// Returns how many letters the IDs of namesakes share at the start, for those in sight.
fn alike(ctx: &Ctx<'_>, rows: &[Row<'_>]) -> HashMap<OwnedUserId, usize> {
    let mut namesakes: HashMap<&str, Vec<(&UserId, String)>> = HashMap::new();
    for row in rows {
        if let Row::Contact(user_id, contact) = row
            && contact.shares_name
        {
            namesakes.entry(&*contact.name).or_default().push((user_id, apart(user_id, contact, ctx)));
        }
    }
    let mut alike = HashMap::new();
    for ids in namesakes.into_values().filter(|ids| ids.len() > 1) {
        let shared =
            |id: &str, other: &str| id.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let first = ids[0].1.as_str();
        let least = ids[1..].iter().map(|(_, id)| shared(first, id)).min().unwrap_or_default();
        // Whole words tell more.
        let is_gap = |c: char| !c.is_alphanumeric();
        let shared: String = first.chars().take(least).collect();
        let least = shared.rfind(is_gap).map_or(0, |gap| shared[..gap].chars().count() + 1);
        alike.extend(ids.iter().map(|(user_id, _)| ((*user_id).to_owned(), least)));
    }
    alike
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

/// Returns the mark of a contact who is free after the person has waited, or of whom the person will be told.
fn notification_mark(user_id: &UserId, ctx: &Ctx<'_>) -> &'static str {
    let preferences = ctx.model.preferences();
    if ctx.model.alert_of(user_id).is_some() {
        "▲"
    } else if preferences.notify_each.contains(user_id) || preferences.notify_once.contains(user_id) {
        "n"
    } else {
        ""
    }
}

/// Returns how long the contact has been in the state. Empty: the change was not seen.
pub(super) fn since(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact) -> String {
    let known = contact.heard.as_ref().and_then(|_| ctx.model.history().since(user_id));
    known.map(|since| age::words(since, ctx.now)).unwrap_or_default()
}

/// Returns the glyph and the word of a group. Silent contacts are "not shared" if presence is switched off.
pub(super) fn look(group: Group, ctx: &Ctx<'_>) -> (&'static str, &'static str) {
    let untracked = ctx.report.reason == Some(Reason::Untracked);
    match group {
        Group::Silent if untracked => ("?", "not shared"),
        group => (theme::glyph(group), group.label()),
    }
}
