//! Whom the person waits for, while nobody is selected.

use matrix_sdk::ruma::UserId;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{
    Ctx,
    contacts::{look, since},
    pen::Pen,
};
use crate::model::contacts::Contact;

/// The most contacts in sight.
const MOST: usize = 8;

/// Returns the rows with their heading. 0: nobody is waited for.
pub(super) fn rows(ctx: &Ctx<'_>) -> u16 {
    match waited_for(ctx).take(MOST).count() {
        0 => 0,
        people => u16::try_from(people).unwrap_or_default() + 1,
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let heading = ctx.theme.faint().add_modifier(Modifier::BOLD);
    Pen::new(buffer, area, 0).write("You wait for", heading);
    for (row, (user_id, contact)) in (1..area.height).zip(waited_for(ctx)) {
        let (glyph, word) = look(contact.group(), ctx);
        let style = ctx.theme.state(contact.group());
        let word_style = ctx.theme.state_word(contact.group());
        let since = since(ctx, user_id, contact);
        let mut pen = Pen::new(buffer, area, row);
        pen.column(glyph, 2, style);
        let name = pen.left().saturating_sub(word.len() + 11);
        pen.column(&contact.name, name, Style::new()).write(" ", style).write(word, word_style);
        pen.right(&since, ctx.theme.faint());
    }
}

/// Returns the contacts whose next "is free" is notified.
fn waited_for<'a>(ctx: &'a Ctx<'_>) -> impl Iterator<Item = (&'a UserId, &'a Contact)> {
    let waited_for = ctx.model.preferences().notify_once.iter();
    waited_for.filter_map(|user_id| Some((&**user_id, ctx.model.contacts().get(user_id)?)))
}
