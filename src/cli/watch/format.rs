//! The formats of the line for status bars.

use serde_json::json;

use super::{
    bar::Bar,
    summary::Summary,
    template::{self, Piece},
};
use crate::{cli::exit::UsageError, model::contacts::Group, ui::theme::glyph};

/// A format for a summary on one line.
#[derive(Debug)]
pub enum Format {
    /// JSON for a custom module of waybar (`waybar-custom(5)`).
    Waybar,
    /// JSON for i3blocks with `format=json`.
    I3blocks,
    /// Text with tmux's styles.
    Tmux,
    /// Text from the person's own template, and its reader.
    Template(Vec<Piece>, Bar),
}

/// The formats with a name.
pub const NAMED: [&str; 4] = ["plain", "tmux", "i3blocks", "waybar"];

/// The template of `--format plain`.
const PLAIN: &str = "{online} online, {busy} busy, {unavailable} unavailable{lost}";

/// The states that bars show.
const SHOWN: [Group; 3] = [Group::Online, Group::Busy, Group::Unavailable];

impl Format {
    /// Parses the values of `--format` and `--for-bar`.
    ///
    /// # Errors
    ///
    /// [`UsageError`] if a template has an unknown placeholder or an unmatched brace, or if the format has a bar of its
    /// own.
    pub fn parse(typed: &str, bar: Option<Bar>) -> Result<Self, UsageError> {
        if bar.is_some() && NAMED.contains(&typed) {
            return Err(UsageError(format!(
                "--for-bar is for templates; the format {typed} is safe in its bar"
            )));
        }
        Ok(match typed {
            "waybar" => Self::Waybar,
            "i3blocks" => Self::I3blocks,
            "tmux" => Self::Tmux,
            "plain" => Self::Template(template::parse(PLAIN)?, Bar::Any),
            template => Self::Template(template::parse(template)?, bar.unwrap_or_default()),
        })
    }

    /// Returns the line, without a line break.
    #[must_use]
    pub fn line(&self, summary: &Summary) -> String {
        match self {
            Self::Waybar => waybar(summary),
            Self::I3blocks => {
                let free = format!("{} {}", glyph(Group::Online), summary.count(Group::Online));
                json!({"full_text": glyphs(summary, "  "), "short_text": free}).to_string()
            }
            Self::Tmux => tmux(summary),
            Self::Template(pieces, bar) => pieces.iter().map(|piece| piece.text(summary, *bar)).collect(),
        }
    }
}

/// Returns the states as glyphs and numbers.
fn glyphs(summary: &Summary, gap: &str) -> String {
    let text = SHOWN.map(|group| format!("{} {}", glyph(group), summary.count(group))).join(gap);
    if summary.lost.is_some() { text + " ?" } else { text }
}

/// Returns the line for tmux. It has no names: contacts choose them, and tmux would obey a `#` in them. It has no
/// colors, which the bar's own colors may hide.
fn tmux(summary: &Summary) -> String {
    let text = glyphs(summary, " ");
    if summary.lost.is_some() { format!("#[dim]{text}#[nodim]") } else { text }
}

fn waybar(summary: &Summary) -> String {
    let class = match (&summary.lost, summary.count(Group::Online), summary.count(Group::Busy)) {
        (Some(_), ..) => "lost",
        (None, 1.., _) => "free",
        (None, 0, 1..) => "busy",
        (None, 0, 0) => "nobody",
    };
    let lines = SHOWN.into_iter().filter(|&group| summary.count(group) > 0);
    let mut lines: Vec<String> =
        lines.map(|group| format!("{} {}", glyph(group), Bar::Pango.write(&summary.names(group)))).collect();
    lines.extend(summary.lost.clone());
    let line = json!({
        "text": summary.count(Group::Online).to_string(),
        "alt": class,
        "tooltip": lines.join("\n"),
        "class": class,
        "percentage": summary.free_percent(),
    });
    line.to_string()
}
