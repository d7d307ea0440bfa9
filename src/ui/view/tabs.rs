//! The row of views, with the order of the list and the number of hidden contacts.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, pen::Pen, targets::Targets};
use crate::model::text;
use crate::ui::{
    list::{Sort, View},
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

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, targets: &mut Targets, buffer: &mut Buffer) {
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
    let mut notes = Vec::new();
    match ctx.screen.list().sort() {
        Sort::State => {}
        Sort::Name => notes.push("by name".to_owned()),
        Sort::Activity => notes.push("by last activity".to_owned()),
    }
    match ctx.model.contacts().hidden() {
        0 => {}
        hidden => notes.push(format!("{hidden} hidden")),
    }
    let rest = Rect { x: area.x + end, width: area.width - end, ..area };
    Pen::new(buffer, rest, 0).right(&format!("  {}", notes.join(", ")), ctx.theme.faint());
}
