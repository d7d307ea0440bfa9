//! The title of the window: how many contacts are free, and what others see of the person. Nothing in it is text of
//! others.

use super::Ctx;
use crate::{
    model::{contacts::Group, deadline, presence::Presence},
    ui::theme::Charset,
};

/// Returns the title: `whosin: 9 free · you busy until 15:00`.
#[must_use]
pub fn title(ctx: &Ctx<'_>) -> String {
    if !ctx.model.connection().is_live() {
        return "whosin: not connected".to_owned();
    }
    let free = ctx.model.contacts().known().find(|(group, _)| *group == Group::Online);
    let free = free.map_or(0, |(_, count)| count);
    let Some(seen) = ctx.report.seen.filter(|_| !ctx.model.settings().watch_only) else {
        return format!("whosin: {free} free");
    };
    let dot = if ctx.theme.charset == Charset::Unicode { "·" } else { "-" };
    let state = match &seen.presence {
        // The word is the server's.
        Presence::Other(_) => "other",
        presence => presence.label(),
    };
    let ends = ctx.report.ends.filter(|_| seen.presence == *ctx.report.wanted);
    let until = ends.map(|ends| format!(" until {}", deadline::words(ends, ctx.now, ctx.screen.zone())));
    format!("whosin: {free} free {dot} you {state}{}", until.unwrap_or_default())
}
