//! The row of views, the one that is shown in brackets, and what else changes which contacts the list has.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_width::UnicodeWidthStr;

use super::pen::Pen;
use crate::{
    app::Dashboard,
    contacts::{Sort, View},
    text,
    theme::Theme,
};

/// The most columns of a name.
const NAME: usize = 20;

/// A view with its columns, counted from the left edge of the row.
pub(super) struct Tab {
    pub view: View,
    pub columns: Range<u16>,
    name: String,
}

/// The views that so many columns have room for; the one that is shown is among them.
pub(super) fn tabs(dashboard: &Dashboard, width: u16) -> Vec<Tab> {
    let contacts = &dashboard.contacts;
    let all = contacts.views().map(|view| (view, text::cut(&contacts.view_name(view), NAME).into_owned()));
    let mut all: Vec<(View, String)> = all.collect();
    let fits = |all: &[(View, String)]| {
        all.iter().map(|(_, name)| name.width() + 2).sum::<usize>() <= usize::from(width)
    };
    // Whatever is farthest from the view that is shown is left out first.
    while all.len() > 1 && !fits(&all) {
        let shown = all.iter().position(|(view, _)| *view == contacts.view()).unwrap_or_default();
        all.remove(if shown > all.len() - 1 - shown { 0 } else { all.len() - 1 });
    }
    let mut left = 0;
    let tab = |(view, name): (View, String)| {
        let right = left + u16::try_from(name.width() + 2).unwrap_or(width);
        let columns = std::mem::replace(&mut left, right)..right.min(width);
        Tab { view, columns, name }
    };
    all.into_iter().map(tab).collect()
}

pub(super) fn draw(dashboard: &Dashboard, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut end = 0;
    for Tab { view, columns, name } in tabs(dashboard, area.width) {
        let mut pen = Pen::new(
            buffer,
            Rect { x: area.x + columns.start, width: columns.end - columns.start, ..area },
            0,
        );
        end = columns.end;
        if view == dashboard.contacts.view() {
            pen.write("[", theme.faint()).write(&name, theme.strong()).write("]", theme.faint());
        } else {
            pen.write(" ", Style::new()).write(&name, theme.faint()).write(" ", Style::new());
        }
    }
    let mut notes = Vec::new();
    match dashboard.contacts.sort() {
        Sort::State => {}
        Sort::Name => notes.push("by name".to_owned()),
        Sort::Activity => notes.push("by last activity".to_owned()),
    }
    match dashboard.contacts.hidden() {
        0 => {}
        hidden => notes.push(format!("{hidden} hidden")),
    }
    let rest = Rect { x: area.x + end, width: area.width - end, ..area };
    Pen::new(buffer, rest, 0).right(&format!("  {}", notes.join(", ")), theme.faint());
}
