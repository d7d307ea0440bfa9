//! The log: what became different, the newest last.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{overview, pen::Pen};
use crate::{
    model::{app::Dashboard, contacts::Group, history::LogEntry, text},
    ui::theme::{self, Theme},
};

/// The most columns that a name takes.
const NAME: usize = 24;
/// From how many rows on there is room for the overview.
const TALL: u16 = 5 + overview::ROWS;

pub(super) fn draw(
    dashboard: &Dashboard,
    zone: &TimeZone,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let heading = theme.faint().add_modifier(Modifier::BOLD);
    Pen::new(buffer, area, 0).write("What happened", heading);
    let mut top = 1;
    if area.height >= TALL {
        let strips = Rect { y: area.y + top, height: overview::ROWS, ..area };
        overview::draw(dashboard, zone, theme, now, strips, buffer);
        top += overview::ROWS;
    }
    let rows = Rect { y: area.y + top, height: area.height - top, ..area };
    let lines = lines(dashboard, zone, now, usize::from(rows.height));
    if lines.is_empty() {
        Pen::new(buffer, rows, 0).write("Nothing yet.", theme.faint());
    }
    for (row, line) in (0..rows.height).zip(lines) {
        let mut pen = Pen::new(buffer, rows, row);
        match line {
            Line::Day(date) => _ = pen.write(&date.strftime("%A, %-d %B").to_string(), heading),
            Line::LogEntry(entry) => draw_entry(dashboard, entry, zone, theme, &mut pen),
        }
    }
}

/// A line of the pane.
enum Line<'a> {
    /// The day of the entries below, where it is not today.
    Day(Date),
    LogEntry(&'a LogEntry),
}

/// The last lines, as many as there is room for.
fn lines<'a>(dashboard: &'a Dashboard, zone: &TimeZone, now: Timestamp, height: usize) -> Vec<Line<'a>> {
    let day = |at: Timestamp| zone.to_datetime(at).date();
    let mut lines = Vec::new();
    let mut entries = dashboard.history.entries().rev().peekable();
    while let Some(entry) = entries.next() {
        lines.push(Line::LogEntry(entry));
        let date = day(entry.at());
        let above = entries.peek().map(|above| day(above.at()));
        if above != Some(date) && (above.is_some() || date != day(now)) {
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

fn draw_entry(dashboard: &Dashboard, entry: &LogEntry, zone: &TimeZone, theme: Theme, pen: &mut Pen<'_>) {
    let clock = |at: Timestamp| zone.to_datetime(at).strftime("%H:%M ").to_string();
    pen.write(&clock(entry.at()), theme.faint());
    match entry {
        LogEntry::Changed(episode) => {
            let change = &episode.change;
            let group = Group::of(Some(&change.to));
            pen.column(theme::glyph(group), 2, theme.state(group));
            pen.write(&text::cut(&name(dashboard, &change.user_id), NAME), theme.strong());
            let says = if episode.turns == 0 { theme.faint() } else { theme.state(group) };
            pen.write(" ", says).write(&episode.words(), says);
            if let Some(message) = &change.status_msg {
                pen.write(": ", theme.faint()).write(message, Style::new());
            }
        }
        LogEntry::Missed { since, .. } => {
            let sentence = format!("nothing heard since {}; changes may be missing", clock(*since).trim());
            pen.column("", 2, theme.faint()).write(&sentence, theme.notice());
        }
    }
}

fn name(dashboard: &Dashboard, user_id: &UserId) -> String {
    match dashboard.contacts.get(user_id) {
        Some(contact) => contact.name.to_string(),
        None => text::clean(user_id.as_str()).into_owned(),
    }
}
