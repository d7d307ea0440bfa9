//! How each state looks: a glyph, a word and a colour, so that none depends on the others.

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

/// Which colours to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// The terminal's own sixteen.
    #[default]
    Terminal,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Told apart by the colour-blind, on both.
    #[serde(alias = "color-blind")]
    ColourBlind,
    /// None.
    Mono,
}

/// The colours that the owner likes, as far as the terminal can show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Which colours.
    pub palette: Palette,
    /// How many of them.
    pub depth: Depth,
    /// Which characters.
    pub charset: Charset,
}

impl Theme {
    /// The theme for a terminal, by its environment variables.
    pub fn for_terminal(palette: Palette, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self { palette, depth: Depth::of(&variable), charset: Charset::of(&variable) }
    }

    /// The style of a state.
    #[must_use]
    pub fn state(self, group: Group) -> Style {
        let Some(tones) = self.tones() else {
            // Without colours the weight tells who is free.
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
        tone.at(self.depth).map_or(Style::new(), |colour| Style::new().fg(colour))
    }

    /// What can be overlooked. Not the palette's bright black, which is the background's colour in some terminals:
    /// dimmed, or left as it is where a terminal cannot dim.
    #[must_use]
    pub fn faint(self) -> Style {
        let grey = self.tones().and_then(|tones| tones.faint?.at(self.depth));
        grey.map_or(Style::new().add_modifier(Modifier::DIM), |grey| Style::new().fg(grey))
    }

    /// What must not be overlooked.
    #[must_use]
    pub fn alarm(self) -> Style {
        self.state(Group::Busy).add_modifier(Modifier::BOLD)
    }

    /// What is worth a look.
    #[must_use]
    pub fn notice(self) -> Style {
        self.state(Group::Unavailable)
    }

    /// Names and headings.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Leaves in a picture only what the terminal can show.
    pub fn fit(self, picture: &mut Buffer) {
        self.charset.fit(picture);
    }

    fn tones(self) -> Option<&'static Tones> {
        if self.depth == Depth::None { None } else { Tones::of(self.palette) }
    }
}

/// The glyph of a state: another shape for each, for those who do not see its colour.
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

/// A state as glyph and word.
#[must_use]
pub fn words(presence: &Presence) -> String {
    format!("{} {presence}", glyph(Group::of(Some(presence))))
}
