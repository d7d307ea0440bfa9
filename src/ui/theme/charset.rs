//! The characters that a terminal can show, and the replacements for the others.
//!
//! Views draw Unicode, and the finished picture is converted. A new glyph needs a line in [`STAND_INS`]. Otherwise it
//! becomes a question mark, as unknown characters in names and messages do.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use crate::model::{profile::UserStatus, text::unaccented};

/// The characters that a terminal can show, by its locale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// All characters.
    #[default]
    Unicode,
    /// 7-bit ASCII.
    Ascii,
}

/// The ASCII replacements for the program's own characters, each as wide as the original.
const STAND_INS: &[(&str, &str)] = &[
    // The states.
    ("●", "*"),
    ("■", "#"),
    ("◐", "%"),
    ("◆", "+"),
    ("○", "-"),
    ("·", "."),
    // Marks. Each differs from the states.
    ("▌", ">"),
    ("★", "$"),
    ("▲", "!"),
    // A hidden letter.
    ("•", "*"),
    // Punctuation.
    ("…", "~"),
    ("–", "-"),
    ("—", "-"),
    ("×", "x"),
    ("“", "\""),
    ("”", "\""),
    ("‘", "'"),
    ("’", "'"),
    // Arrows.
    ("←", "<"),
    ("↑", "^"),
    ("→", ">"),
    ("↓", "v"),
    // Lines and corners.
    ("─", "-"),
    ("━", "="),
    ("│", "|"),
    ("┃", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    // Levels.
    ("▁", "_"),
    ("▂", "_"),
    ("▃", "-"),
    ("▄", "-"),
    ("▅", "="),
    ("▆", "="),
    ("▇", "#"),
    ("█", "#"),
    ("▀", "-"),
    ("░", "."),
    ("▒", ":"),
    ("▓", "#"),
];

impl Charset {
    /// Reads the locale from the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set. If none is set, macOS means
    /// Unicode, and every other system means ASCII.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let unicode = match ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(said) {
            Some(locale) => {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            }
            None => cfg!(target_os = "macos"),
        };
        if unicode { Self::Unicode } else { Self::Ascii }
    }

    /// Replaces the characters of a text that cannot be shown.
    #[must_use]
    pub fn spell(self, text: &str) -> String {
        if self == Self::Unicode || text.is_ascii() {
            return text.to_owned();
        }
        let mut spelled = String::with_capacity(text.len());
        for c in text.chars() {
            let glyph = c.encode_utf8(&mut [0; 4]).to_owned();
            match glyph.width() {
                0 => spelled.extend(glyph.chars().filter(char::is_ascii)),
                _ if c.is_ascii() => spelled.push(c),
                width => _ = write!(spelled, "{:width$}", stand_in(&glyph)),
            }
        }
        spelled
    }

    /// Returns a user status on one line, without an emoji that cannot be shown.
    #[must_use]
    pub fn status(self, status: &UserStatus) -> String {
        if self == Self::Ascii && !status.text.is_empty() {
            status.text.to_string()
        } else {
            status.to_string()
        }
    }

    /// Replaces the characters of a picture that cannot be shown. No column moves.
    pub(super) fn fit(self, picture: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        let mut covered = 0;
        for at in 0..picture.content.len() {
            let symbol = picture.content[at].symbol();
            if symbol.is_ascii() && covered == 0 {
                continue;
            }
            if covered > 0 {
                covered -= 1;
                picture.content[at].set_symbol(" ");
                continue;
            }
            covered = symbol.width().saturating_sub(1);
            // After a space there is room for two dots.
            if symbol == "…" && at > 0 && picture.content[at - 1].symbol() == " " {
                picture.content[at - 1].set_symbol(".");
                picture.content[at].set_symbol(".");
                continue;
            }
            let stand_in = stand_in(symbol);
            picture.content[at].set_char(stand_in);
        }
    }
}

/// Returns the replacement for a character. A Latin letter loses its accent.
fn stand_in(symbol: &str) -> char {
    let known = STAND_INS.iter().find(|(glyph, _)| *glyph == symbol);
    let known = known.and_then(|(_, it)| it.chars().next());
    let letter = || unaccented(symbol).next().filter(char::is_ascii);
    known.or_else(letter).unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn the_first_variable_that_says_anything_decides() {
        for (all, ctype, lang, charset) in [
            ("", "", "en_GB.UTF-8", Charset::Unicode),
            ("", "", "C.utf8", Charset::Unicode),
            ("", "", "de_DE.ISO-8859-1", Charset::Ascii),
            ("C", "en_GB.UTF-8", "en_GB.UTF-8", Charset::Ascii),
            ("", "POSIX", "en_GB.UTF-8", Charset::Ascii),
            ("en_GB.UTF-8", "C", "C", Charset::Unicode),
        ] {
            let variable = |name: &str| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LC_CTYPE" => Some(ctype.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            };
            assert_eq!(Charset::of(variable), charset, "{all} {ctype} {lang}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_replaced_and_no_column_moves() {
        let line = "● Zoë 王小明 🦊 in a mee… asking …";
        let mut picture = Buffer::empty(Rect::new(0, 0, 40, 1));
        picture.set_string(0, 0, line, Style::new());
        Charset::Ascii.fit(&mut picture);
        let shown: String = picture.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown.trim_end(), "* Zoe ? ? ?  ?  in a mee~ asking..");
    }

    #[test]
    fn a_stand_in_is_ascii_and_as_wide_as_what_it_stands_for() {
        for (glyph, stand_in) in STAND_INS {
            assert!(stand_in.is_ascii() && stand_in.width() == glyph.width(), "{glyph} {stand_in}");
        }
    }
}
