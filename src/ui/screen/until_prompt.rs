//! The prompt for the end of busy, and its message.

use jiff::{Timestamp, tz::TimeZone};
use tui_input::InputRequest;

use super::Field;
use crate::model::{
    Model,
    deadline::{self, DeadlineError},
    presence::Presence,
    request::PresenceRequest,
    text,
};

/// An end and a message that are typed: `45m lunch`.
#[derive(Debug)]
pub struct UntilPrompt {
    field: Field,
    /// What is wrong with the last attempt.
    error: Option<String>,
}

impl UntilPrompt {
    /// Returns a prompt with the present end of busy and its message.
    pub(super) fn new(model: &Model, now: Timestamp, zone: &TimeZone) -> Self {
        let own = model.own().report();
        let text = match own.ends.filter(|_| *own.wanted == Presence::Busy) {
            Some(end) => {
                let end = deadline::words(end, now, zone);
                format!("until {end} {}", text::clean(model.own().status_msg())).trim().to_owned()
            }
            None => String::new(),
        };
        Self { field: Field::selected(&text), error: None }
    }

    /// Returns what is typed.
    #[must_use]
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Returns what is wrong with the last attempt.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Changes the text or moves the cursor.
    pub(super) fn edit(&mut self, request: InputRequest) {
        self.error = None;
        self.field.edit(request);
    }

    /// Inserts pasted text.
    pub(super) fn paste(&mut self, pasted: &str) {
        self.error = None;
        self.field.paste(pasted);
    }

    /// Replaces the end by the common end this many places after it, or by the first or the last.
    pub(super) fn offer(&mut self, steps: isize, now: Timestamp, zone: &TimeZone) {
        self.error = None;
        let typed = self.field.value();
        let (end, message) = deadline::split_message(typed, now, zone).unwrap_or((None, ""));
        let typed = if end.is_some() { &typed[..typed.trim_end().len() - message.len()] } else { "" };
        let len = deadline::PICKS.len().cast_signed();
        let next = match deadline::PICKS.iter().position(|pick| *pick == typed.trim()) {
            Some(at) => (at.cast_signed() + steps).rem_euclid(len),
            None if steps < 0 => len - 1,
            None => 0,
        };
        let offered = format!("{} {message}", deadline::PICKS[next.cast_unsigned()]);
        self.field.set(offered.trim_end());
    }

    /// Returns the request, or keeps what is wrong.
    pub(super) fn submit(&mut self, now: Timestamp, zone: &TimeZone) -> Option<PresenceRequest> {
        let why = match deadline::split_message(self.field.value(), now, zone) {
            Ok((Some(end), message)) => {
                let status_msg = (!message.is_empty()).then(|| message.to_owned());
                let request = PresenceRequest::state(Presence::Busy);
                return Some(PresenceRequest { until: Some(end), status_msg, ..request });
            }
            Ok((None, _)) => DeadlineError::Unreadable,
            Err(why) => why,
        };
        self.error = Some(why.to_string());
        None
    }
}
