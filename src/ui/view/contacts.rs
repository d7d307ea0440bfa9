//! The list of contacts, and how many there are in each state.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{emptiness, pen::Pen, targets::Targets};
use crate::{
    model::{
        age,
        app::{Dashboard, Line},
        contacts::{Contact, Group, Heard},
        event::Target,
        own::Reason,
        presence::Presence,
        text,
    },
    ui::theme::{self, Theme},
};

/// The columns of the word for a state, with a gap; an unknown state's own word is cut to it.
const WORD: usize = 13;
/// The columns of an age, with a gap.
const AGE: usize = 8;
/// The mark of whoever is in a call, before the message.
const IN_CALL: &str = "in a call";

/// What stands between two counts.
const GAP: &str = "  ";

/// `list` is the area of the list below: what does not fit into it is counted too.
pub(super) fn draw_counts(dashboard: &Dashboard, theme: Theme, area: Rect, list: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let counts: Vec<_> = dashboard
        .contacts
        .counts()
        // A state that is rare by nature needs no zero.
        .filter(|&(group, count)| count > 0 || group <= Group::Unavailable)
        .map(|(group, count)| Count::new(group, count, dashboard, theme))
        .collect();
    let (mut more, mut below) = (String::new(), String::new());
    if !list.is_empty()
        && let rows @ 1.. = dashboard.below(usize::from(list.height))
    {
        (more, below) = (format!("{GAP}{rows} more ↓"), format!("{GAP}{rows} ↓"));
    }
    // With little room the glyphs speak for themselves.
    let gaps = GAP.len() * counts.len().saturating_sub(1);
    let needed = counts.iter().map(Count::width).sum::<usize>() + gaps + text::width(&below);
    let words = needed <= usize::from(area.width);
    let mut pen = Pen::new(buffer, area, 0);
    for Count { glyph, style, number, word } in counts {
        let gap = if pen.x() == area.x { "" } else { GAP };
        pen.write(gap, style).write(glyph, style).write(&format!(" {number}"), theme.faint());
        if words {
            pen.write(" ", theme.faint()).write(word, theme.faint());
        }
    }
    pen.right(if text::width(&more) <= pen.left() { &more } else { &below }, theme.faint());
}

/// How many are in a state, as it is written.
struct Count {
    glyph: &'static str,
    style: Style,
    number: String,
    word: &'static str,
}

impl Count {
    fn new(group: Group, count: usize, dashboard: &Dashboard, theme: Theme) -> Self {
        let (glyph, word) = look(group, dashboard);
        let listed = dashboard.contacts.lists(group);
        let style = if listed && count > 0 { theme.state(group) } else { theme.faint() };
        let number = if listed { count.to_string() } else { format!("({count})") };
        Self { glyph, style, number, word }
    }

    /// With the word.
    fn width(&self) -> usize {
        [self.glyph, " ", &self.number, " ", self.word].into_iter().map(text::width).sum()
    }
}

pub(super) fn draw(
    dashboard: &Dashboard,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    targets: &mut Targets,
    buffer: &mut Buffer,
) {
    if emptiness::draw(dashboard, theme, area, buffer) {
        return;
    }
    let columns = Columns::for_width(usize::from(area.width));
    for (row, line) in (0..).zip(dashboard.lines(usize::from(area.height))) {
        match line {
            Line::Heading(text) => {
                Pen::new(buffer, area, row).write(text, theme.faint().add_modifier(Modifier::BOLD));
            }
            Line::Contact(user_id, contact) => {
                let mut pen = Pen::new(buffer, area, row);
                let selected = dashboard.selected.as_deref() == Some(user_id);
                draw_row(dashboard, user_id, contact, selected, &columns, theme, now, &mut pen);
                let whole = Rect { y: area.y + row, height: 1, ..area };
                targets.add(whole, Target::Contact(user_id.to_owned()));
                if selected || !dashboard.connection.is_live() {
                    let modifier = if selected { Modifier::BOLD } else { Modifier::DIM };
                    buffer.set_style(whole, Style::new().add_modifier(modifier));
                }
            }
        }
    }
}

/// How the columns of a row share the width; what is 0 wide is left out.
struct Columns {
    name: usize,
    word: usize,
    age: usize,
}

impl Columns {
    fn for_width(width: usize) -> Self {
        match width {
            0..34 => Self { name: width.saturating_sub(4), word: 0, age: 0 },
            34..60 => Self { name: width - 4 - WORD, word: WORD, age: 0 },
            _ => Self { name: (width / 4).clamp(18, 36), word: WORD, age: AGE },
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a row is made of all of them, and of nothing else")]
fn draw_row(
    dashboard: &Dashboard,
    user_id: &UserId,
    contact: &Contact,
    selected: bool,
    columns: &Columns,
    theme: Theme,
    now: Timestamp,
    pen: &mut Pen<'_>,
) {
    let group = contact.group();
    let style = theme.state(group);
    let (glyph, word) = look(group, dashboard);
    let word = match &contact.heard {
        Some(Heard { presence: Presence::Other(name), .. }) => name,
        _ => word,
    };
    let quiet = group >= Group::Offline;
    let plain = if quiet { theme.faint() } else { Style::new() };
    pen.column(if selected { "▌" } else { "" }, 1, theme.strong());
    pen.column(if contact.pinned { "*" } else { "" }, 1, theme.notice()).column(glyph, 2, style);
    draw_name(contact, &apart(user_id, contact, dashboard), columns.name, plain, theme, pen);
    if columns.word > 0 {
        pen.column(&text::cut(word, columns.word - 1), columns.word, style);
    }
    if columns.age > 0 {
        let mut message =
            contact.heard.as_ref().and_then(|heard| heard.status_msg.as_deref()).unwrap_or_default();
        let end = columns.age;
        if dashboard.calls.is_in_call(user_id, now) && pen.left() > end + IN_CALL.len() {
            message = if message == IN_CALL { "" } else { message };
            let gap = if message.is_empty() { "" } else { ": " };
            pen.write(IN_CALL, theme.notice()).write(gap, theme.faint());
        }
        let room = pen.left().saturating_sub(end);
        pen.column(message, room, plain).column(told(user_id, dashboard), 1, theme.notice());
        pen.right(&age(contact, now), theme.faint());
    }
}

/// The name, and before it is cut what tells the contact apart from those who have the same.
fn draw_name(contact: &Contact, apart: &str, width: usize, style: Style, theme: Theme, pen: &mut Pen<'_>) {
    let end = pen.left().saturating_sub(width.saturating_sub(1));
    let kept = if apart.is_empty() { 0 } else { text::width(apart) + 1 };
    let name = text::width(&contact.name).min((pen.left() - end).saturating_sub(kept));
    pen.column(&contact.name, name, style);
    if !apart.is_empty() {
        pen.column("", usize::from(name > 0), style);
        let room = pen.left() - end;
        pen.column(apart, room, theme.faint());
    }
    pen.column("", pen.left() - end + 1, style);
}

/// The user ID of who shares a name, without the server where that is our own.
fn apart(user_id: &UserId, contact: &Contact, dashboard: &Dashboard) -> String {
    if !contact.shares_name {
        return String::new();
    }
    let ours = user_id.server_name() == dashboard.account.user_id.server_name();
    let id = if ours { format!("@{}", user_id.localpart()) } else { user_id.to_string() };
    text::clean(&id).into_owned()
}

/// The key that makes whosin tell of a contact, where it has been pressed.
fn told(user_id: &UserId, dashboard: &Dashboard) -> &'static str {
    let preferences = &dashboard.preferences;
    if preferences.tell_each.contains(user_id) {
        "N"
    } else if preferences.tell_once.contains(user_id) {
        "n"
    } else {
        ""
    }
}

fn age(contact: &Contact, now: Timestamp) -> String {
    match &contact.heard {
        Some(heard) if heard.currently_active => "now".to_owned(),
        Some(heard) => heard.last_active.map(|since| age::words(since, now)).unwrap_or_default(),
        None => String::new(),
    }
}

/// The glyph and the word of a group. Silence means another thing where the server shares no presence at all.
pub(super) fn look(group: Group, dashboard: &Dashboard) -> (&'static str, &'static str) {
    let untracked = dashboard.own.report().reason == Some(Reason::Untracked);
    match group {
        Group::Silent if untracked => ("?", "not shared"),
        group => (theme::glyph(group), group.label()),
    }
}
