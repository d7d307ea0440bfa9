//! The result of one check.

use serde::Serialize;

use crate::model::record::VERSION;

/// A passed or failed check.
#[derive(Debug, Serialize)]
pub struct Check {
    v: u32,
    /// The name of the check, one word.
    #[serde(rename = "check")]
    of: &'static str,
    /// Whether the check passed.
    pub ok: bool,
    /// The finding.
    says: String,
    /// What to do about a failed check.
    advice: Option<String>,
}

impl Check {
    /// Creates a passed check.
    pub fn fine(of: &'static str, says: impl Into<String>) -> Self {
        Self { v: VERSION, of, ok: true, says: says.into(), advice: None }
    }

    /// Creates a failed check.
    pub fn wrong(of: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { v: VERSION, of, ok: false, says: says.into(), advice: Some(advice.into()) }
    }

    /// Returns whether it is the check of this name, and failed.
    pub(crate) fn has_failed(&self, of: &str) -> bool {
        self.of == of && !self.ok
    }

    /// Returns a line for people, and a second one with the advice.
    pub fn lines(&self, marks: [&str; 2]) -> String {
        let mark = if self.ok { marks[0] } else { marks[1] };
        let advice = self.advice.as_ref().map(|advice| format!("\n{:15}{advice}", "")).unwrap_or_default();
        format!("{mark:2} {:11} {}{advice}", self.of, self.says)
    }
}
