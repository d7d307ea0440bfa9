//! The colors of each palette.

use ratatui::style::Color;

use super::{Background, Depth, Palette};

/// The colors of the states. Everything else with a color uses one of these.
pub(super) struct Tones {
    pub(super) online: Tone,
    pub(super) busy: Tone,
    pub(super) unavailable: Tone,
    pub(super) other: Tone,
    /// The color of minor text. `None`: dim text is better.
    pub(super) faint: Option<Tone>,
    /// Whether words can have the colors, and not glyphs alone.
    pub(super) are_readable: bool,
}

/// A color, and its replacements among the 256 and the sixteen colors of a terminal.
#[derive(Clone, Copy)]
pub(super) struct Tone {
    rgb: Option<(u8, u8, u8)>,
    /// `None`: the nearest.
    indexed: Option<u8>,
    ansi: Option<Color>,
}

const fn ansi(color: Color) -> Tone {
    Tone { rgb: None, indexed: None, ansi: Some(color) }
}

const fn rgb(red: u8, green: u8, blue: u8, ansi: Color) -> Tone {
    Tone { rgb: Some((red, green, blue)), indexed: None, ansi: Some(ansi) }
}

/// Returns a color whose nearest replacement is not readable.
const fn either(red: u8, green: u8, blue: u8, indexed: u8) -> Tone {
    Tone { rgb: Some((red, green, blue)), indexed: Some(indexed), ansi: None }
}

/// Returns a gray. It has no replacement: none of the sixteen colors works on every background.
const fn gray(level: u8) -> Tone {
    Tone { rgb: Some((level, level, level)), indexed: None, ansi: None }
}

/// The sixteen colors as the person has set them in the terminal. Some of them cannot be read on some backgrounds, so
/// glyphs alone have them.
const TERMINAL: Tones = Tones {
    online: ansi(Color::Green),
    busy: ansi(Color::Red),
    unavailable: ansi(Color::Yellow),
    other: ansi(Color::Magenta),
    faint: None,
    are_readable: false,
};

/// The narrow range of colors that can be read on black and on white.
const EITHER: Tones = Tones {
    online: either(35, 135, 53, 29),
    busy: either(218, 56, 47, 131),
    unavailable: either(163, 105, 0, 98),
    other: either(164, 77, 212, 163),
    faint: Some(either(118, 118, 118, 243)),
    are_readable: true,
};

/// Red looks dark to people without red cones, so busy is lighter than online.
const DARK: Tones = Tones {
    online: rgb(95, 175, 95, Color::Green),
    busy: rgb(255, 145, 130, Color::LightRed),
    unavailable: rgb(242, 201, 76, Color::LightYellow),
    other: rgb(201, 160, 255, Color::LightMagenta),
    faint: Some(gray(150)),
    are_readable: true,
};

/// Of the sixteen colors, green and yellow cannot be read on white.
const LIGHT: Tones = Tones {
    online: rgb(26, 115, 36, Color::Blue),
    busy: rgb(190, 20, 35, Color::Red),
    unavailable: rgb(140, 86, 0, Color::Magenta),
    other: rgb(118, 48, 168, Color::Reset),
    faint: Some(gray(105)),
    are_readable: true,
};

/// Blue, vermilion, yellow and reddish purple, after Okabe and Ito: distinct with every kind of color blindness.
const COLOUR_BLIND_DARK: Tones = Tones {
    online: rgb(90, 140, 220, Color::Cyan),
    busy: rgb(255, 145, 80, Color::LightRed),
    unavailable: rgb(240, 228, 66, Color::LightYellow),
    other: rgb(225, 150, 195, Color::LightMagenta),
    faint: Some(gray(150)),
    are_readable: true,
};

const COLOUR_BLIND_LIGHT: Tones = Tones {
    online: rgb(0, 95, 175, Color::Blue),
    busy: rgb(180, 60, 0, Color::Red),
    unavailable: rgb(105, 95, 0, Color::Magenta),
    other: rgb(150, 50, 120, Color::Reset),
    faint: Some(gray(105)),
    are_readable: true,
};

const COLOUR_BLIND_EITHER: Tones = Tones {
    online: either(38, 115, 221, 63),
    busy: either(194, 85, 0, 131),
    unavailable: either(129, 119, 0, 29),
    other: either(163, 96, 133, 163),
    faint: Some(either(118, 118, 118, 243)),
    are_readable: true,
};

impl Tones {
    /// Returns the colors of a palette on a background, or `None` if it has none.
    pub(super) fn of(
        palette: Palette,
        background: Option<Background>,
        depth: Depth,
    ) -> Option<&'static Self> {
        use Background::{Dark, Light};
        match (palette, background) {
            (Palette::Auto | Palette::ColourBlind, None) if depth == Depth::Sixteen => Some(&TERMINAL),
            (Palette::Auto, None) => Some(&EITHER),
            (Palette::ColourBlind, None) => Some(&COLOUR_BLIND_EITHER),
            (Palette::ColourBlind, Some(Dark)) => Some(&COLOUR_BLIND_DARK),
            (Palette::ColourBlind, Some(Light)) => Some(&COLOUR_BLIND_LIGHT),
            (Palette::Dark, _) | (Palette::Auto, Some(Dark)) => Some(&DARK),
            (Palette::Light, _) | (Palette::Auto, Some(Light)) => Some(&LIGHT),
            (Palette::Terminal, _) => Some(&TERMINAL),
            (Palette::Mono, _) => None,
        }
    }
}

impl Tone {
    /// Returns the color for a terminal of this depth.
    pub(super) fn at(self, depth: Depth) -> Option<Color> {
        match (depth, self.rgb) {
            (Depth::None, _) => None,
            (Depth::True, Some((red, green, blue))) => Some(Color::Rgb(red, green, blue)),
            (Depth::Indexed, Some(rgb)) => Some(Color::Indexed(self.indexed.unwrap_or_else(|| nearest(rgb)))),
            _ => self.ansi,
        }
    }
}

/// Returns the nearest of the 240 fixed colors: a cube of six levels, and a ramp of grays.
fn nearest((red, green, blue): (u8, u8, u8)) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if red == green && green == blue {
        return 232 + (red.saturating_sub(3) / 10).min(23);
    }
    let level = |value: u8| (0..6).min_by_key(|at| LEVELS[usize::from(*at)].abs_diff(value)).unwrap_or(0);
    16 + 36 * level(red) + 6 * level(green) + level(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_of_256_colors_shows_the_nearest() {
        assert_eq!(nearest((0, 0, 0)), 232);
        assert_eq!(nearest((255, 255, 255)), 255);
        assert_eq!(nearest((138, 138, 138)), 245);
        assert_eq!(nearest((255, 0, 0)), 196);
        assert_eq!(nearest((0, 114, 178)), 25);
    }
}
