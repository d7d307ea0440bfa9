//! The own presence: what others see, and if that is not what was asked for, why.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{emptiness, pen::Pen};
use crate::{
    model::{
        age,
        app::{Connection, Dashboard, Mode},
        contacts::Group,
        deadline,
        event::OtherSession,
        own::{Layer, Reason, Report},
        text,
    },
    ui::theme::{self, Theme},
};

/// The most lines that an explanation may take.
const LINES: usize = 3;

/// What there is to explain, in lines of so many columns.
pub(super) fn explanation(
    dashboard: &Dashboard,
    zone: &TimeZone,
    now: Timestamp,
    columns: u16,
) -> Vec<String> {
    let report = dashboard.own.report();
    let mistake = match &dashboard.mode {
        Mode::Until(_, mistake) => mistake.clone(),
        _ => None,
    };
    let presence_not_saved = dashboard.presence_not_saved.as_ref().filter(|_| report.ends.is_some());
    let unkept = dashboard.preferences_not_saved.as_ref();
    let said = mistake
        .or_else(|| dashboard.said.clone())
        .or_else(|| dashboard.trouble.as_ref().map(|(trouble, _)| trouble.clone()))
        .or_else(|| report.reason.map(|reason| why(dashboard, &report, reason, zone, now)))
        .or_else(|| presence_not_saved.map(|why| format!("This end is forgotten if whosin is killed: {why}")))
        .or_else(|| unkept.map(|why| format!("What you choose is forgotten when whosin ends: {why}")))
        .or_else(|| note(dashboard, report.layer))
        .or_else(|| report.warning.map(|session| warning(dashboard, session, now)))
        .or_else(|| emptiness::silence(dashboard, now));
    let mut lines = text::wrap(&said.unwrap_or_default(), columns.into());
    lines.truncate(LINES);
    lines
}

pub(super) fn draw(
    dashboard: &Dashboard,
    explanation: &[String],
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    // With one line only, what is not as it should be comes first.
    let first = u16::from(area.height > 1 || explanation.is_empty());
    if first == 1 {
        draw_seen(dashboard, theme, area, buffer);
    }
    for (row, line) in (first..area.height).zip(explanation) {
        Pen::new(buffer, area, row).write(line, theme.notice());
    }
}

fn draw_seen(dashboard: &Dashboard, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let report = dashboard.own.report();
    let mut pen = Pen::new(buffer, area, 0);
    let live = dashboard.connection.is_live();
    match (report.seen, report.reason) {
        (_, Some(Reason::Untracked)) => {
            pen.write("Nobody sees your presence", theme.strong());
        }
        (Some(seen), _) => {
            let style = if live { theme.state(Group::of(Some(&seen.presence))) } else { theme.faint() };
            let words = theme::words(&seen.presence);
            pen.write(if live { "Others see you as " } else { "Others saw you as " }, theme.faint());
            pen.write(&text::clean(&words), style.patch(theme.strong()));
            if let Some(message) = &seen.status_msg {
                pen.write(": ", theme.faint()).write(&text::clean(message), Style::new());
            }
        }
        (None, _) => {
            pen.write("What others see of you is not known yet", theme.faint());
        }
    }
}

/// Why others do not see what was asked for, in a sentence.
fn why(
    dashboard: &Dashboard,
    report: &Report<'_>,
    reason: Reason<'_>,
    zone: &TimeZone,
    now: Timestamp,
) -> String {
    let server = dashboard.server();
    let wanted = match report.seen {
        Some(seen) if seen.presence == *report.wanted => "your message".to_owned(),
        _ => theme::words(report.wanted),
    };
    match reason {
        Reason::Disconnected => match &dashboard.connection {
            Connection::Lost { reason, .. } => format!("{reason} Any key tries now."),
            _ => format!("Asking {server} …"),
        },
        Reason::Untracked => format!(
            "{server} shares no presence: it drops yours and tells you nobody's. Only whoever runs it can change that."
        ),
        Reason::Second => {
            "Another whosin is open and has your presence; this one only watches until that one ends."
                .to_owned()
        }
        Reason::Watching => "Watching only: whosin changes nothing about your presence.".to_owned(),
        Reason::NoBusy => format!("You asked for {wanted}; {server} has no busy, so others see unavailable."),
        Reason::Limited(until) => {
            format!("{server} limits changes; {wanted} is sent in {} s.", age::countdown(until, now))
        }
        Reason::Failing(until) => {
            format!("{server} gave no answer; {wanted} is sent again in {} s.", age::countdown(until, now))
        }
        Reason::Refused(words) => format!("{server} refuses {wanted}: {}", text::clean(words)),
        Reason::Sending => format!("Sending {wanted} …"),
        Reason::Unconfirmed => format!("Sent {wanted}; {server} does not show it yet."),
        Reason::HeldBusy(sessions, until) => {
            let until = until.map(|until| deadline::words(until, now, zone));
            format!("You asked for {wanted}; {}", holder(server, sessions, until, now))
        }
        Reason::Outranked => format!("You asked for {wanted}; another session of yours says otherwise."),
        Reason::MessageGone => {
            let key = dashboard.keymap.shown("message");
            format!("Another session removed your message: {key}, Enter sets it again.")
        }
    }
}

/// Who holds busy, and what ends it.
fn holder(server: &str, sessions: &[OtherSession], until: Option<String>, now: Timestamp) -> String {
    let named: Vec<String> = sessions.iter().take(3).map(|session| name(session, now)).collect();
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
                "others see busy as long as {} holds it{}. It ends when that session sets another state itself, \
                 or an hour after it is closed.",
                named.join(" or "),
                restarted.unwrap_or_default(),
            )
        }
    }
}

/// What happens to somebody who leaves busy with this session signed in.
fn warning(dashboard: &Dashboard, session: &OtherSession, now: Timestamp) -> String {
    format!(
        "{} becomes busy along with you, and can hold you busy up to an hour after you close it. {} for unavailable \
         has no such trap.",
        name(session, now),
        dashboard.keymap.shown("unavailable"),
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

/// Why the state is another than the one that was pressed.
fn note(dashboard: &Dashboard, layer: Layer) -> Option<String> {
    match layer {
        Layer::Pressed => None,
        Layer::Call => {
            let key = dashboard.keymap.shown("online");
            Some(format!(
                "You are in a call in another session; busy ends with it. {key}: online all the same."
            ))
        }
        Layer::Idle => Some("Nobody is at the keys: unavailable until you press one.".to_owned()),
    }
}
