//! The own presence: what others see, and why if the person asked for something else.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, emptiness, pen::Pen, until};
use crate::model::connection::Connection;
use crate::ui::{keymap::Action, screen::Mode};
use crate::{
    model::{
        age,
        contacts::Group,
        deadline,
        event::OtherSession,
        own::{Layer, Reason},
        presence::Presence,
        profile::NewStatus,
        text,
    },
    ui::theme::{self},
};

/// The most lines of an explanation, and of a notice below it.
const LINES: usize = 3;
const NOTICE: usize = 2;
/// The rows of a screen with room for both.
const TALL: u16 = 16;

/// Returns the most important explanation and the notice below it, wrapped to this many columns. The notice never
/// covers an error or the reason for a state.
pub(super) fn explanation(ctx: &Ctx<'_>, columns: u16) -> Vec<String> {
    let report = &ctx.report;
    let error = match ctx.screen.mode() {
        Mode::Status(prompt) => prompt.error().map(ToOwned::to_owned).or_else(|| public(ctx)),
        Mode::OfferStatus(_) => Some(format!(
            "Nobody sees presence at {}. Set the public status {} instead, with the same end? Anyone can read it.",
            ctx.model.server(),
            busy_status()
        )),
        _ => None,
    };
    let presence_not_saved = ctx.model.presence_not_saved().filter(|_| report.ends.is_some());
    let unkept = ctx.model.preferences_not_saved();
    let said = error
        .or_else(|| ctx.screen.problem(ctx.model))
        .or_else(|| status_refused(ctx))
        .or_else(|| report.reason.map(|reason| why(ctx, reason)))
        .or_else(|| presence_not_saved.map(|why| format!("Cannot save when this state ends: {why}")))
        .or_else(|| unkept.map(|why| format!("Cannot save your pins and notifications: {why}")))
        .or_else(|| note(ctx, report.layer))
        .or_else(|| report.warning.map(|session| warning(ctx, session)))
        .or_else(|| emptiness::silence(ctx));
    let mut lines = text::wrap(&said.unwrap_or_default(), columns.into());
    lines.truncate(LINES);
    let Some(notice) = notice(ctx) else { return lines };
    let gap = "  ";
    match &mut lines[..] {
        [] => lines = text::wrap(&notice, columns.into()),
        [line] if text::width(line) + gap.len() + text::width(&notice) <= columns.into() => {
            line.extend([gap, &notice]);
        }
        _ => {
            let tall = ctx.screen.size().1 >= TALL;
            lines.truncate(if tall { LINES } else { 1 });
            lines.extend(text::wrap(&notice, columns.into()).into_iter().take(NOTICE));
        }
    }
    lines.truncate(LINES + NOTICE);
    lines
}

/// Returns what a person must know before the first status.
fn public(ctx: &Ctx<'_>) -> Option<String> {
    let words = "A user status is public: anyone can read it, also without an account. Its last words may be its end: \
                 🌴 On holiday until friday";
    ctx.model.own().status().is_unexplained().then(|| words.to_owned())
}

fn status_refused(ctx: &Ctx<'_>) -> Option<String> {
    let why = ctx.model.own().status().refused()?;
    Some(format!("The status was not set at {}: {why}", ctx.model.server()))
}

fn busy_status() -> String {
    NewStatus::busy().shown().map(|status| status.to_string()).unwrap_or_default()
}

/// Returns what the last keys have done or are about to do.
fn notice(ctx: &Ctx<'_>) -> Option<String> {
    held(ctx).or_else(|| ctx.screen.reply().map(ToOwned::to_owned)).or_else(|| undo(ctx))
}

/// Returns what a key does that waits for a quiet moment.
fn held(ctx: &Ctx<'_>) -> Option<String> {
    match ctx.screen.held()? {
        Action::ToggleBusy if ctx.model.own().is_wanted_busy() => Some("no longer busy …".to_owned()),
        Action::ToggleBusy => Some(format!("{} …", theme::words(&Presence::Busy))),
        Action::SetPresence(presence) => {
            Some(format!("{} in a moment; another letter begins a search instead.", theme::words(presence)))
        }
        _ => None,
    }
}

/// Returns how to undo the last change, while that is possible.
fn undo(ctx: &Ctx<'_>) -> Option<String> {
    let (before, _) = ctx.model.own().can_undo_to(ctx.now)?;
    let key = ctx.screen.keymap().key_of("undo").filter(|_| !ctx.screen.is_watching(ctx.model))?;
    Some(format!("{key} undoes it: back to {}.", text::clean(&theme::words(before))))
}

pub(super) fn draw(ctx: &Ctx<'_>, explanation: &[String], area: Rect, buffer: &mut Buffer) {
    // A single line shows the explanation, because it is more important than the state.
    let first = u16::from(area.height > 1 || explanation.is_empty());
    if first == 1 {
        draw_seen(ctx, area, buffer);
    }
    for (row, line) in (first..area.height).zip(explanation) {
        Pen::new(buffer, area, row).write(line, ctx.theme.notice());
    }
}

fn draw_seen(ctx: &Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let report = &ctx.report;
    let mut pen = Pen::new(buffer, area, 0);
    let (plain, faint) = (Style::new(), ctx.theme.faint());
    let live = ctx.model.connection().is_live();
    let seen = match (report.seen, report.reason) {
        (_, Some(Reason::Untracked)) => {
            pen.write("Nobody sees your presence", ctx.theme.strong());
            if ctx.model.profile_support().fields {
                let status = own_status(ctx).unwrap_or_else(|| "none".to_owned());
                pen.write(". Your status: ", faint).write(&status, plain);
            }
            return;
        }
        (None, _) => {
            pen.write("What others see of you is not known yet", faint);
            return;
        }
        (Some(seen), _) => seen,
    };
    let who = match (live, report.reason) {
        (true, None) => "You ",
        (true, Some(_)) => "Others see you as ",
        (false, _) => "Others saw you as ",
    };
    let style = if live { ctx.theme.state_word(Group::of(Some(&seen.presence))) } else { faint };
    pen.write(who, faint).write(&text::clean(&theme::words(&seen.presence)), style.patch(ctx.theme.strong()));
    if let Some(ends) = end_in_line(ctx) {
        let until = deadline::words(ends, ctx.now, ctx.screen.zone());
        pen.write(&format!(" until {until}{}", until::left(ctx, ends)), plain);
    }
    if let Some(message) = &seen.status_msg {
        pen.write("  \"", faint).write(&text::clean(message), plain).write("\"", faint);
    }
    if let Some(status) = own_status(ctx) {
        pen.write("  status: ", faint).write(&status, plain);
    }
    draw_busy_keys(ctx, &mut pen);
}

/// Returns when the state ends that others see, if it is the wanted one.
pub(super) fn end_in_line(ctx: &Ctx<'_>) -> Option<Timestamp> {
    let seen_as_wanted = ctx
        .report
        .seen
        .is_some_and(|seen| seen.presence == *ctx.report.wanted || ctx.report.reason == Some(Reason::NoBusy));
    ctx.report.ends.filter(|_| seen_as_wanted && ctx.model.connection().is_live())
}

/// Draws the keys that change a busy or end it, at the right, if there is room.
fn draw_busy_keys(ctx: &Ctx<'_>, pen: &mut Pen<'_>) {
    let busy = *ctx.report.wanted == Presence::Busy && ctx.report.layer == Layer::Pressed;
    if !busy || ctx.screen.is_watching(ctx.model) || !ctx.model.connection().is_live() {
        return;
    }
    let keymap = ctx.screen.keymap();
    let (Some(longer), Some(end)) = (keymap.key_of("busy-for"), keymap.key_of("busy")) else { return };
    let (longer, end) = (longer.to_string(), end.to_string());
    let verb = if ctx.report.ends.is_some() { " extend  " } else { " set an end  " };
    let pieces = [("  ", false), (&*longer, true), (verb, false), (&*end, true), (" end now", false)];
    let width: usize = pieces.iter().map(|(piece, _)| text::width(piece)).sum();
    let Some(gap) = pen.left().checked_sub(width) else { return };
    pen.column("", gap, Style::new());
    for (piece, is_key) in pieces {
        pen.write(piece, if is_key { ctx.theme.strong() } else { ctx.theme.faint() });
    }
}

/// Returns the own user status and its end, as it is or is about to be.
fn own_status(ctx: &Ctx<'_>) -> Option<String> {
    let own = ctx.model.own().status();
    let status = own.changing().unwrap_or_else(|| own.shown().cloned())?;
    let until = own.ends().map(|at| deadline::words(at, ctx.now, ctx.screen.zone()));
    let status = ctx.theme.charset.status(&status);
    Some(match until {
        Some(until) => format!("{status} (ends {until})"),
        None => status,
    })
}

/// Returns why others do not see what the person asked for.
fn why(ctx: &Ctx<'_>, reason: Reason<'_>) -> String {
    let report = &ctx.report;
    let server = ctx.model.server();
    let wanted = match report.seen {
        Some(seen) if seen.presence == *report.wanted => "your message".to_owned(),
        _ => theme::words(report.wanted),
    };
    match reason {
        Reason::Disconnected => match ctx.model.connection() {
            Connection::Lost { reason, .. } => format!("{reason} Any key tries now."),
            _ => format!("Asking {server} …"),
        },
        Reason::Untracked if ctx.model.profile_support().fields => {
            let arrive =
                if ctx.model.profile_support().pushed { "sent at once" } else { "looked up now and then" };
            format!("Presence is switched off at {server}; user statuses are {arrive}.")
        }
        Reason::Untracked => format!(
            "Presence is switched off at {server}: nobody sees yours, and you see nobody's. Its administrator can switch it \
             on{}.",
            ctx.model
                .own()
                .server_kind()
                .presence_setting()
                .map(|it| format!(" by {it}"))
                .unwrap_or_default(),
        ),
        Reason::Watching => "Watching only: whosin changes nothing about your presence.".to_owned(),
        Reason::NoBusy => format!("You asked for {wanted}; {server} has no busy, so others see unavailable."),
        Reason::Limited(until) => {
            format!("{server} limits changes; {wanted} is sent in {} s.", age::countdown(until, ctx.now))
        }
        Reason::Failing(until) => {
            format!(
                "{server} gave no answer; {wanted} is sent again in {} s.",
                age::countdown(until, ctx.now)
            )
        }
        Reason::Refused(words) => format!("{server} refuses {wanted}: {}", text::clean(words)),
        Reason::Sending => format!("Sending {wanted} …"),
        Reason::Unconfirmed => format!("Sent {wanted}; {server} does not show it yet."),
        Reason::HeldBusy(sessions, until) => {
            let until = until.map(|until| deadline::words(until, ctx.now, ctx.screen.zone()));
            format!("You asked for {wanted}; {}", holder(ctx, sessions, until))
        }
        Reason::Outranked([]) => format!("You asked for {wanted}; another session of yours says otherwise."),
        Reason::Outranked(sessions) => {
            format!("You asked for {wanted}; others see what {}.", named_with_ends(ctx, sessions))
        }
        Reason::Contested => format!(
            "Another session of yours syncs too, and at {server} each sync replaces your state: others see \
             {wanted} and its state in turn."
        ),
        Reason::Unshared => "You share no room with anybody yet, so nobody sees your presence.".to_owned(),
        Reason::MessageGone => {
            let key = ctx.screen.keymap().shown("message");
            format!("Another session removed your message: {key}, Enter sets it again.")
        }
        Reason::MessageBack => {
            let key = ctx.screen.keymap().shown("message");
            format!("Your earlier message is back: {key} sets another one again.")
        }
        Reason::MessageStays => {
            format!("{server} cannot clear a message, so others still see it. Another message replaces it.")
        }
        Reason::MessageElsewhere => {
            "Another session of yours has this message, so others still see it until you clear it there."
                .to_owned()
        }
    }
}

/// Returns which sessions may have the state that others see, and until when a closed one counts.
fn named_with_ends(ctx: &Ctx<'_>, sessions: &[OtherSession]) -> String {
    let seen = ctx.report.seen.map(|seen| &seen.presence);
    let counts = seen.and_then(|seen| ctx.model.own().server_kind().closed_session_counts(seen));
    let end = |session: &OtherSession| session.last_seen?.checked_add(counts?).ok();
    let named = sessions.iter().take(3).map(|session| {
        let until = end(session).map(|end| deadline::words(end, ctx.now, ctx.screen.zone()));
        let until = until.map(|until| format!(", until {until} if it is closed")).unwrap_or_default();
        format!("{} says{until}", name(session, ctx.now))
    });
    named.collect::<Vec<_>>().join(", or ")
}

/// Returns which sessions hold busy, and what ends it.
fn holder(ctx: &Ctx<'_>, sessions: &[OtherSession], until: Option<String>) -> String {
    let (server, server_kind) = (ctx.model.server(), ctx.model.own().server_kind());
    if server_kind.ranks_sessions() {
        return match sessions {
            [] => format!(
                "{server} still counts the busy of a session that is closed or has signed out. It ends by itself \
                 5 min after the last request of that session."
            ),
            sessions => format!("others see busy as {}.", named_with_ends(ctx, sessions)),
        };
    }
    let named: Vec<String> = sessions.iter().take(3).map(|session| name(session, ctx.now)).collect();
    let page = sessions.first().and_then(|session| session.account_page.as_ref());
    let page = page.map(|_| format!(" ({}: its account page)", ctx.screen.keymap().shown("account")));
    match (named.as_slice(), until) {
        ([], Some(until)) => format!(
            "{server} was restarted while you were busy, and goes on showing that until {until} at the latest. \
             It ends by itself."
        ),
        ([], None) => format!(
            "{server} still shows a busy from before its restart, or of a session that has signed out. It ends by \
             itself within the hour."
        ),
        (named, until) => {
            let restarted = until.map(|until| format!(", or {server} until {until} since its restart"));
            format!(
                "others see busy as long as {}{} holds it{}. It ends when that session sets another state itself, \
                 or an hour after it is closed.",
                named.join(" or "),
                page.unwrap_or_default(),
                restarted.unwrap_or_default(),
            )
        }
    }
}

/// Returns the warning about a session that could hold busy later.
fn warning(ctx: &Ctx<'_>, session: &OtherSession) -> String {
    format!(
        "{} becomes busy along with you, and can hold you busy up to an hour after you close it. {} for unavailable \
         does not do this.",
        name(session, ctx.now),
        ctx.screen.keymap().shown("unavailable"),
    )
}

fn name(session: &OtherSession, now: Timestamp) -> String {
    let seen = match session.last_seen.map(|at| age::words(at, now)) {
        Some(age) if age == "now" => "seen just now".to_owned(),
        Some(age) => format!("seen {age} ago"),
        None => "another session".to_owned(),
    };
    format!("{} ({seen})", text::clean(&session.name))
}

/// Returns why the state differs from the one that the person set.
fn note(ctx: &Ctx<'_>, layer: Layer) -> Option<String> {
    match layer {
        Layer::Pressed => None,
        Layer::Call => {
            let key = ctx.screen.keymap().shown("online");
            Some(format!(
                "You are in a call in another session; busy ends with it. {key}: online all the same."
            ))
        }
        Layer::Idle => Some("This machine is idle: unavailable until you are back.".to_owned()),
    }
}
