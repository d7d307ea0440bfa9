//! The details of the selected contact.

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::UserId;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, contacts::look, pen::Pen, targets::Targets};
use crate::{
    model::{
        age,
        contacts::{Contact, Group, LastPresence},
        presence::Presence,
        text,
    },
    ui::{screen::Target, theme::Theme},
};

/// The columns of the labels, including a gap.
const LABELS: usize = 13;

/// A label, its text and the style of the text.
type Field = (&'static str, String, Style);

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let selected = ctx.screen.selected();
    let selected = selected.and_then(|user_id| Some((user_id, ctx.model.contacts().get(user_id)?)));
    let Some((user_id, contact)) = selected else { return };
    let mut pen = Pen::new(buffer, area, 0);
    pen.write(&contact.name, ctx.theme.strong());
    let mut left = below(area, 1);
    left = below(left, draw_wrapped(&text::id(user_id.as_str()), ctx.theme.faint(), left, buffer));
    left = below(left, u16::from(area.height > 12));
    for field in fields_of(ctx, user_id, contact) {
        left = below(left, draw_field(&field, ctx.theme, left, buffer));
    }
    draw_rooms(ctx, user_id, left, targets, buffer);
}

/// Draws the rooms that are shared, around the selected one.
fn draw_rooms(ctx: &Ctx<'_>, user_id: &UserId, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    let rooms = ctx.model.contacts().rooms_of(user_id);
    let height = usize::from(area.height);
    if rooms.is_empty() || height == 0 {
        return;
    }
    let label = if rooms.len() == 1 { "Room" } else { "Rooms" };
    Pen::new(buffer, area, 0).column(label, LABELS, ctx.theme.faint());
    let selected = ctx.screen.selected_room(ctx.model);
    let at = rooms.iter().position(|(room, _)| Some(*room) == selected).unwrap_or_default();
    // The last row says how many are left.
    let shown = if rooms.len() > height { (height - 1).max(1) } else { height };
    let top = (at + 1).saturating_sub(shown);
    let labels = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    for (row, (room, name)) in (0..area.height).zip(rooms.iter().skip(top).take(shown)) {
        let line =
            Rect { x: area.x + labels - 2, y: area.y + row, width: area.width - labels + 2, height: 1 };
        let is_selected = Some(*room) == selected;
        let style = if is_selected { ctx.theme.strong() } else { Style::new() };
        let mut pen = Pen::new(buffer, line, 0);
        pen.write(if is_selected { "▌ " } else { "  " }, ctx.theme.strong()).write(name, style);
        targets.add(line, Target::Room(*room));
    }
    let below = rooms.len().saturating_sub(top + shown);
    if rooms.len() > height && height > 1 {
        let last = Rect { x: area.x + labels, y: area.bottom() - 1, width: area.width - labels, height: 1 };
        let more = if below > 0 { format!("{below} more ↓") } else { format!("{top} more ↑") };
        Pen::new(buffer, last, 0).write(&more, ctx.theme.faint());
    }
}

/// Returns the fields, the most important first.
fn fields_of(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact) -> Vec<Field> {
    let plain = Style::new();
    let mut fields = vec![state(ctx, contact)];
    fields.extend(since(ctx, user_id, contact).map(|words| ("Since", words, plain)));
    let heard = contact.heard.as_ref();
    fields.extend(
        heard
            .and_then(|it| last_active(it, ctx.screen.zone(), ctx.now))
            .map(|words| ("Last active", words, plain)),
    );
    if let Some(theirs) = ctx.model.time_zone_of(user_id) {
        fields.push(("Local time", local_time(theirs, ctx.screen.zone(), ctx.now), plain));
    }
    if let Some(status) = contact.status() {
        let as_of = contact
            .status_as_of()
            .map(|at| format!(" (as of {})", clock(at, ctx.screen.zone(), ctx.now)))
            .unwrap_or_default();
        fields.push(("Status", format!("{}{as_of}", ctx.theme.charset.status(status)), plain));
    }
    if let Some(message) = heard.and_then(|it| it.status_msg.as_deref()) {
        fields.push(("Message", message.to_owned(), plain));
    }
    fields.extend(call(ctx, user_id, contact));
    let marks = marks(ctx, user_id, contact);
    if !marks.is_empty() {
        fields.push(("Marked", marks.join(", "), plain));
    }
    fields
}

/// Returns the call. A profile goes on naming a call after a client has crashed, so it is named as the source.
fn call(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact) -> Option<Field> {
    let profile_call = contact.profile.as_ref().and_then(|profile| profile.call());
    let since = profile_call.and_then(|call| call.since);
    let since = since.map(|at| format!(" since {}", clock(at, ctx.screen.zone(), ctx.now)));
    let words = format!("in a call{}", since.unwrap_or_default());
    if ctx.model.calls().is_in_call(user_id, ctx.now) {
        return Some(("Call", words, ctx.theme.notice()));
    }
    profile_call.map(|_| ("Call", format!("{words}, says their profile"), Style::new()))
}

/// Returns the state in words. An unknown state is quoted.
fn state(ctx: &Ctx<'_>, contact: &Contact) -> Field {
    let group = contact.group();
    let (glyph, word) = look(group, ctx);
    let words = match contact.heard.as_ref().map(|heard| &heard.presence) {
        Some(Presence::Other(name)) => format!("{glyph} \"{name}\", a state that whosin does not know"),
        None if group == Group::Silent => format!("{glyph} {word}: nothing heard of them yet"),
        _ => format!("{glyph} {word}"),
    };
    ("State", words, ctx.theme.state_word(group))
}

/// Returns since when the contact has been in the state, or a time before which it began.
fn since(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact) -> Option<String> {
    contact.heard.as_ref()?;
    let known = ctx.model.history().since(user_id);
    if let Some(since) = known {
        let age = match age::words(since, ctx.now) {
            age if age == "now" => "just now".to_owned(),
            age => age,
        };
        return Some(format!("{} ({age})", clock(since, ctx.screen.zone(), ctx.now)));
    }
    let began = ctx.model.history().known_since()?;
    Some(format!("before {}", clock(began, ctx.screen.zone(), ctx.now)))
}

fn last_active(heard: &LastPresence, zone: &TimeZone, now: Timestamp) -> Option<String> {
    if heard.currently_active {
        return Some("now".to_owned());
    }
    let at = heard.last_active?;
    Some(match age::words(at, now) {
        age if age == "now" => age,
        age => format!("{age} ago, {}", clock(at, zone, now)),
    })
}

/// Returns the contact's local time and its distance from ours.
fn local_time(theirs: &TimeZone, ours: &TimeZone, now: Timestamp) -> String {
    let ahead = (theirs.to_offset(now).seconds() - ours.to_offset(now).seconds()) / 60;
    let distance = match (ahead.abs() / 60, ahead.abs() % 60) {
        (0, 0) => "the same as yours".to_owned(),
        (hours, 0) => format!("{hours} h"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let direction = match ahead {
        0 => "",
        1.. => " ahead",
        _ => " behind",
    };
    format!("{}, {distance}{direction}", theirs.to_datetime(now).strftime("%H:%M"))
}

fn marks(ctx: &Ctx<'_>, user_id: &UserId, contact: &Contact) -> Vec<&'static str> {
    let preferences = ctx.model.preferences();
    let all = [
        (contact.pinned, "favourite"),
        (preferences.notify_once.contains(user_id), "notify once when free"),
        (preferences.notify_each.contains(user_id), "notify of each change"),
    ];
    all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect()
}

/// Returns the time of day, with the date if it is not today.
pub(super) fn clock(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let at = zone.to_datetime(at);
    let format = if at.date() == zone.to_datetime(now).date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(format).to_string()
}

/// Draws a field. Returns the number of rows.
fn draw_field((label, words, style): &Field, theme: Theme, area: Rect, buffer: &mut Buffer) -> u16 {
    if area.is_empty() {
        return 0;
    }
    Pen::new(buffer, area, 0).column(label, LABELS, theme.faint());
    let labels = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    let value = Rect { x: area.x + labels, width: area.width - labels, ..area };
    draw_wrapped(words, *style, value, buffer)
}

/// Draws wrapped text. Returns the number of rows. Text that does not fit ends with an ellipsis.
fn draw_wrapped(words: &str, style: Style, area: Rect, buffer: &mut Buffer) -> u16 {
    let width = usize::from(area.width);
    let mut lines = text::wrap(words, width);
    let height = usize::from(area.height);
    if lines.len() > height && height > 0 {
        let rest = lines[height - 1..].join(" ");
        lines.truncate(height - 1);
        lines.push(text::cut(&rest, width).into_owned());
    }
    let mut rows = 0;
    for (row, line) in (0..area.height).zip(&lines) {
        Pen::new(buffer, area, row).write(line, style);
        rows = row + 1;
    }
    rows
}

/// Returns the area below the first rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}
