//! The prompt for the own user status.

use jiff::{Timestamp, tz::TimeZone};
use tui_input::Input as Line;

use crate::model::{
    deadline::{self, Deadline},
    profile::{NewStatus, StatusRequest},
};

/// A status that is typed. Its last words may say when it ends.
#[derive(Debug)]
pub struct StatusPrompt {
    line: Line,
    /// What is wrong with the last attempt.
    error: Option<String>,
}

impl StatusPrompt {
    /// Returns a prompt with a text.
    pub(super) fn new(text: String) -> Self {
        Self { line: text.into(), error: None }
    }

    /// Returns a prompt with what was typed as a message, which nobody would see.
    pub(super) fn instead_of_message(text: String, server: &str) -> Self {
        let why = format!(
            "Presence is switched off at {server}, so nobody sees a message. Enter sets it as a public status."
        );
        Self { error: Some(why), ..Self::new(text) }
    }

    /// Returns what is typed.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    pub(super) fn line_mut(&mut self) -> &mut Line {
        self.error = None;
        &mut self.line
    }

    /// Returns what is wrong with the last attempt.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the request, or keeps what is wrong. An empty text clears the status.
    pub(super) fn submit(&mut self, now: Timestamp, zone: &TimeZone) -> Option<StatusRequest> {
        let typed = self.line.value().trim();
        if typed.is_empty() {
            return Some(StatusRequest { status: None, until: None });
        }
        match NewStatus::parse(typed) {
            Ok(status) => {
                let until = end(&status.text, now, zone);
                Some(StatusRequest { status: Some(status), until })
            }
            Err(why) => {
                self.error = Some(why.to_string());
                None
            }
        }
    }

    /// Returns when the status ends, if its last words say so.
    #[must_use]
    pub fn ends(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        end(self.line.value().trim(), now, zone).map(|end| end.at)
    }
}

/// Reads the end in the last words of a text, such as `until 15:00`. Others see these words too.
fn end(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Deadline> {
    let text = text.to_lowercase();
    let at = text.rfind("until ").filter(|at| *at == 0 || text[..*at].ends_with(' '))?;
    deadline::parse(&text[at..], now, zone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_status_may_be_its_end() {
        let now: Timestamp = "2026-11-24T13:02:00Z".parse().unwrap();
        let table = [
            ("🌴 On holiday until friday", Some("2026-11-27T00:00:00Z")),
            ("back UNTIL 15:00", Some("2026-11-24T15:00:00Z")),
            ("until 15:00", Some("2026-11-24T15:00:00Z")),
            ("On holiday until the twelfth", None),
            ("nountil 15:00", None),
            ("On holiday", None),
        ];
        for (text, expected) in table {
            let ends = StatusPrompt::new(text.to_owned()).ends(now, &TimeZone::UTC);
            assert_eq!(ends, expected.map(|at| at.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_status_stays_for_correction() {
        let now = Timestamp::UNIX_EPOCH;
        let mut prompt = StatusPrompt::new("🌴".to_owned());
        assert_eq!(prompt.submit(now, &TimeZone::UTC), None);
        assert!(prompt.error().is_some_and(|error| error.contains("needs a text")));
        let nothing = StatusRequest { status: None, until: None };
        assert_eq!(StatusPrompt::new("  ".to_owned()).submit(now, &TimeZone::UTC), Some(nothing));
    }
}
