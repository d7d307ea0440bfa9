//! The colors of each palette.

use ratatui::style::Color;

use super::Depth;
use super::Palette;

/// The colors of the states. Everything else with a color uses one of these.
pub(super) struct Tones {
    pub(super) online: Tone,
    pub(super) busy: Tone,
    pub(super) unavailable: Tone,
    pub(super) other: Tone,
    /// The color of minor text. `None`: dim text is better.
    pub(super) faint: Option<Tone>,
}

/// A color, and its replacement among the terminal's sixteen.
#[derive(Clone, Copy)]
pub(super) struct Tone {
    rgb: Option<(u8, u8, u8)>,
    ansi: Option<Color>,
}

const fn ansi(color: Color) -> Tone {
    Tone { rgb: None, ansi: Some(color) }
}

const fn rgb(red: u8, green: u8, blue: u8, ansi: Color) -> Tone {
    Tone { rgb: Some((red, green, blue)), ansi: Some(ansi) }
}

/// A gray. It has no replacement: none of the sixteen colors works on every background.
const fn gray(level: u8) -> Tone {
    Tone { rgb: Some((level, level, level)), ansi: None }
}

/// The sixteen colors as the person has set them in the terminal.
const TERMINAL: Tones = Tones {
    online: ansi(Color::Green),
    busy: ansi(Color::Red),
    unavailable: ansi(Color::Yellow),
    other: ansi(Color::Magenta),
    faint: None,
};

const DARK: Tones = Tones {
    online: rgb(126, 211, 33, Color::LightGreen),
    busy: rgb(255, 107, 107, Color::LightRed),
    unavailable: rgb(242, 201, 76, Color::LightYellow),
    other: rgb(201, 160, 255, Color::LightMagenta),
    faint: Some(gray(150)),
};

const LIGHT: Tones = Tones {
    online: rgb(26, 115, 36, Color::Green),
    busy: rgb(190, 20, 35, Color::Red),
    unavailable: rgb(140, 86, 0, Color::Blue),
    other: rgb(118, 48, 168, Color::Magenta),
    faint: Some(gray(105)),
};

/// Blue, vermilion, orange and reddish purple by Okabe and Ito, distinct with every kind of color blindness.
/// Vermilion and orange differ in lightness, and both are dark enough for a light background.
const COLOUR_BLIND: Tones = Tones {
    online: rgb(0, 114, 178, Color::Cyan),
    busy: rgb(190, 70, 0, Color::Red),
    unavailable: rgb(200, 130, 0, Color::Yellow),
    other: rgb(204, 121, 167, Color::Magenta),
    faint: Some(gray(127)),
};

impl Tones {
    /// Returns the colors of a palette, or `None` if it has none.
    pub(super) fn of(palette: Palette) -> Option<&'static Self> {
        match palette {
            Palette::Terminal => Some(&TERMINAL),
            Palette::Dark => Some(&DARK),
            Palette::Light => Some(&LIGHT),
            Palette::ColourBlind => Some(&COLOUR_BLIND),
            Palette::Mono => None,
        }
    }
}

impl Tone {
    /// Returns the color for a terminal of this depth.
    pub(super) fn at(self, depth: Depth) -> Option<Color> {
        match (depth, self.rgb) {
            (Depth::None, _) => None,
            (Depth::True, Some((red, green, blue))) => Some(Color::Rgb(red, green, blue)),
            (Depth::Indexed, Some(rgb)) => Some(Color::Indexed(nearest(rgb))),
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

    const BLACK: (u8, u8, u8) = (0, 0, 0);
    const WHITE: (u8, u8, u8) = (255, 255, 255);

    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast of two colors as WCAG defines it.
    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn all(tones: &Tones) -> Vec<(u8, u8, u8)> {
        let tones =
            [Some(tones.online), Some(tones.busy), Some(tones.unavailable), Some(tones.other), tones.faint];
        tones.into_iter().flatten().filter_map(|tone| tone.rgb).collect()
    }

    #[test]
    fn every_color_is_readable_on_its_background() {
        for (tones, background, least) in [
            (&DARK, BLACK, 4.5),
            (&DARK, (40, 44, 52), 4.5),
            (&LIGHT, WHITE, 4.5),
            (&LIGHT, (253, 246, 227), 4.5),
            (&COLOUR_BLIND, BLACK, 3.0),
            (&COLOUR_BLIND, WHITE, 3.0),
        ] {
            for rgb in all(tones) {
                let contrast = contrast(rgb, background);
                assert!(contrast >= least, "{rgb:?} on {background:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn the_colors_for_the_color_blind_differ_in_lightness_or_in_blue() {
        let tones = &all(&COLOUR_BLIND)[..4];
        let pairs =
            tones.iter().enumerate().flat_map(|(at, one)| tones[..at].iter().map(move |it| (it, one)));
        for (one, other) in pairs {
            let apart = contrast(*one, *other) > 1.4 || one.2.abs_diff(other.2) > 100;
            assert!(apart, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn a_terminal_of_256_colors_shows_the_nearest() {
        assert_eq!(nearest((0, 0, 0)), 232);
        assert_eq!(nearest((255, 255, 255)), 255);
        assert_eq!(nearest((138, 138, 138)), 245);
        assert_eq!(nearest((255, 0, 0)), 196);
        assert_eq!(nearest((0, 114, 178)), 25);
    }
}
