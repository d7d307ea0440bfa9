//! An address as a QR code of cells, for a camera in front of a terminal.

use qrcode::{Color, EcLevel, QrCode};
use ratatui::{
    style::{Color as Paint, Style},
    text::{Line, Span},
};

use crate::ui::theme::{Background, Charset, Depth, Palette, Theme, paint};

/// The light margin that a reader needs, in modules. Two are enough in practice; the standard wants four.
const QUIET: usize = 2;

/// Draws an address for the terminal that this is, as lines to print. `None` where it does not fit, and where the lines
/// would be blank: output without colors has no reversed cells either.
#[must_use]
pub fn lines(address: &str, theme: Theme) -> Option<Vec<String>> {
    if theme.charset == Charset::Ascii && theme.depth == Depth::None {
        return None;
    }
    let (columns, rows) = crossterm::terminal::size().ok()?;
    // The prompt takes a row below it.
    let drawn = draw(address, (columns, rows.saturating_sub(1)), theme)?;
    let print = |span: &Span| match span.style {
        style if style == Style::new() => span.content.to_string(),
        style => paint(style, &span.content),
    };
    Some(drawn.iter().map(|line| line.spans.iter().map(print).collect()).collect())
}

/// Draws an address for a terminal with this theme, in lines of equal width. `None` where it does not fit into so many
/// columns and rows: a QR code that is cut is none.
///
/// The lowest error correction makes the largest modules, and a screen has no stains.
#[must_use]
pub fn draw(address: &str, (columns, rows): (u16, u16), theme: Theme) -> Option<Vec<Line<'static>>> {
    let code = Modules(QrCode::with_error_correction_level(address, EcLevel::L).ok()?);
    let side = code.side();
    let (width, height) = match theme.charset {
        Charset::Unicode => (side, side.div_ceil(2)),
        Charset::Ascii => (2 * side, side),
    };
    if width > columns.into() || height > rows.into() {
        return None;
    }
    let ink = Ink::of(theme);
    Some(match theme.charset {
        Charset::Unicode => (0..side).step_by(2).map(|row| code.halves(row, ink)).collect(),
        Charset::Ascii => (0..side).map(|row| code.blanks(row, ink)).collect(),
    })
}

/// Which modules are drawn, and in which style. The other ones are background.
#[derive(Clone, Copy)]
struct Ink {
    draws_dark: bool,
    style: Style,
    /// The style of a background that has no ink.
    background: Style,
}

impl Ink {
    fn of(theme: Theme) -> Self {
        // Both colors, as some readers do not read light on dark. And those that no theme of a terminal changes.
        let (dark, light) = match theme.depth {
            Depth::True => (Paint::Rgb(0, 0, 0), Paint::Rgb(255, 255, 255)),
            Depth::Indexed => (Paint::Indexed(16), Paint::Indexed(231)),
            Depth::Sixteen => (Paint::Black, Paint::White),
            Depth::None => {
                // The ink is the text's color: light, unless the background is known to be.
                let draws_dark =
                    theme.palette == Palette::Light || theme.background == Some(Background::Light);
                return Self { draws_dark, style: Style::new(), background: Style::new() };
            }
        };
        let style = Style::new().fg(dark).bg(light);
        Self { draws_dark: true, style, background: style }
    }

    /// Returns the style of a blank that is all ink.
    fn blank(self) -> Style {
        match (self.style.fg, self.style.bg) {
            (Some(fg), Some(_)) => Style::new().fg(fg).bg(fg),
            _ => Style::new().reversed(),
        }
    }
}

/// The modules of a code, with the margin around them.
struct Modules(QrCode);

impl Modules {
    fn side(&self) -> usize {
        self.0.width() + 2 * QUIET
    }

    fn has_ink(&self, (x, y): (usize, usize), ink: Ink) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|&at| at < self.0.width());
        let is_dark = inside(x).zip(inside(y)).is_some_and(|at| self.0[at] == Color::Dark);
        is_dark == ink.draws_dark
    }

    /// Returns two rows of modules as half blocks. The row below the last one is margin, like those beside it.
    fn halves(&self, y: usize, ink: Ink) -> Line<'static> {
        let pair = |x| match (self.has_ink((x, y), ink), self.has_ink((x, y + 1), ink)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        Line::from(Span::styled((0..self.side()).map(pair).collect::<String>(), ink.style))
    }

    /// Returns a row of modules as painted blanks, two for each. A letter has too much background for a reader.
    fn blanks(&self, y: usize, ink: Ink) -> Line<'static> {
        let style = |x| if self.has_ink((x, y), ink) { ink.blank() } else { ink.background };
        (0..self.side()).map(|x| Span::styled("  ", style(x))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "https://account.matrix.org/link";
    const LONG: &str = "https://account.matrix.org/link?code=ABC123";
    const ASCII: Theme =
        Theme { palette: Palette::Terminal, depth: Depth::None, charset: Charset::Ascii, background: None };
    const UNICODE: Theme = Theme { charset: Charset::Unicode, ..ASCII };

    fn size(address: &str, theme: Theme) -> (usize, usize) {
        let rows = draw(address, (200, 200), theme).unwrap();
        let width = rows[0].width();
        assert!(rows.iter().all(|row| row.width() == width));
        (width, rows.len())
    }

    #[test]
    fn the_sizes_are_those_that_were_measured() {
        assert_eq!(size(SHORT, UNICODE), (29, 15));
        assert_eq!(size(LONG, UNICODE), (33, 17));
        assert_eq!(size(SHORT, ASCII), (58, 29));
    }

    #[test]
    fn it_is_whole_or_not_there() {
        for (size, theme) in [((29, 15), UNICODE), ((58, 29), ASCII)] {
            assert!(draw(SHORT, size, theme).is_some());
            assert!(draw(SHORT, (size.0 - 1, size.1), theme).is_none());
            assert!(draw(SHORT, (size.0, size.1 - 1), theme).is_none());
        }
        assert!(draw(&"x".repeat(5_000), (1_000, 1_000), UNICODE).is_none());
    }

    #[test]
    fn without_colors_the_margin_is_ink_on_dark_and_background_on_light() {
        let first = |palette| draw(SHORT, (80, 24), Theme { palette, ..UNICODE }).unwrap()[0].to_string();
        assert!(first(Palette::Terminal).chars().all(|c| c == '█'));
        assert!(first(Palette::Light).chars().all(|c| c == ' '));
    }
}
