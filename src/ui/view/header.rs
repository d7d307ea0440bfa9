//! The first line: who is signed in, and whether what is on screen is true now.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{details::clock, pen::Pen};
use crate::{
    model::{
        age,
        app::{Connection, Dashboard},
        deadline, text,
    },
    ui::theme::Theme,
};

pub(super) fn draw(
    dashboard: &Dashboard,
    zone: &TimeZone,
    theme: Theme,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut status = status(&dashboard.connection, zone, now);
    if dashboard.connection.is_live() && dashboard.rooms_not_loaded > 0 {
        let rooms = if dashboard.rooms_not_loaded == 1 { "room" } else { "rooms" };
        status = format!("{} {rooms} not loaded  {status}", dashboard.rooms_not_loaded);
    }
    if let Some(ends) = dashboard.own.report().ends {
        status = format!("busy until {}  {status}", deadline::words(ends, now, zone));
    }
    let style = match dashboard.connection {
        Connection::Lost { .. } => theme.alarm(),
        _ => theme.faint(),
    };
    let mut pen = Pen::new(buffer, area, 0);
    let room = usize::from(area.width);
    let user_id = text::clean(dashboard.account.user_id.as_str());
    // A lost connection is worth more than the name of who is signed in.
    if matches!(dashboard.connection, Connection::Lost { .. }) && status.len() + user_id.len() + 12 > room {
        pen.write(&status, style);
        return;
    }
    pen.write("whosin", theme.strong()).write("  ", theme.faint()).write(&user_id, theme.faint());
    if pen.left() > 2 {
        pen.right(&format!("  {status}"), style);
    }
}

fn status(connection: &Connection, zone: &TimeZone, now: Timestamp) -> String {
    match connection {
        Connection::Connecting => "connecting …".to_owned(),
        Connection::Loading(None) => "loading …".to_owned(),
        Connection::Loading(Some(1)) => "loading 1 room …".to_owned(),
        Connection::Loading(Some(missing)) => format!("loading {missing} rooms …"),
        Connection::Live => "live".to_owned(),
        Connection::Lost { as_of, retry_at, .. } => {
            let lost = match as_of {
                Some(as_of) => format!("connection lost, as of {}", clock(*as_of, zone, now)),
                None => "no connection".to_owned(),
            };
            match retry_at {
                Some(at) if *at > now => format!("{lost}, next try in {} s", age::countdown(*at, now)),
                _ => format!("{lost}, trying now"),
            }
        }
    }
}
