//! The row of views, with the order of the list, the counts and the number of contacts below its end.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Ctx,
    contacts::{self, look},
    pen::Pen,
    targets::Targets,
};
use crate::model::{contacts::Group, own::Reason, text};
use crate::ui::{
    list::{Heading, Sort, View},
    screen::Target,
};

/// The most columns of a view's name.
const NAME: usize = 20;

/// A view and its columns, counted from the left edge of the row.
struct Tab {
    view: View,
    /// The view's place among all views.
    at: usize,
    name: String,
    columns: Range<u16>,
}

/// Returns the views that fit into a width, including the current one.
fn tabs(ctx: &Ctx<'_>, width: u16) -> Vec<Tab> {
    let list = ctx.screen.list();
    let tab = |(at, view)| {
        let name = text::cut(&list.view_name(view, ctx.model.contacts()), NAME).into_owned();
        Tab { view, at, name, columns: 0..0 }
    };
    let mut tabs: Vec<Tab> = list.views().enumerate().map(tab).collect();
    let columns = |tab: &Tab| text::width(&tab.name) + 2;
    // The views farthest from the current one are left out first.
    while tabs.len() > 1 && tabs.iter().map(columns).sum::<usize>() > usize::from(width) {
        let shown = tabs.iter().position(|tab| tab.view == list.view()).unwrap_or_default();
        tabs.remove(if shown > tabs.len() - 1 - shown { 0 } else { tabs.len() - 1 });
    }
    let mut left = 0;
    for tab in &mut tabs {
        let right = width.min(left + u16::try_from(columns(tab)).unwrap_or(width));
        tab.columns = left..right;
        left = right;
    }
    tabs
}

/// Draws the row. `list` is the area of the list.
pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, list: Rect, targets: &mut Targets, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut end = 0;
    for Tab { view, at, name, columns } in tabs(ctx, area.width) {
        let area = Rect { x: area.x + columns.start, width: columns.end - columns.start, ..area };
        targets.add(area, Target::View(at));
        end = columns.end;
        let mut pen = Pen::new(buffer, area, 0);
        if view == ctx.screen.list().view() {
            pen.write("[", ctx.theme.faint()).write(&name, ctx.theme.strong()).write("]", ctx.theme.faint());
        } else {
            pen.write(" ", Style::new()).write(&name, ctx.theme.faint()).write(" ", Style::new());
        }
    }
    let rest = Rect { x: area.x + end, width: area.width - end, ..area };
    draw_notes(ctx, rest, list, buffer);
}

/// A text at the right of the row.
struct Note {
    text: String,
    style: Style,
    /// The least important notes are left out first.
    rank: u8,
}

/// Draws the notes at the right, as far as they fit.
fn draw_notes(ctx: &Ctx<'_>, area: Rect, list: Rect, buffer: &mut Buffer) {
    let mut notes = notes(ctx, list);
    let width = |notes: &[Note]| notes.iter().map(|note| text::width(&note.text) + 2).sum::<usize>();
    while width(&notes) > usize::from(area.width) {
        let Some(least) = notes.iter().map(|note| note.rank).max() else { return };
        notes.retain(|note| note.rank < least);
    }
    let mut pen = Pen::new(buffer, area, 0);
    pen.column("", usize::from(area.width) - width(&notes), ctx.theme.faint());
    for note in notes {
        pen.write("  ", ctx.theme.faint()).write(&note.text, note.style);
    }
}

/// Returns the order, the contacts that are not shown, the counts, and the number of rows below the list.
fn notes(ctx: &Ctx<'_>, area: Rect) -> Vec<Note> {
    let list = ctx.screen.list();
    let faint = |text: String, rank| Note { text, style: ctx.theme.faint(), rank };
    let order = match list.sort() {
        Sort::State => None,
        Sort::Name => Some("by name"),
        Sort::Activity => Some("by activity"),
        Sort::Room => Some("by room"),
    };
    let mut notes: Vec<Note> = order.map(|order| faint(order.to_owned(), 0)).into_iter().collect();
    // Headings of states name those who are left out or hidden.
    let left_out: usize = list.counts().filter(|(group, _)| !list.lists(*group)).map(|it| it.1).sum();
    if left_out > 0 && order.is_some() {
        notes.push(faint(format!("{left_out} left out"), 2));
    }
    let headings = list.headings(ctx.model.contacts());
    let has_offline = headings.iter().any(|(heading, _)| *heading == Heading::State(Group::Offline));
    match ctx.model.contacts().hidden() {
        hidden if hidden == 0 || has_offline => {}
        hidden => notes.push(faint(format!("{hidden} hidden"), 3)),
    }
    let capacity = contacts::capacity(area);
    let scrolls = !area.is_empty() && list.len() + headings.len() > capacity;
    // Headings in sight count already.
    if scrolls || order.is_some() {
        notes.extend(counts(ctx));
    }
    if scrolls && let unseen @ 1.. = ctx.screen.below(ctx.model, capacity) {
        notes.push(faint(format!("{unseen} ↓"), 1));
    }
    notes
}

/// Returns the number of contacts in each state, in parentheses if they are left out.
fn counts(ctx: &Ctx<'_>) -> Vec<Note> {
    if ctx.report.reason == Some(Reason::Untracked) && ctx.model.profile_support().fields {
        let with_status = ctx.screen.list().with_status();
        let text = format!("{with_status} with a status");
        return vec![Note { text, style: ctx.theme.faint(), rank: 4 }];
    }
    // Rare states need no zero.
    let counts =
        ctx.screen.list().counts().filter(|&(group, count)| count > 0 || group <= Group::Unavailable);
    let texts = counts.map(|(group, count)| {
        let (glyph, _) = look(group, ctx);
        let listed = ctx.screen.list().lists(group);
        let style = if listed && count > 0 { ctx.theme.state_word(group) } else { ctx.theme.faint() };
        let text = if listed { format!("{glyph} {count}") } else { format!("{glyph} ({count})") };
        Note { text, style, rank: 4 }
    });
    texts.collect()
}
