//! Styles for lines that are printed, not drawn: the escape sequences of a style (ECMA-48, SGR).

use ratatui::style::{Color, Modifier, Style};

/// A text in a style, and back to plain after it.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    let mut codes = Vec::new();
    for (modifier, code) in [(Modifier::BOLD, "1"), (Modifier::DIM, "2"), (Modifier::ITALIC, "3")] {
        if style.add_modifier.contains(modifier) {
            codes.push(code.to_owned());
        }
    }
    codes.extend(style.fg.and_then(foreground));
    if codes.is_empty() || text.is_empty() {
        return text.to_owned();
    }
    format!("\u{1b}[{}m{text}\u{1b}[0m", codes.join(";"))
}

fn foreground(colour: Color) -> Option<String> {
    Some(match colour {
        Color::Reset => return None,
        Color::Indexed(index) => format!("38;5;{index}"),
        Color::Rgb(red, green, blue) => format!("38;2;{red};{green};{blue}"),
        named => named_foreground(named).to_string(),
    })
}

fn named_foreground(colour: Color) -> u8 {
    match colour {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        _ => 97,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_spelled_once_before_the_text_and_undone_after_it() {
        let table = [
            (Style::new(), "busy"),
            (Style::new().fg(Color::Red), "\u{1b}[31mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Red).add_modifier(Modifier::BOLD), "\u{1b}[1;31mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Rgb(1, 2, 3)), "\u{1b}[38;2;1;2;3mbusy\u{1b}[0m"),
            (Style::new().fg(Color::Indexed(208)), "\u{1b}[38;5;208mbusy\u{1b}[0m"),
        ];
        for (style, painted) in table {
            assert_eq!(paint(style, "busy"), painted);
        }
        assert_eq!(paint(Style::new().fg(Color::Red), ""), "");
    }
}
