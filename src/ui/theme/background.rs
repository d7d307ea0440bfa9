//! The background of a terminal, as it says itself.

/// Whether a terminal's background is dark or light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum Background {
    Dark,
    Light,
}

/// The luminance on which black and white are equally readable.
const MIDDLE: f64 = 0.179;

impl Background {
    /// Returns the background of this color: light if black is more readable on it than white.
    #[must_use]
    pub fn of((red, green, blue): (u8, u8, u8)) -> Self {
        if luminance((red, green, blue)) > MIDDLE { Self::Light } else { Self::Dark }
    }

    /// Reads `COLORFGBG`, such as `15;0`: the numbers of the foreground and the background.
    pub(super) fn of_variable(colors: &str) -> Option<Self> {
        match colors.rsplit(';').next()?.parse().ok()? {
            7 | 15 => Some(Self::Light),
            0..=6 | 8 => Some(Self::Dark),
            _ => None,
        }
    }
}

/// Returns the relative luminance of a color, as WCAG defines it.
pub(super) fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_background_is_light_if_black_is_more_readable_on_it() {
        for (color, background) in [
            ((0, 0, 0), Background::Dark),
            ((40, 44, 52), Background::Dark),
            ((0, 43, 54), Background::Dark),
            ((253, 246, 227), Background::Light),
            ((255, 255, 255), Background::Light),
            ((100, 100, 100), Background::Dark),
            ((150, 150, 150), Background::Light),
        ] {
            assert_eq!(Background::of(color), background, "{color:?}");
        }
        for (variable, background) in [
            ("15;0", Some(Background::Dark)),
            ("0;15", Some(Background::Light)),
            ("0;default;15", Some(Background::Light)),
            ("12;8", Some(Background::Dark)),
            ("default", None),
            ("", None),
        ] {
            assert_eq!(Background::of_variable(variable), background, "{variable}");
        }
    }
}
