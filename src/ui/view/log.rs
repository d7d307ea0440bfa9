//! The log of changes, the newest last.

use jiff::{Timestamp, civil::Date};
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{Ctx, details::clock, pen::Pen};
use crate::{
    model::{contacts::Group, history::LogEntry, text},
    ui::theme::{self},
};

/// The most columns of a name.
const NAME: usize = 24;

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let heading = ctx.theme.faint().add_modifier(Modifier::BOLD);
    let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let mut lines = lines(ctx, usize::from(rows.height));
    // With nothing older above it, the line is the heading.
    let title = match lines.first() {
        Some(Line::Looked(since)) => {
            let title = looked(ctx, *since);
            lines.remove(0);
            title
        }
        _ => "What happened".to_owned(),
    };
    Pen::new(buffer, area, 0).write(&title, heading);
    if lines.is_empty() {
        Pen::new(buffer, rows, 0).write("Nothing yet.", ctx.theme.faint());
    }
    for (row, line) in (0..rows.height).zip(lines) {
        let mut pen = Pen::new(buffer, rows, row);
        match line {
            Line::Day(date) => _ = pen.write(&date.strftime("%A, %-d %B").to_string(), heading),
            Line::Looked(since) => _ = pen.write(&looked(ctx, since), heading),
            Line::LogEntry(entry) => draw_entry(ctx, entry, &mut pen),
        }
    }
}

/// Returns the words above what happened since the person last looked.
fn looked(ctx: &Ctx<'_>, since: Timestamp) -> String {
    format!("Since you last looked, {}", clock(since, ctx.screen.zone(), ctx.now))
}

/// A line of the log.
enum Line<'a> {
    /// The day of the entries below, if it is not today.
    Day(Date),
    /// When the person last looked. What is below happened since.
    Looked(Timestamp),
    LogEntry(&'a LogEntry),
}

/// Returns the last lines that fit into a height.
fn lines<'a>(ctx: &'a Ctx<'_>, height: usize) -> Vec<Line<'a>> {
    let day = |at: Timestamp| ctx.screen.zone().to_datetime(at).date();
    let mut lines = Vec::new();
    let looked = ctx.screen.looked_until(ctx.now);
    let mut entries = ctx.model.history().entries().rev().peekable();
    while let Some(entry) = entries.next() {
        lines.push(Line::LogEntry(entry));
        let is_last_unseen = looked.filter(|looked| {
            entry.at() > *looked && entries.peek().is_none_or(|above| above.at() <= *looked)
        });
        lines.extend(is_last_unseen.map(Line::Looked));
        let date = day(entry.at());
        let above = entries.peek().map(|above| day(above.at()));
        if above != Some(date) && (above.is_some() || date != day(ctx.now)) {
            lines.push(Line::Day(date));
        }
        if lines.len() >= height {
            break;
        }
    }
    lines.truncate(height);
    lines.reverse();
    lines
}

fn draw_entry(ctx: &Ctx<'_>, entry: &LogEntry, pen: &mut Pen<'_>) {
    let clock = |at: Timestamp| ctx.screen.zone().to_datetime(at).strftime("%H:%M ").to_string();
    pen.write(&clock(entry.at()), ctx.theme.faint());
    match entry {
        LogEntry::Changed(episode) => {
            let change = &episode.change;
            let group = Group::of(Some(&change.to));
            if ctx.model.alert_of(&change.user_id) == Some(episode.until) {
                pen.column("▲", 2, ctx.theme.alert());
            }
            pen.column(theme::glyph(group), 2, ctx.theme.state(group));
            pen.write(&text::cut(&name(ctx, &change.user_id), NAME), ctx.theme.strong());
            let says = if episode.turns == 0 { ctx.theme.faint() } else { ctx.theme.state_word(group) };
            pen.write(" ", says).write(&episode.words(), says);
            if let Some(message) = &change.status_msg {
                pen.write(": ", ctx.theme.faint()).write(message, Style::new());
            }
        }
        LogEntry::Status(change) => {
            pen.column("", 2, ctx.theme.faint());
            pen.write(&text::cut(&name(ctx, &change.user_id), NAME), ctx.theme.strong());
            pen.write(" ", ctx.theme.faint()).write(change.words(), ctx.theme.faint());
            if let Some(status) = &change.to {
                pen.write(": ", ctx.theme.faint()).write(&ctx.theme.charset.status(status), Style::new());
            }
        }
        LogEntry::Missed { since, .. } => {
            let sentence = format!("nothing heard since {}; changes may be missing", clock(*since).trim());
            pen.column("", 2, ctx.theme.faint()).write(&sentence, ctx.theme.notice());
        }
    }
}

fn name(ctx: &Ctx<'_>, user_id: &UserId) -> String {
    match ctx.model.contacts().get(user_id) {
        Some(contact) => contact.name.to_string(),
        None => text::id(user_id.as_str()).into_owned(),
    }
}
