//! One thing that was looked at.

use serde::Serialize;

use crate::model::record::VERSION;

/// Whether something is as it should be, and what to do if not.
#[derive(Debug, Serialize)]
pub struct Check {
    v: u32,
    /// What was looked at, in a word.
    #[serde(rename = "check")]
    of: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// How it is.
    says: String,
    /// What to do about it.
    advice: Option<String>,
}

impl Check {
    /// It is as it should be.
    pub fn fine(of: &'static str, says: impl Into<String>) -> Self {
        Self { v: VERSION, of, ok: true, says: says.into(), advice: None }
    }

    /// It is not.
    pub fn wrong(of: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { v: VERSION, of, ok: false, says: says.into(), advice: Some(advice.into()) }
    }

    /// As a line for people, and another one if there is something to do.
    pub fn lines(&self, marks: [&str; 2]) -> String {
        let mark = if self.ok { marks[0] } else { marks[1] };
        let advice = self.advice.as_ref().map(|advice| format!("\n{:15}{advice}", "")).unwrap_or_default();
        format!("{mark:2} {:11} {}{advice}", self.of, self.says)
    }
}
