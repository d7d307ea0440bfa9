//! An address as a QR code of text, for a camera in front of a terminal.

use qrcode::{Color, EcLevel, QrCode};
use ratatui::style::{Color as Paint, Style};

use crate::ui::theme::{Charset, Depth, Palette, Theme, paint};

/// The light margin that a reader needs, in modules. Two are enough in practice; the standard wants four.
const QUIET: usize = 2;

/// How to draw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ink {
    /// Half blocks are the dark modules. For black on white, or a terminal with a light background.
    Dark,
    /// Half blocks are the light modules. For a terminal with a dark background and no colours.
    Light,
    /// `##` are the light modules: two columns and a row for each.
    Ascii,
}

/// Draws an address for the terminal that this is, as lines to print. `None` where it does not fit or there is no terminal.
#[must_use]
pub fn lines(address: &str, theme: Theme) -> Option<Vec<String>> {
    let (columns, rows) = crossterm::terminal::size().ok()?;
    // The prompt takes a row below it.
    let (drawn, style) = styled(address, (columns, rows.saturating_sub(1)), theme)?;
    if style == Style::new() {
        return Some(drawn);
    }
    Some(drawn.iter().map(|row| paint(style, row)).collect())
}

/// Draws an address for a terminal with this theme, and says in which style. `None` where it does not fit into so many
/// columns and rows.
#[must_use]
pub fn styled(address: &str, (columns, rows): (u16, u16), theme: Theme) -> Option<(Vec<String>, Style)> {
    let (ink, style) = if theme.charset == Charset::Ascii {
        (Ink::Ascii, Style::new())
    } else if theme.depth == Depth::None {
        let ink = if theme.palette == Palette::Light { Ink::Dark } else { Ink::Light };
        (ink, Style::new())
    } else {
        // Both colors, as some readers do not read light on dark. And those that no theme of a terminal changes.
        let (dark, light) = match theme.depth {
            Depth::True => (Paint::Rgb(0, 0, 0), Paint::Rgb(255, 255, 255)),
            Depth::Indexed => (Paint::Indexed(16), Paint::Indexed(231)),
            Depth::Sixteen | Depth::None => (Paint::Black, Paint::White),
        };
        (Ink::Dark, Style::new().fg(dark).bg(light))
    };
    Some((draw(address, columns.into(), rows.into(), ink)?, style))
}

/// Draws an address as rows of equal width. `None` where it does not fit into so many columns and rows: a QR code that
/// is cut is none.
///
/// The lowest error correction makes the largest modules, and a screen has no stains.
#[must_use]
pub fn draw(address: &str, columns: usize, rows: usize, ink: Ink) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
    let side = code.width() + 2 * QUIET;
    let (width, height) = match ink {
        Ink::Dark | Ink::Light => (side, side.div_ceil(2)),
        Ink::Ascii => (2 * side, side),
    };
    if width > columns || height > rows {
        return None;
    }
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|&at| at < code.width());
        inside(x).zip(inside(y)).is_some_and(|at| code[at] == Color::Dark)
    };
    let row = |y: usize| (0..side).map(move |x| (x, y));
    Some(match ink {
        Ink::Ascii => {
            let module = |(x, y)| if is_dark(x, y) { "  " } else { "##" };
            (0..side).map(|y| row(y).map(module).collect()).collect()
        }
        Ink::Dark | Ink::Light => {
            // The row below the last one is margin, like those beside it.
            let is_ink = |x, y| is_dark(x, y) == (ink == Ink::Dark);
            let pair = |(x, y)| match (is_ink(x, y), is_ink(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            };
            (0..side).step_by(2).map(|y| row(y).map(pair).collect()).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "https://account.matrix.org/link";
    const LONG: &str = "https://account.matrix.org/link?code=ABC123";

    fn size(address: &str, ink: Ink) -> (usize, usize) {
        let rows = draw(address, 200, 200, ink).unwrap();
        let width = rows[0].chars().count();
        assert!(rows.iter().all(|row| row.chars().count() == width));
        (width, rows.len())
    }

    #[test]
    fn the_sizes_are_those_that_were_measured() {
        assert_eq!(size(SHORT, Ink::Dark), (29, 15));
        assert_eq!(size(LONG, Ink::Light), (33, 17));
        assert_eq!(size(SHORT, Ink::Ascii), (58, 29));
    }

    #[test]
    fn it_is_whole_or_not_there() {
        assert!(draw(SHORT, 29, 15, Ink::Dark).is_some());
        assert!(draw(SHORT, 28, 15, Ink::Dark).is_none());
        assert!(draw(SHORT, 29, 14, Ink::Dark).is_none());
        assert!(draw(&"x".repeat(5_000), 1_000, 1_000, Ink::Dark).is_none());
    }

    #[test]
    fn light_and_dark_are_each_others_negative_in_a_light_margin() {
        let dark = draw(SHORT, 80, 24, Ink::Dark).unwrap();
        let light = draw(SHORT, 80, 24, Ink::Light).unwrap();
        let negative = |c| match c {
            '█' => ' ',
            ' ' => '█',
            '▀' => '▄',
            _ => '▀',
        };
        for (dark, light) in dark.iter().zip(&light) {
            assert_eq!(dark.chars().map(negative).collect::<String>(), *light);
            assert!(light.starts_with("██") && light.ends_with("██"), "{light}");
        }
        assert!(light[0].chars().all(|c| c == '█'));
        assert!(draw(SHORT, 80, 40, Ink::Ascii).unwrap()[0].chars().all(|c| c == '#'));
    }
}
