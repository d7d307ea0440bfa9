//! The board: who is in, for a screen on a wall. Columns by state, a clock, and nothing to press.

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style},
};

use super::{contacts::NIGHT, pen::Pen};
use crate::{
    model::{
        Model, age,
        connection::Connection,
        contacts::{Contact, Group},
        text,
    },
    ui::theme::{self, Theme},
};

/// The rows of the clock, and the rows of a board with room for it.
const CLOCK: u16 = 5;
const TALL: u16 = 20;
/// The digits and the colon of the clock.
const DIGITS: [[&str; 5]; 11] = [
    ["███", "█ █", "█ █", "█ █", "███"],
    ["  █", "  █", "  █", "  █", "  █"],
    ["███", "  █", "███", "█  ", "███"],
    ["███", "  █", "███", "  █", "███"],
    ["█ █", "█ █", "███", "  █", "  █"],
    ["███", "█  ", "███", "  █", "███"],
    ["███", "█  ", "███", "█ █", "███"],
    ["███", "  █", "  █", "  █", "  █"],
    ["███", "█ █", "███", "█ █", "███"],
    ["███", "█ █", "███", "  █", "███"],
    [" ", "█", " ", "█", " "],
];

/// What a board shows.
#[derive(Debug)]
pub struct Board<'a> {
    /// The model.
    pub model: &'a Model,
    /// The rooms and spaces whose members are shown, by name, address or ID. None: everybody who is not only in large
    /// rooms.
    pub rooms: &'a [String],
    /// The colors and characters.
    pub theme: Theme,
    /// The time zone of the clock.
    pub zone: &'a TimeZone,
    /// The current time.
    pub now: Timestamp,
    /// What is wrong with the configuration.
    pub problem: Option<&'a str>,
}

/// Draws a board.
pub fn draw_board(board: &Board<'_>, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let tall = area.height >= TALL;
    let head = if tall { CLOCK + 1 } else { 1 };
    let [header, _, people, footer] = Layout::vertical([
        Constraint::Length(head),
        Constraint::Length(u16::from(area.height >= 8)),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_header(board, header, tall, buffer);
    let shown = people_of(board);
    let is_other = shown.iter().any(|(_, contact)| contact.group() == Group::Other);
    let groups = [Group::Online, Group::Busy, Group::Unavailable, Group::Other];
    let groups: Vec<Group> = groups.into_iter().filter(|group| *group != Group::Other || is_other).collect();
    let columns = Layout::horizontal(groups.iter().map(|_| Constraint::Fill(1))).spacing(2).split(people);
    for (group, column) in groups.iter().zip(columns.iter()) {
        draw_column(board, *group, &shown, *column, buffer);
    }
    draw_footer(board, &shown, footer, buffer);
    if NIGHT.contains(&board.zone.to_datetime(board.now).hour()) || !board.model.connection().is_live() {
        // A board that lights a dark room, or that may be out of date.
        buffer.set_style(area, Style::new().fg(Color::Reset).patch(board.theme.faint()));
    }
    board.theme.fit(buffer);
}

/// Returns when a board changes next without an event: its clock.
#[must_use]
pub fn board_wake(now: Timestamp) -> Option<Timestamp> {
    age::next_minute(now)
}

fn draw_header(board: &Board<'_>, area: Rect, tall: bool, buffer: &mut Buffer) {
    let time = board.zone.to_datetime(board.now);
    let title = if board.rooms.is_empty() { "Who's in?".to_owned() } else { board.rooms.join(", ") };
    let date = time.strftime("%A, %-d %B").to_string();
    let clock = time.strftime("%H:%M").to_string();
    let mut pen = Pen::new(buffer, area, 0);
    pen.write(&text::clean(&title), board.theme.strong());
    if !tall {
        pen.right(&format!("  {clock}"), board.theme.strong());
        return;
    }
    Pen::new(buffer, area, 2).write(&date, board.theme.faint());
    let digit = |c: char| c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(10);
    for row in 0..CLOCK {
        let parts = clock.chars().map(|c| DIGITS[digit(c)][usize::from(row)]);
        let line = parts.collect::<Vec<_>>().join(" ");
        let width = u16::try_from(text::width(&line)).unwrap_or_default();
        if width + 30 <= area.width {
            let place = Rect { x: area.right() - width, width, ..area };
            Pen::new(buffer, place, row).write(&line, board.theme.strong());
        }
    }
}

/// Returns the people of the board by name.
fn people_of<'a>(board: &Board<'a>) -> Vec<(&'a UserId, &'a Contact)> {
    let contacts = board.model.contacts();
    let found = board.rooms.iter().flat_map(|written| contacts.rooms().find(written));
    let rooms: Vec<usize> = found.flat_map(|room| contacts.rooms().within(room)).collect();
    let people = contacts.by_name().iter().map(|index| contacts.person(*index));
    let is_shown = |contact: &Contact| match board.rooms {
        [] => contact.is_known(),
        _ => contact.rooms.iter().any(|room| rooms.contains(room)),
    };
    people.filter(|(_, contact)| is_shown(contact)).collect()
}

fn draw_column(
    board: &Board<'_>,
    group: Group,
    people: &[(&UserId, &Contact)],
    area: Rect,
    buffer: &mut Buffer,
) {
    let people: Vec<_> = people.iter().filter(|(_, contact)| contact.group() == group).collect();
    let name = match group {
        Group::Online => "FREE",
        Group::Busy => "BUSY",
        Group::Unavailable => "AWAY",
        _ => "OTHER",
    };
    let heading = board.theme.state_word(group).patch(board.theme.strong());
    let mut pen = Pen::new(buffer, area, 0);
    pen.write(theme::glyph(group), board.theme.state(group)).write(" ", heading).write(name, heading);
    pen.right(&people.len().to_string(), heading);
    let rows = usize::from(area.height.saturating_sub(2));
    // With room, a gap between two people makes them readable from afar.
    let each = if people.len() * 3 <= rows + 1 { 3 } else { 2 };
    let fits =
        if people.len() * each <= rows + each - 2 { people.len() } else { rows.saturating_sub(1) / each };
    for ((user_id, contact), row) in people.iter().take(fits).zip((2..).step_by(each)) {
        Pen::new(buffer, area, row).write(&contact.name, board.theme.strong());
        let since = board.model.history().since(user_id).map(|since| age::words(since, board.now));
        let says = contact.says().unwrap_or_default();
        let mut pen = Pen::new(buffer, area, row + 1);
        let since = since.map(|since| format!(" {since}")).unwrap_or_default();
        let room = pen.left().saturating_sub(text::width(&since));
        pen.column(&text::cut(says.as_str(), room), room, board.theme.faint());
        pen.write(&since, board.theme.faint());
    }
    let more = people.len() - fits;
    if more > 0 && area.height > 2 {
        Pen::new(buffer, area, area.height - 1).write(&format!("and {more} more"), board.theme.faint());
    }
}

fn draw_footer(board: &Board<'_>, people: &[(&UserId, &Contact)], area: Rect, buffer: &mut Buffer) {
    let offline = people.iter().filter(|(_, contact)| contact.group() >= Group::Offline).count();
    let mut pen = Pen::new(buffer, area, 0);
    if let Some(problem) = board.problem {
        pen.write(&text::clean(problem), board.theme.alarm());
        return;
    }
    pen.write(&format!("{} {offline} offline", theme::glyph(Group::Offline)), board.theme.faint());
    let clock = |at: Timestamp| board.zone.to_datetime(at).strftime("%H:%M").to_string();
    let status = match board.model.connection() {
        Connection::Live => String::new(),
        Connection::Lost { as_of: Some(as_of), .. } => format!("  connection lost, as of {}", clock(*as_of)),
        Connection::Lost { as_of: None, .. } => "  no connection".to_owned(),
        Connection::SignedOut => "  signed out: run whosin login".to_owned(),
        _ => "  connecting …".to_owned(),
    };
    pen.right(&status, board.theme.alarm());
}
