//! The own presence: what others see, and if that is not what was asked for, why.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{
    age,
    app::{Connection, Dashboard},
    contacts::Group,
    own::Reason,
    text,
    theme::{self, Theme},
};

pub(super) fn draw(dashboard: &Dashboard, theme: Theme, now: Timestamp, area: Rect, buffer: &mut Buffer) {
    let explanation = explanation(dashboard, now);
    // With one line only, what is not as it should be comes first.
    match explanation {
        Some(explanation) if area.height == 1 => draw_text(&explanation, theme, area, 0, buffer),
        Some(explanation) => {
            draw_seen(dashboard, theme, area, buffer);
            draw_text(&explanation, theme, area, 1, buffer);
        }
        None => draw_seen(dashboard, theme, area, buffer),
    }
}

fn draw_text(text: &str, theme: Theme, area: Rect, row: u16, buffer: &mut Buffer) {
    Pen::new(buffer, area, row).write(text, theme.notice());
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
                pen.write(": ", theme.faint()).write(&text::clean(message), ratatui::style::Style::new());
            }
        }
        (None, _) => {
            pen.write("What others see of you is not known yet", theme.faint());
        }
    }
}

/// Why others do not see what was asked for, in a sentence; `None` where they do.
fn explanation(dashboard: &Dashboard, now: Timestamp) -> Option<String> {
    let report = dashboard.own.report();
    let server = dashboard.server();
    let wanted = match report.seen {
        Some(seen) if seen.presence == *report.wanted => "your message".to_owned(),
        _ => theme::words(report.wanted),
    };
    Some(match report.reason? {
        Reason::Disconnected => match &dashboard.connection {
            Connection::Lost { reason, .. } => format!("{reason} Any key tries now."),
            _ => format!("Asking {server} …"),
        },
        Reason::Untracked => format!("{server} shares no presence: it drops yours and tells you nobody's."),
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
        Reason::Outdone => format!("You asked for {wanted}; another session of yours says otherwise."),
        Reason::MessageGone => "Another session removed your message: m, Enter sets it again.".to_owned(),
    })
}
