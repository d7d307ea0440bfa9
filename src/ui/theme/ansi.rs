//! Styles for lines that are printed, not drawn.

use ratatui::style::{Color, Style};

/// A text in a style, and back to plain after it.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // The terminal's own colour has no name in anstyle.
    let named = |colour: &Color| *colour != Color::Reset;
    let style = Style { fg: style.fg.filter(named), bg: style.bg.filter(named), ..style };
    let style = anstyle::Style::from(style);
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    #[test]
    fn a_style_is_spelled_once_before_the_text_and_undone_after_it() {
        let table = [
            (Style::new(), "busy"),
            (Style::new().fg(Color::Reset), "busy"),
            (Style::new().fg(Color::Red), "\u{1b}[31mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Red).add_modifier(Modifier::BOLD), "\u{1b}[1m\u{1b}[31mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Rgb(1, 2, 3)), "\u{1b}[38;2;1;2;3mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Indexed(208)), "\u{1b}[38;5;208mbusy\u{1b}[0m"),
        ];
        for (style, painted) in table {
            assert_eq!(paint(style, "busy"), painted);
        }
        assert_eq!(paint(Style::new().fg(Color::Red), ""), "");
    }
}
