//! What stands in place of a list without rows, and beside one of which nothing is heard: why, and what to do.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{
    model::{
        app::{Connection, Dashboard, Mode},
        contacts::View,
        text,
    },
    ui::theme::Theme,
};

/// Draws why nobody is listed; `false` where somebody is.
pub(super) fn draw(dashboard: &Dashboard, theme: Theme, area: Rect, buffer: &mut Buffer) -> bool {
    if !dashboard.contacts.is_empty() {
        return false;
    }
    for (row, line) in (0..area.height).zip(text::wrap(&why(dashboard), area.width.into())) {
        Pen::new(buffer, area, row).write(&line, theme.faint());
    }
    true
}

/// What to think of a server that says nothing of anybody.
pub(super) fn silence(dashboard: &Dashboard, now: Timestamp) -> Option<String> {
    dashboard.is_too_quiet(now).then(|| {
        format!(
            "Nothing was heard of anybody in the first 10 minutes. All may be offline; whosin doctor tells whether \
             {} passes presence on.",
            dashboard.server(),
        )
    })
}

fn why(dashboard: &Dashboard) -> String {
    let contacts = &dashboard.contacts;
    match dashboard.connection {
        _ if contacts.total() > 0 && !dashboard.filter.is_empty() => nobody_matches(dashboard),
        _ if contacts.total() > 0 => nobody_in_view(dashboard),
        Connection::Live if contacts.hidden() > 0 => {
            "Everybody who shares a room with you is left out: ignored, or by hide in your configuration."
                .to_owned()
        }
        Connection::Live => {
            "Nobody shares a room with you yet. Join a room or start a chat with any Matrix client; \
                             whoever is there shows here at once."
                .to_owned()
        }
        Connection::Lost { .. } => "Your contacts show as soon as the server answers.".to_owned(),
        Connection::Connecting | Connection::Loading(_) => "Loading your contacts …".to_owned(),
    }
}

/// What a filter has not found, and where else it could.
fn nobody_matches(dashboard: &Dashboard) -> String {
    let (back, next) = (dashboard.keymap.shown("back"), dashboard.keymap.shown("next-view"));
    let filter = text::clean(&dashboard.filter);
    let view = dashboard.contacts.view();
    let name = dashboard.contacts.view_name(view);
    match (view, &dashboard.mode) {
        (View::Everyone, _) => format!("Nobody matches \"{filter}\". {back} clears it."),
        (_, Mode::Filter(_)) => {
            format!(
                "Nobody in {name} matches \"{filter}\". Enter and {next} look in the next view, {back} clears it."
            )
        }
        _ => {
            format!("Nobody in {name} matches \"{filter}\". {next} looks in the next view, {back} clears it.")
        }
    }
}

/// Why a view is empty although there are contacts.
fn nobody_in_view(dashboard: &Dashboard) -> String {
    let contacts = &dashboard.contacts;
    let key = |name| dashboard.keymap.shown(name);
    let view = contacts.view();
    let everybody: usize = contacts.counts().map(|(_, count)| count).sum();
    if everybody > 0 {
        let (first, last, absent) = (key("show-online"), key("show-offline"), key("hide-absent"));
        return format!(
            "All {everybody} are in states that are left out: {first} to {last} and {absent} list them again."
        );
    }
    match view {
        View::Favourites => {
            let (next, pin) = (key("next-view"), key("pin"));
            format!("No favourites yet: select somebody in another view ({next}) and press {pin}.")
        }
        View::Direct => "No direct chats yet: start one with any Matrix client.".to_owned(),
        View::Room(_) if contacts.is_unknown(view) => {
            format!("You are in no room \"{}\", which your configuration names.", contacts.view_name(view))
        }
        View::Room(_) => format!("Nobody else is in {}.", contacts.view_name(view)),
        View::People | View::Everyone => {
            format!("You share only large rooms: Everyone ({}) lists who is in them.", key("next-view"))
        }
    }
}
