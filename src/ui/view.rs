//! The views: pictures as pure functions of the model, the screen and the time.
//!
//! ```text
//! whosin  @alice:example.org                                           live   header
//! You ■ busy until 11:15 (43 min)  "in the garden"         B extend  b end now   own
//! example.org limits changes; ■ busy is sent in 7 s.                          own, second line
//!  Favourites  Direct  Studio [People] Everyone            ● 2  ■ 1  3 ↓         tabs
//! ● FREE 2                                                                    contacts, or help
//! ▌★● Bob               in the garden                      15:02   38 min
//!   ● Dave                                                            1 h
//! ■ BUSY 1
//!   ■ Carol             in a call                                   4 min
//! b busy  B for a while  o online  u unavailable  i offline  m message         footer: the own state,
//! / find  Enter details  n tell me  p favourite  Tab view  ? help  q quit      and the moment
//! ```
//!
//! From 110 columns on, there are panes to the right of tabs and list. They show the details of the selected contact or
//! whom you wait for, the log, and the last hours. The hours are charts over one time axis. A pane with nothing to show
//! is left out. With fewer columns, open details replace the list, and the log takes a part of it. What does not fit is
//! left out, the least important first.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
};

use super::{
    screen::{LogSize, Mode, Screen, Target},
    sign_in::SignIn,
    theme::Theme,
};
use crate::model::{Model, own::Report};

mod board;
mod charts;
mod contacts;
mod details;
mod emptiness;
mod footer;
mod header;
mod help;
mod log;
mod own;
mod palette;
mod pen;
mod picker;
mod sign_in;
mod tabs;
mod targets;
mod time_axis;
mod title;
mod until;
mod waiting;

pub use board::{Board, board_wake, draw_board};
pub use targets::Targets;
pub use title::title;

/// Everything that a pane needs for drawing.
#[derive(Debug)]
pub struct Ctx<'a> {
    /// The model.
    pub model: &'a Model,
    /// The state of the screen.
    pub screen: &'a Screen,
    /// The colors and characters.
    pub theme: Theme,
    /// The current time.
    pub now: Timestamp,
    /// The report on the own presence, computed once per picture.
    report: Report<'a>,
}

impl<'a> Ctx<'a> {
    /// Creates the context of a picture.
    #[must_use]
    pub fn new(model: &'a Model, screen: &'a Screen, theme: Theme, now: Timestamp) -> Self {
        Self { model, screen, theme, now, report: model.own().report() }
    }
}

/// What belongs to a picture besides its cells.
#[derive(Debug, Default)]
pub struct Drawn {
    /// The cursor: where text is being typed, or else on the selected row, where screen readers look for it.
    pub cursor: Option<Position>,
    /// The parts that can be clicked.
    pub targets: Targets,
}

/// What draws a picture into an area of cells.
pub trait Draw: FnOnce(Rect, &mut Buffer) -> Drawn {}

impl<T: FnOnce(Rect, &mut Buffer) -> Drawn> Draw for T {}

/// The smallest useful size in columns and rows.
const SMALLEST: (u16, u16) = (20, 5);

/// The columns that the list and its edge keep beside the panes.
const BESIDE: u16 = 83;
/// The least and the most columns of the panes beside the list.
const SIDE: (u16, u16) = (36, 60);
/// The least rows above charts, and the gap.
const LEAST: u16 = 5;

/// Draws the screen.
pub fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    if is_too_small(area, ctx.theme, buffer) {
        return Drawn::default();
    }
    let mut targets = Targets::default();
    let cursor = draw_panes(ctx, area, &mut targets, buffer).or_else(|| selected(ctx, &targets));
    ctx.theme.fit(buffer);
    Drawn { cursor, targets }
}

/// Returns where the selected row begins.
fn selected(ctx: &Ctx<'_>, targets: &Targets) -> Option<Position> {
    let target = match ctx.screen.mode() {
        Mode::Pick(at) => Target::Pick(*at),
        Mode::List => match ctx.screen.selected_room(ctx.model) {
            Some(room) => Target::Room(room),
            None => Target::Contact(ctx.screen.selected()?.to_owned()),
        },
        _ => return None,
    };
    targets.start_of(&target)
}

/// Draws the sign-in form.
pub fn draw_sign_in(form: &SignIn, theme: Theme, now: Timestamp, area: Rect, buffer: &mut Buffer) -> Drawn {
    if is_too_small(area, theme, buffer) {
        return Drawn::default();
    }
    let cursor = sign_in::draw(form, theme, now, area, buffer);
    theme.fit(buffer);
    Drawn { cursor, targets: Targets::default() }
}

/// Returns whether the area is too small for anything useful, and writes so.
fn is_too_small(area: Rect, theme: Theme, buffer: &mut Buffer) -> bool {
    let small = area.width < SMALLEST.0 || area.height < SMALLEST.1;
    if small && !area.is_empty() {
        pen::Pen::new(buffer, area, 0).write("too small", theme.alarm());
    }
    small
}

fn draw_panes(ctx: &Ctx<'_>, area: Rect, targets: &mut Targets, buffer: &mut Buffer) -> Option<Position> {
    let tall = area.height >= 10;
    let explanation = own::explanation(ctx, area.width);
    let lines = u16::try_from(explanation.len()).unwrap_or_default();
    let rows = [
        Constraint::Length(1),
        Constraint::Length(header::alert_rows(ctx)),
        Constraint::Length(if tall { 1 + lines.max(1) } else { 1 }),
        Constraint::Length(u16::from(tall)),
        Constraint::Fill(1),
        Constraint::Length(footer::rows(ctx.screen.mode(), area.height)),
    ];
    let [header, alerts, own, tabs, list, footer] = Layout::vertical(rows).areas(area);
    header::draw(ctx, header, buffer);
    header::draw_alerts(ctx, alerts, buffer);
    own::draw(ctx, &explanation, own, buffer);
    targets.add(Rect { height: own.height.min(1), ..own }, Target::Own);
    if let Mode::Help(open) = ctx.screen.mode() {
        help::draw(ctx, open, tabs.union(list), buffer);
    } else {
        let panes = Panes::of(ctx, tabs, list);
        tabs::draw(ctx, panes.tabs, panes.list, targets, buffer);
        contacts::draw(ctx, panes.list, targets, buffer);
        draw_edge(panes.edge, ctx.theme, buffer);
        details::draw(ctx, panes.details, targets, buffer);
        waiting::draw(ctx, panes.waiting, buffer);
        log::draw(ctx, panes.log, buffer);
        let selected = ctx.screen.selected().filter(|user_id| ctx.model.contacts().get(user_id).is_some());
        let of = match selected {
            Some(user_id) if ctx.screen.is_wide() => charts::Subject::Both(user_id),
            Some(user_id) if ctx.screen.shows_details(ctx.model) => charts::Subject::One(user_id),
            _ => charts::Subject::All,
        };
        charts::draw(ctx, of, panes.charts, buffer);
    }
    if let Mode::Pick(at) = ctx.screen.mode() {
        picker::draw(ctx, *at, area, targets, buffer);
    }
    if let Mode::Palette(open) = ctx.screen.mode() {
        let above = Rect { height: footer.bottom().saturating_sub(area.y + 1), ..area };
        palette::draw(ctx, open, above, buffer);
    }
    footer::draw(ctx, footer, buffer)
}

/// The areas between own presence and footer. An empty area is not shown.
#[derive(Default)]
struct Panes {
    tabs: Rect,
    list: Rect,
    /// The line between the list and the panes beside it.
    edge: Rect,
    details: Rect,
    waiting: Rect,
    log: Rect,
    charts: Rect,
}

impl Panes {
    /// Places the panes beside the list if there is room. Otherwise details replace the list, and the log is below.
    fn of(ctx: &Ctx<'_>, tabs: Rect, list: Rect) -> Self {
        if !ctx.screen.is_wide() {
            return Self::narrow(ctx, tabs, list);
        }
        let whole = tabs.union(list);
        // Messages get the room that they have on 80 columns, if there is so much.
        let width = whole.width.saturating_sub(BESIDE).clamp(SIDE.0, SIDE.1);
        let columns = [Constraint::Fill(1), Constraint::Length(3), Constraint::Length(width)];
        let [main, edge, side] = Layout::horizontal(columns).areas(whole);
        let Some(panes) = Self::side(ctx, side) else { return Self { tabs, list, ..Self::default() } };
        let beside = |row: Rect| Rect { width: main.width, ..row };
        Self { tabs: beside(tabs), list: beside(list), edge, ..panes }
    }

    fn narrow(ctx: &Ctx<'_>, tabs: Rect, list: Rect) -> Self {
        let log_rows = Constraint::Length(ctx.screen.log().of(list.height));
        let [list, log] = Layout::vertical([Constraint::Fill(1), log_rows]).areas(list);
        let selected = ctx.screen.selected().filter(|_| ctx.screen.shows_details(ctx.model));
        let (list, details) = if selected.is_some() { (Rect::ZERO, list) } else { (list, Rect::ZERO) };
        // There is one time axis: that of the details, or that of the log.
        let (above, of) = match selected {
            Some(user_id) => (details, charts::Subject::One(user_id)),
            None => (log, charts::Subject::All),
        };
        let (above, charts) = with_charts(ctx, of, above);
        let (details, log) = if selected.is_some() { (above, log) } else { (details, above) };
        Self { tabs, list, details, log, charts, ..Self::default() }
    }

    /// Returns the panes beside the list, or `None` if there is nothing to show.
    fn side(ctx: &Ctx<'_>, side: Rect) -> Option<Self> {
        let selected = ctx.screen.selected().filter(|user_id| ctx.model.contacts().get(user_id).is_some());
        let logged = ctx.model.history().entries().len() > 0;
        let waiting = if selected.is_none() { waiting::rows(ctx) } else { 0 };
        let of = selected.map_or(charts::Subject::All, charts::Subject::Both);
        if selected.is_none() && !logged && waiting == 0 {
            return None;
        }
        let (side, charts) = with_charts(ctx, of, side);
        let log_alone = logged && ctx.screen.log() == LogSize::Large;
        if log_alone {
            return Some(Self { log: side, charts, ..Self::default() });
        }
        let gap = |rows: u16| u16::from(rows > 0);
        if selected.is_some() {
            let log = if logged { side.height * 2 / 5 } else { 0 };
            let parts = [Constraint::Fill(1), Constraint::Length(gap(log)), Constraint::Length(log)];
            let [details, _, log] = Layout::vertical(parts).areas(side);
            return Some(Self { details, log, charts, ..Self::default() });
        }
        let parts = [Constraint::Length(waiting), Constraint::Length(gap(waiting)), Constraint::Fill(1)];
        let [waiting, _, log] = Layout::vertical(parts).areas(side);
        let log = if logged { log } else { Rect::ZERO };
        Some(Self { waiting, log, charts, ..Self::default() })
    }
}

/// Splits the charts off the bottom of an area, if there are any and if there is room.
fn with_charts(ctx: &Ctx<'_>, of: charts::Subject<'_>, area: Rect) -> (Rect, Rect) {
    let rows = charts::rows(ctx, of);
    if rows == 0 || area.height < rows + LEAST {
        return (area, Rect::ZERO);
    }
    let parts = [Constraint::Fill(1), Constraint::Length(1), Constraint::Length(rows)];
    let [above, _, charts] = Layout::vertical(parts).areas(area);
    (above, charts)
}

fn draw_edge(area: Rect, theme: Theme, buffer: &mut Buffer) {
    for row in 0..area.height {
        pen::Pen::new(buffer, area, row).write(" │ ", theme.faint());
    }
}
