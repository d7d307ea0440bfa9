//! Text from others: made safe for a terminal, and cut to the available columns.

use std::borrow::Cow;

use anstream::adapter::strip_str;
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many combining marks a character keeps: enough for every script, too few to paint over other rows.
const MARKS: usize = 4;

/// Removes what a terminal obeys, or displays in another width than measured: escape sequences, control characters,
/// direction overrides, invisible joiners, variation selectors and skin tones. Replaces each run of white space,
/// including line breaks, with one space.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let mut spaces = 1;
    let plain = text.bytes().all(|byte| {
        spaces = if byte == b' ' { spaces + 1 } else { 0 };
        spaces < 2 && matches!(byte, b' '..=b'~')
    });
    // The common case needs no copy: printable ASCII with single spaces inside.
    if text.is_empty() || (plain && spaces == 0) { Cow::Borrowed(text) } else { Cow::Owned(cleaned(text)) }
}

fn cleaned(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    // Removes whole escape sequences first. Without its escape character, the rest of one would remain as text.
    for c in strip_str(text).flat_map(str::chars) {
        if c.is_whitespace() {
            if !clean.is_empty() && !clean.ends_with(' ') {
                clean.push(' ');
            }
            continue;
        }
        if is_unsafe(c) {
            continue;
        }
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if marks <= MARKS {
            clean.push(c);
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Returns the characters of a text without accents, for search and for 7-bit terminals. Keeps vowel signs of scripts
/// that need them.
pub fn unaccented(text: &str) -> impl Iterator<Item = char> {
    text.nfd().filter(|&c| canonical_combining_class(c) == 0).map(plain)
}

/// Returns the letter that a person types for one that Unicode does not decompose.
fn plain(letter: char) -> char {
    match letter {
        'ø' => 'o',
        'Ø' => 'O',
        'ł' => 'l',
        'Ł' => 'L',
        'đ' | 'ð' => 'd',
        'Đ' | 'Ð' => 'D',
        'ħ' => 'h',
        'Ħ' => 'H',
        'ŧ' => 't',
        'Ŧ' => 'T',
        'ı' => 'i',
        'ß' => 's',
        'ẞ' => 'S',
        _ => letter,
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200d}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}'
            | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the width of a text in columns. Counts each character by itself, as terminals do: lam and alef are two,
/// although a typesetter joins them.
#[must_use]
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cuts a text to `columns` columns. The last one is an ellipsis if anything was cut.
#[must_use]
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    // A character has at most two columns, and at least one byte per column, so short texts need no measuring.
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut left = columns.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        match left.checked_sub(grapheme.width()) {
            Some(rest) => left = rest,
            None => break,
        }
        kept.push_str(grapheme);
    }
    if columns > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// Wraps a text at spaces to `columns` columns. Does not split words. An empty text has no lines.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Returns a text in the form in which names are sorted and searched: in lower case and without accents.
#[must_use]
pub fn fold(text: &str) -> Box<str> {
    if text.is_ascii() {
        return text.to_ascii_lowercase().into();
    }
    unaccented(&text.to_lowercase()).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["", "in a meeting", "grüße", "日本語", "مرحبا"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m \u{202e}RTL\r\nnl\t\0x"), "red RTL nl x");
        assert_eq!(clean("\u{1b}]0;pwned\u{7}hi \u{1b}[2J\u{1b}[1;1Hthere\u{1b}"), "hi there");
        assert_eq!(clean("  a \n b  "), "a b");
        assert_eq!(clean("👩\u{200d}💻 ❤\u{fe0f}"), "👩💻 ❤");
    }

    #[test]
    fn a_tower_of_marks_is_lowered() {
        let tower = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(clean(&tower), format!("a{}b", "\u{301}".repeat(MARKS)));
    }

    #[test]
    fn cutting_counts_columns_and_never_splits_a_character() {
        assert_eq!(cut("meeting", 7), "meeting");
        assert_eq!(cut("meeting", 4), "mee…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("لالالا", 6), "لالالا");
        assert_eq!(cut("لالالا", 4), "لال…");
        assert_eq!(cut("meeting", 0), "");
    }
}
