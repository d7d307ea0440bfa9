//! ANSI styles for printed lines.

use ratatui::style::{Color, Style};

/// Returns a text in a style, followed by a reset.
#[must_use]
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // anstyle has no name for the terminal's default color.
    let named = |color: &Color| *color != Color::Reset;
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
