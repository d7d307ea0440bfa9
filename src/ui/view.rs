//! The views: pictures as pure functions of the model, the screen and the time.
//!
//! ```text
//! whosin  @alice:example.org                                           live   header
//! Others see you as ● online: in the garden                                   own
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
//! From 110 columns on, the details of the selected contact and the log are to the right of tabs and list.
//! With fewer columns, open details replace the list, and the log takes a part of it. What does not fit is left out,
//! the least important first.

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

mod contacts;
mod details;
mod emptiness;
mod footer;
mod header;
mod help;
mod log;
mod overview;
mod own;
mod palette;
mod pen;
mod picker;
mod sign_in;
mod time_axis;
mod tabs;
mod targets;
mod title;
mod timeline;

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

/// The smallest useful size in columns and rows.
const SMALLEST: (u16, u16) = (20, 5);

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
        Mode::List => Target::Contact(ctx.screen.selected()?.to_owned()),
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
        Constraint::Length(footer::rows(area.height)),
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
        details::draw(ctx, panes.details, buffer);
        log::draw(ctx, panes.log, buffer);
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
struct Panes {
    tabs: Rect,
    list: Rect,
    /// The line between the list and the panes beside it.
    edge: Rect,
    details: Rect,
    log: Rect,
}

impl Panes {
    /// Places details and log beside the list if there is room. Otherwise details replace the list, and the log is
    /// below.
    fn of(ctx: &Ctx<'_>, tabs: Rect, list: Rect) -> Self {
        if !ctx.screen.is_wide() {
            let log_rows = Constraint::Length(ctx.screen.log().of(list.height));
            let [list, log] = Layout::vertical([Constraint::Fill(1), log_rows]).areas(list);
            let (list, details) =
                if ctx.screen.shows_details(ctx.model) { (Rect::ZERO, list) } else { (list, Rect::ZERO) };
            return Self { tabs, list, edge: Rect::ZERO, details, log };
        }
        let whole = tabs.union(list);
        let side = (whole.width * 2 / 5).clamp(38, 60);
        let columns = [Constraint::Fill(1), Constraint::Length(3), Constraint::Length(side)];
        let [main, edge, side] = Layout::horizontal(columns).areas(whole);
        let narrow = |row: Rect| Rect { width: main.width, ..row };
        let (gap, log_rows) = match ctx.screen.log() {
            LogSize::Large => (0, side.height),
            LogSize::Off | LogSize::Small => (1, side.height * 2 / 5),
        };
        let parts = [Constraint::Fill(1), Constraint::Length(gap), Constraint::Length(log_rows)];
        let [details, _, log] = Layout::vertical(parts).areas(side);
        Self { tabs: narrow(tabs), list: narrow(list), edge, details, log }
    }
}

fn draw_edge(area: Rect, theme: Theme, buffer: &mut Buffer) {
    for row in 0..area.height {
        pen::Pen::new(buffer, area, row).write(" │ ", theme.faint());
    }
}
