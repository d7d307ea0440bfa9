//! The header: the account, and whether the screen is up to date.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{Ctx, details::clock, own, pen::Pen};
use crate::model::{age, connection::Connection, deadline, notices, text};

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let mut status = status(ctx.model.connection(), ctx.screen.zone(), ctx.now);
    let missing = ctx.model.rooms_not_loaded();
    if ctx.model.connection().is_live() && missing > 0 {
        let rooms = if missing == 1 { "room" } else { "rooms" };
        status = format!("{missing} {rooms} not loaded  {status}");
    }
    if ctx.model.account().in_the_clear {
        status = format!("not encrypted  {status}");
    }
    // The line of the own state tells it once others see the state.
    if let Some(ends) = ctx.report.ends.filter(|_| own::end_in_line(ctx).is_none()) {
        status = format!("busy until {}  {status}", deadline::words(ends, ctx.now, ctx.screen.zone()));
    }
    let style = match ctx.model.connection() {
        Connection::Lost { .. } => ctx.theme.alarm(),
        _ => ctx.theme.faint(),
    };
    let mut pen = Pen::new(buffer, area, 0);
    let room = usize::from(area.width);
    let user_id = text::id(ctx.model.account().user_id.as_str());
    // A lost connection is more important than the name of the account.
    if matches!(ctx.model.connection(), Connection::Lost { .. }) && status.len() + user_id.len() + 12 > room {
        pen.write(&status, style);
        return;
    }
    pen.write("whosin", ctx.theme.strong()).write("  ", ctx.theme.faint()).write(&user_id, ctx.theme.faint());
    if pen.left() > 2 {
        pen.right(&format!("  {status}"), style);
    }
}

/// Returns whom the person has waited for and who is free now.
fn alert(ctx: &Ctx<'_>) -> Option<String> {
    let alerts = ctx.model.alerts();
    let told = alerts.iter().map(|(user_id, since)| {
        let contact = ctx.model.contacts().get(user_id);
        let name =
            contact.map_or_else(|| text::id(user_id.as_str()), |contact| notices::name(user_id, contact));
        let since = clock(*since, ctx.screen.zone(), ctx.now);
        match contact {
            // Only the end of a status or of a call told that they are free.
            Some(contact) if contact.heard.is_none() => match contact.message(ctx.now) {
                None => format!("{name} has no status since {since}"),
                Some(says) => format!("{name} had no status at {since}, now: {says}"),
            },
            Some(contact) if contact.is_free() => format!("{name} is free since {since}"),
            Some(contact) => format!("{name} was free at {since}, {} now", contact.group().label()),
            None => format!("{name} was free at {since}"),
        }
    });
    let told = told.collect::<Vec<_>>().join("; ");
    (!told.is_empty()).then(|| format!("▲ {told}"))
}

/// Returns the rows of the alerts.
pub(super) fn alert_rows(ctx: &Ctx<'_>) -> u16 {
    u16::from(!ctx.model.alerts().is_empty())
}

/// Draws the alerts and the keys for them. They stay until a key selects or dismisses them.
pub(super) fn draw_alerts(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(alert) = alert(ctx).filter(|_| !area.is_empty()) else { return };
    let key = |name| ctx.screen.keymap().shown(name);
    let keys = format!("  {} selects  {} dismisses", key("show-alert"), key("dismiss-alert"));
    let room = usize::from(area.width);
    let mut pen = Pen::new(buffer, area, 0);
    let alert_room = room.saturating_sub(text::width(&keys));
    // Without room for both, the keys are in the help.
    let style = ctx.theme.alert();
    if alert_room >= 20 {
        pen.write(&text::cut(&alert, alert_room), style).right(&keys, ctx.theme.faint());
    } else {
        pen.write(&alert, style);
    }
}

fn status(connection: &Connection, zone: &TimeZone, now: Timestamp) -> String {
    match connection {
        Connection::Connecting => "connecting …".to_owned(),
        Connection::Resuming { as_of } => format!("as of {}, connecting …", clock(*as_of, zone, now)),
        Connection::Loading(None) => "loading …".to_owned(),
        Connection::Loading(Some(1)) => "loading 1 room …".to_owned(),
        Connection::Loading(Some(missing)) => format!("loading {missing} rooms …"),
        Connection::Live => "live".to_owned(),
        Connection::SignedOut => "signed out".to_owned(),
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
