//! The look of each state: a glyph, a word and a color, each sufficient alone.

use ratatui::{
    buffer::Buffer,
    style::{Modifier, Style},
};

use serde::Deserialize;

use crate::model::{contacts::Group, presence::Presence};

mod background;
mod charset;
mod depth;
mod ansi;
mod palette;

pub(crate) use ansi::paint;
pub use background::Background;
pub use charset::Charset;
pub use depth::Depth;
use palette::Tones;

/// A set of colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// Colors for the background that the terminal has.
    #[default]
    Auto,
    /// The terminal's own sixteen colors.
    Terminal,
    /// Colors for a dark background.
    Dark,
    /// Colors for a light background.
    Light,
    /// Colors that color-blind people can distinguish, for the background that the terminal has.
    #[serde(rename = "color-blind", alias = "colour-blind")]
    ColourBlind,
    /// No colors.
    Mono,
}

impl Palette {
    /// All palettes.
    pub const ALL: [Self; 6] =
        [Self::Auto, Self::Dark, Self::Light, Self::ColourBlind, Self::Terminal, Self::Mono];

    /// Returns the name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "color-blind",
            Self::Mono => "mono",
        }
    }

    /// Returns the next palette.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|it| *it == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
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
    /// What the terminal has said of its background. `None`: nothing yet.
    pub background: Option<Background>,
}

impl Theme {
    /// Returns the theme for a terminal with these environment variables.
    pub(crate) fn for_terminal(palette: Palette, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            palette,
            depth: Depth::of(&variable),
            charset: Charset::of(&variable),
            background: variable("COLORFGBG").and_then(|colors| Background::of_variable(&colors)),
        }
    }

    /// Returns whether the colors depend on the terminal's background.
    #[must_use]
    pub fn follows_background(self) -> bool {
        matches!(self.palette, Palette::Auto | Palette::ColourBlind) && self.depth != Depth::None
    }

    /// Returns the style of a state's glyph.
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

    /// Returns the style of a state's words. They have no color where none can be read on every background.
    #[must_use]
    pub(crate) fn state_word(self, group: Group) -> Style {
        let is_readable = self.tones().is_none_or(|tones| tones.are_readable);
        match group {
            Group::Offline | Group::Silent => self.faint(),
            group if is_readable => self.state(group),
            _ => Style::new(),
        }
    }

    /// Returns a glyph and words after it with the ANSI styles of a state.
    #[must_use]
    pub(crate) fn paint_state(self, group: Group, text: &str) -> String {
        let (glyph, words) = text.split_at(text.find(' ').unwrap_or(text.len()));
        format!("{}{}", paint(self.state(group), glyph), paint(self.state_word(group), words))
    }

    /// Returns the style of minor text: dim. Bright black is the background color in some terminals.
    #[must_use]
    pub(crate) fn faint(self) -> Style {
        let gray = self.tones().and_then(|tones| tones.faint?.at(self.depth));
        gray.map_or(Style::new().add_modifier(Modifier::DIM), |gray| Style::new().fg(gray))
    }

    /// Returns the style of text that nobody may overlook.
    #[must_use]
    pub(crate) fn alarm(self) -> Style {
        self.state_word(Group::Busy).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of good news that nobody may overlook.
    #[must_use]
    pub fn alert(self) -> Style {
        self.state_word(Group::Online).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of notes.
    #[must_use]
    pub fn notice(self) -> Style {
        self.state_word(Group::Unavailable)
    }

    /// Returns the style of names and headings.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Replaces the characters of a picture that the terminal cannot show.
    pub(crate) fn fit(self, picture: &mut Buffer) {
        self.charset.fit(picture);
    }

    fn tones(self) -> Option<&'static Tones> {
        if self.depth == Depth::None { None } else { Tones::of(self.palette, self.background, self.depth) }
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
