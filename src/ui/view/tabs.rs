//! The row of views, with the order of the list, the counts and the number of contacts below its end.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Ctx,
    contacts::{self, look},
    pen::Pen,
    targets::Targets,
};
use crate::model::{contacts::Group, text};
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

/// Draws the order, the counts and what is below the list, at the right. The counts are left out first.
fn draw_notes(ctx: &Ctx<'_>, area: Rect, below: Rect, buffer: &mut Buffer) {
    let list = ctx.screen.list();
    let faint = ctx.theme.faint();
    let mut notes = Vec::new();
    match list.sort() {
        Sort::State => {}
        Sort::Name => notes.push(("by name".to_owned(), faint)),
        Sort::Activity => notes.push(("by last activity".to_owned(), faint)),
        Sort::Room => notes.push(("by room".to_owned(), faint)),
    }
    let left_out: usize = list.counts().filter(|(group, _)| !list.lists(*group)).map(|it| it.1).sum();
    // Headings of states name them.
    if left_out > 0 && list.sort() != Sort::State {
        notes.push((format!("{left_out} left out"), faint));
    }
    let headings = list.headings(ctx.model.contacts());
    let has_offline = headings.iter().any(|(heading, _)| *heading == Heading::State(Group::Offline));
    match ctx.model.contacts().hidden() {
        // The heading names them.
        hidden if hidden == 0 || has_offline => {}
        hidden => notes.push((format!("{hidden} hidden"), faint)),
    }
    let capacity = contacts::capacity(below);
    let scrolls = !below.is_empty() && list.len() + headings.len() > capacity;
    let unseen = if scrolls { ctx.screen.below(ctx.model, capacity) } else { 0 };
    // Headings in sight count already.
    let counts = if scrolls || list.sort() != Sort::State { counts(ctx) } else { Vec::new() };
    let arrow = (unseen > 0).then(|| (format!("{unseen} ↓"), faint));
    let mut pieces: Vec<_> = notes.iter().cloned().chain(counts).chain(arrow.clone()).collect();
    let width =
        |pieces: &[(String, Style)]| pieces.iter().map(|(text, _)| text::width(text) + 2).sum::<usize>();
    if width(&pieces) > usize::from(area.width) {
        pieces = notes.into_iter().chain(arrow).collect();
    }
    let mut pen = Pen::new(buffer, area, 0);
    if let Some(gap) = pen.left().checked_sub(width(&pieces)) {
        pen.column("", gap, faint);
        for (text, style) in pieces {
            pen.write("  ", faint).write(&text, style);
        }
    }
}

/// Returns the number of contacts in each state, in parentheses if they are left out.
fn counts(ctx: &Ctx<'_>) -> Vec<(String, Style)> {
    // Rare states need no zero.
    let counts =
        ctx.screen.list().counts().filter(|&(group, count)| count > 0 || group <= Group::Unavailable);
    let texts = counts.map(|(group, count)| {
        let (glyph, _) = look(group, ctx);
        let listed = ctx.screen.list().lists(group);
        let style = if listed && count > 0 { ctx.theme.state_word(group) } else { ctx.theme.faint() };
        (if listed { format!("{glyph} {count}") } else { format!("{glyph} ({count})") }, style)
    });
    texts.collect()
}
