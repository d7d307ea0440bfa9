//! The screen: a pure function of the state and the time.
//!
//! ```text
//! whosin  @alice:example.org                                           live   header
//! Others see you as ● online: in the garden                                   own
//! example.org limits changes; ■ busy is sent in 7 s.                          own, second line
//! ● 8 online  ■ 5 busy  ◐ 4 unavailable  ○ 9 offline  · 4 silent              counts
//!  Favourites  Direct  Studio [People] Everyone                      by name     tabs
//!  Direct chats                                                               contacts, or help
//! ▌ ● Bob               online       in the garden                    now
//!   ■ Carol             busy         in a call                      4 min
//!  Rooms
//!   ● Dave              online                                        now
//! b busy  o online  u unavailable  i offline  m message  / filter  ? help   footer
//! ```
//!
//! From 110 columns on what happened stands beside the list, below the selected contact's last hours; with fewer it
//! stands below the list where it is asked for.
//!
//! What there is no room for is left out from the least needed on.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
};

use crate::{
    app::{App, Dashboard, Mode, Stage, WIDE},
    theme::Theme,
};

mod contacts;
mod footer;
mod header;
mod help;
mod log;
mod overview;
mod own;
mod pen;
mod side;
mod sign_in;
mod strip;
mod tabs;
mod timeline;

/// The fewest columns and rows that anything useful fits into.
const SMALLEST: (u16, u16) = (20, 5);

/// Draws the whole screen, and says where the cursor is if text is being typed.
pub fn draw(app: &App, theme: Theme, now: Timestamp, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        if !area.is_empty() {
            pen::Pen::new(buffer, area, 0).write("too small", theme.alarm());
        }
        return None;
    }
    let cursor = match &app.stage {
        Stage::SignIn(form) => sign_in::draw(form, theme, area, buffer),
        Stage::Dashboard(dashboard) => draw_dashboard(app, dashboard, theme, now, area, buffer),
    };
    theme.fit(buffer);
    cursor
}

fn draw_dashboard(
    app: &App,
    dashboard: &Dashboard,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let tall = area.height >= 10;
    let explanation = own::explanation(dashboard, &app.zone, now, area.width);
    let lines = u16::try_from(explanation.len()).unwrap_or_default();
    let rows = [
        Constraint::Length(1),
        Constraint::Length(if tall { 1 + lines.max(1) } else { 1 }),
        Constraint::Length(u16::from(tall)),
        Constraint::Length(u16::from(tall)),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [header, own, counts, tabs, list, footer] = Layout::vertical(rows).areas(area);
    header::draw(dashboard, &app.zone, theme, now, header, buffer);
    own::draw(dashboard, &explanation, theme, own, buffer);
    if let Mode::Help(top) = dashboard.mode {
        help::draw(&dashboard.keymap, top, theme, counts.union(list), buffer);
    } else {
        tabs::draw(dashboard, theme, tabs, buffer);
        let list = draw_log(app, dashboard, theme, now, list, buffer);
        contacts::draw_counts(dashboard, theme, counts, list, buffer);
        contacts::draw(dashboard, theme, now, list, buffer);
    }
    footer::draw(dashboard, theme, footer, buffer)
}

/// Draws what happened beside the list or below, and says what it leaves to the list.
fn draw_log(
    app: &App,
    dashboard: &Dashboard,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    if area.width >= WIDE {
        let [list, side] = side::divide(area);
        side::draw(dashboard, &app.zone, theme, now, side, buffer);
        return list;
    }
    let rows = [Constraint::Fill(1), Constraint::Length(dashboard.log.of(area.height))];
    let [list, log] = Layout::vertical(rows).areas(area);
    log::draw(dashboard, &app.zone, theme, now, log, buffer);
    list
}
