//! Explanations for an empty list and for a silent server: why, and what to do.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Ctx, pen::Pen};
use crate::model::connection::Connection;
use crate::model::text;
use crate::ui::list::View;

/// Draws why the list is empty. Returns `false` if it is not.
pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) -> bool {
    if !ctx.screen.list().is_empty() {
        return false;
    }
    for (row, line) in (0..area.height).zip(text::wrap(&why(ctx), area.width.into())) {
        Pen::new(buffer, area, row).write(&line, ctx.theme.faint());
    }
    true
}

/// Returns advice about a server that has sent no presence.
pub(super) fn silence(ctx: &Ctx<'_>) -> Option<String> {
    ctx.model.is_too_quiet(ctx.now).then(|| {
        format!(
            "No presence arrived in the first 10 minutes. All may be offline, or presence is switched off at {}: \
             run whosin doctor.",
            ctx.model.server(),
        )
    })
}

fn why(ctx: &Ctx<'_>) -> String {
    let contacts = ctx.model.contacts();
    match ctx.model.connection() {
        _ if contacts.total() > 0 && !ctx.screen.filter().is_empty() => nobody_matches(ctx),
        _ if contacts.total() > 0 => nobody_in_view(ctx),
        Connection::Live if contacts.hidden() == 0 && ctx.model.rooms_not_loaded() > 0 => {
            "The server does not tell who is in your rooms. whosin goes on asking.".to_owned()
        }
        Connection::Live if contacts.hidden() > 0 => {
            "Everybody who shares a room with you is hidden: by hide in your configuration, or because you ignore them."
                .to_owned()
        }
        Connection::Live => {
            "Nobody shares a room with you yet, so you see nobody's presence, and nobody sees yours. Join a room or start a \
             chat with any Matrix client: its members show here at once."
                .to_owned()
        }
        Connection::Lost { .. } | Connection::SignedOut => {
            "Your contacts show as soon as the server answers.".to_owned()
        }
        Connection::Connecting | Connection::Resuming { .. } | Connection::Loading(_) => "Loading your contacts …".to_owned(),
    }
}

/// Returns that a filter matches nobody.
fn nobody_matches(ctx: &Ctx<'_>) -> String {
    let filter = text::clean(ctx.screen.filter());
    format!("Nobody matches \"{filter}\". {} clears it.", ctx.screen.keymap().shown("back"))
}

/// Returns why a view is empty although there are contacts.
fn nobody_in_view(ctx: &Ctx<'_>) -> String {
    let contacts = ctx.model.contacts();
    let key = |name| ctx.screen.keymap().shown(name);
    let view = ctx.screen.list().view();
    let everybody: usize = ctx.screen.list().counts().map(|(_, count)| count).sum();
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
        View::Room(_) if ctx.screen.list().is_unknown(view) => {
            format!(
                "You are not in a room or space named \"{}\". It is listed in rooms in your configuration.",
                ctx.screen.list().view_name(view, contacts)
            )
        }
        View::Room(_) => format!("Nobody else is in {}.", ctx.screen.list().view_name(view, contacts)),
        View::People | View::Everyone => {
            format!("You share only large rooms: Everyone ({}) lists who is in them.", key("next-view"))
        }
    }
}
