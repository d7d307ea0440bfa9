//! What a tape shows, in the format of asciinema: the screen after each wait, for as long as the tape pauses there.

use std::time::Duration;

use serde_json::json;
use vt100::Screen;

/// How long a screen stays that the tape does not pause at.
const GLIMPSE: Duration = Duration::from_millis(300);

/// The screens with their times. The time is that of the tape, not of the machine that plays it.
pub struct Recording {
    lines: Vec<String>,
    pub length: Duration,
}

impl Recording {
    pub(super) fn new(screen: &Screen) -> Self {
        let (rows, columns) = screen.size();
        let header = json!({"version": 2, "width": columns, "height": rows, "title": "whosin"});
        Self { lines: vec![header.to_string()], length: Duration::ZERO }
    }

    pub(super) fn show(&mut self, screen: &Screen) {
        self.length += GLIMPSE;
        let picture = format!("\x1b[H{}", screen.contents_formatted());
        self.lines.push(json!([self.length.as_secs_f64(), "o", picture]).to_string());
    }

    pub(super) fn pass(&mut self, pause: Duration) {
        self.length += pause;
    }

    /// The recording as a file of asciinema. It ends with an empty event, so that the last screen stays for its time.
    pub fn cast(&self) -> String {
        let end = json!([self.length.as_secs_f64(), "o", ""]).to_string();
        format!("{}\n{end}\n", self.lines.join("\n"))
    }
}
