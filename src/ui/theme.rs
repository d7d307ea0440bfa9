//! The look of each state: a glyph, a word and a color, each sufficient alone.

use ratatui::{
    buffer::Buffer,
    style::{Modifier, Style},
};

use serde::Deserialize;

use crate::model::{contacts::Group, presence::Presence};

mod charset;
mod depth;
mod ansi;
mod palette;

pub use ansi::paint;
pub use charset::Charset;
pub use depth::Depth;
use palette::Tones;

/// A set of colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// The terminal's own sixteen colors.
    #[default]
    Terminal,
    /// Colors for a dark background.
    Dark,
    /// Colors for a light background.
    Light,
    /// Colors that color-blind people can distinguish, on either background.
    #[serde(rename = "color-blind", alias = "colour-blind")]
    ColourBlind,
    /// No colors.
    Mono,
}

/// The configured colors, limited to what the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// The set of colors.
    pub palette: Palette,
    /// How many colors the terminal has.
    pub depth: Depth,
    /// Which characters the terminal can show.
    pub charset: Charset,
}

impl Theme {
    /// Returns the theme for a terminal with these environment variables.
    pub fn for_terminal(palette: Palette, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self { palette, depth: Depth::of(&variable), charset: Charset::of(&variable) }
    }

    /// The style of a state.
    #[must_use]
    pub fn state(self, group: Group) -> Style {
        let Some(tones) = self.tones() else {
            // Without colors, bold text marks those who are online.
            return match group {
                Group::Online => self.strong(),
                Group::Offline | Group::Silent => self.faint(),
                _ => Style::new(),
            };
        };
        let tone = match group {
            Group::Online => tones.online,
            Group::Busy => tones.busy,
            Group::Unavailable => tones.unavailable,
            Group::Other => tones.other,
            Group::Offline | Group::Silent => return self.faint(),
        };
        tone.at(self.depth).map_or(Style::new(), |color| Style::new().fg(color))
    }

    /// Returns the style of minor text: dim. Bright black is the background color in some terminals.
    #[must_use]
    pub fn faint(self) -> Style {
        let gray = self.tones().and_then(|tones| tones.faint?.at(self.depth));
        gray.map_or(Style::new().add_modifier(Modifier::DIM), |gray| Style::new().fg(gray))
    }

    /// Returns the style of text that nobody may overlook.
    #[must_use]
    pub fn alarm(self) -> Style {
        self.state(Group::Busy).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of notes.
    #[must_use]
    pub fn notice(self) -> Style {
        self.state(Group::Unavailable)
    }

    /// Returns the style of names and headings.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Replaces the characters of a picture that the terminal cannot show.
    pub fn fit(self, picture: &mut Buffer) {
        self.charset.fit(picture);
    }

    fn tones(self) -> Option<&'static Tones> {
        if self.depth == Depth::None { None } else { Tones::of(self.palette) }
    }
}

/// Returns the glyph of a state. The shapes differ, for those who do not see its color.
#[must_use]
pub fn glyph(group: Group) -> &'static str {
    match group {
        Group::Online => "●",
        Group::Busy => "■",
        Group::Unavailable => "◐",
        Group::Other => "◆",
        Group::Offline => "○",
        Group::Silent => "·",
    }
}

/// Returns a state as glyph and word.
#[must_use]
pub fn words(presence: &Presence) -> String {
    format!("{} {presence}", glyph(Group::of(Some(presence))))
}
