//! How each state looks: a glyph, a word and a colour, so that none depends on the others.

use ratatui::style::{Color, Modifier, Style};

mod paint;

pub use paint::paint;

use crate::{contacts::Group, presence::Presence};

/// Which colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own sixteen colours.
    Palette,
    /// None: `NO_COLOR` is set.
    Mono,
}

impl Theme {
    /// The theme for a value of the environment variable `NO_COLOR` (no-color.org): any but an empty one counts.
    #[must_use]
    pub fn for_no_color(no_color: Option<&std::ffi::OsStr>) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) { Self::Mono } else { Self::Palette }
    }

    /// The style of a state.
    #[must_use]
    pub fn state(self, group: Group) -> Style {
        match group {
            Group::Online => self.colour(Color::Green),
            Group::Busy => self.colour(Color::Red),
            Group::Unavailable => self.colour(Color::Yellow),
            Group::Other => self.colour(Color::Magenta),
            Group::Offline | Group::Silent => self.faint(),
        }
    }

    /// What can be overlooked.
    #[must_use]
    pub fn faint(self) -> Style {
        match self {
            Self::Palette => Style::new().fg(Color::DarkGray),
            Self::Mono => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// What must not be overlooked.
    #[must_use]
    pub fn alarm(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// What is worth a look.
    #[must_use]
    pub fn notice(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// Names and headings.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    fn colour(self, colour: Color) -> Style {
        match self {
            Self::Palette => Style::new().fg(colour),
            Self::Mono => Style::new(),
        }
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
