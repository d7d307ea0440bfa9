//! What the typed length and message of busy will do, or what is wrong with them.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, pen::Pen};
use crate::{
    model::{
        age,
        contacts::Group,
        deadline::{self, DeadlineError},
        presence::Presence,
        text,
    },
    ui::{screen::UntilPrompt, theme},
};

/// What follows the end.
const THEN: &str = "  then as before";

/// Draws it above the prompt.
pub(super) fn draw(ctx: &Ctx<'_>, prompt: &UntilPrompt, row: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, row, 0);
    pen.column("", usize::from(row.width), ctx.theme.faint());
    let mut pen = Pen::new(buffer, row, 0);
    if let Some(error) = prompt.error() {
        pen.write(error, ctx.theme.alarm());
        return;
    }
    match deadline::split_message(prompt.field().value(), ctx.now, ctx.screen.zone()) {
        Ok((Some(end), message)) => {
            let state = ctx.theme.state_word(Group::Busy);
            pen.write(&theme::words(&Presence::Busy), state.patch(ctx.theme.strong()));
            let until = deadline::words(end.at, ctx.now, ctx.screen.zone());
            pen.write(&format!(" until {until}{}", left(ctx, end.at)), Style::new());
            let own = text::clean(ctx.model.own().status_msg());
            let message = if message.is_empty() { &*own } else { &*text::clean(message) };
            if !message.is_empty() {
                pen.write(&format!("  \"{message}\""), Style::new());
            }
            // What is cut off helps nobody.
            if pen.left() >= text::width(THEN) {
                pen.write(THEN, ctx.theme.faint());
            }
        }
        Ok((None, "")) => {
            pen.write(
                "How long, and a message if you like: 45m lunch, until 15:00 review",
                ctx.theme.faint(),
            );
        }
        Ok((None, _)) => _ = pen.write(&DeadlineError::Unreadable.to_string(), ctx.theme.faint()),
        Err(why) => _ = pen.write(&why.to_string(), ctx.theme.faint()),
    }
}

/// Returns the time until an end of today, in parentheses.
pub(super) fn left(ctx: &Ctx<'_>, end: Timestamp) -> String {
    age::left(end, ctx.now).map(|left| format!(" ({left})")).unwrap_or_default()
}
