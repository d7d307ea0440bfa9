//! Text from others: made safe for a terminal, and cut to the available columns.

use std::{borrow::Cow, fmt::Write};

use anstream::adapter::strip_str;
use look::looks_ascii;
use matrix_sdk::ruma::UserId;
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

mod clean;
mod look;

pub use clean::Clean;
pub use look::look;

/// The most bytes of an emoji that are read. MSC4426 allows 32.
const LONGEST_EMOJI: usize = 64;
/// How many combining marks a character keeps: enough for every script, too few to paint over other rows.
const MARKS: usize = 4;

/// Removes what a terminal obeys, or displays in another width than measured. These are escape sequences, control
/// characters, direction overrides, invisible joiners, variation selectors and skin tones. Replaces each run of white
/// space, including line breaks and letters that show nothing, with one space. A text that shows nothing at all becomes
/// empty.
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
        if c.is_whitespace() || is_blank(c) {
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
    if clean.chars().all(|c| c == ' ' || c.width() == Some(0)) {
        clean.clear();
    }
    clean
}

/// Returns an ID from others, such as a user ID, in which every character can be seen. Replaces others, and letters
/// that look like ASCII beside ASCII letters, with `\u{fffd}`. So no ID looks like that of somebody else: to remove
/// characters, as [`clean`] does, would make `@bob` of a hostile ID.
#[must_use]
pub fn id(id: &str) -> Cow<'_, str> {
    if id.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
        return Cow::Borrowed(id);
    }
    let (local, _) = id.split_once(':').unwrap_or((id, ""));
    let letters = || local.chars().filter(|c| c.is_alphanumeric());
    let mixed = letters().any(|c| c.is_ascii()) || letters().all(looks_ascii);
    let shown = |c: char| {
        let unseen = c.is_whitespace() || is_unsafe(c) || is_blank(c) || c.width().unwrap_or(0) == 0;
        if unseen || (mixed && looks_ascii(c)) { '\u{fffd}' } else { c }
    };
    Cow::Owned(id.chars().map(shown).collect())
}

/// Returns the address of a user at matrix.to. Escapes whatever could mean something there, percent signs too:
/// `@bo%62:x` must not lead to `@bob:x`.
#[must_use]
pub(crate) fn matrix_to(user: &UserId) -> String {
    let mut address = "https://matrix.to/#/".to_owned();
    for &byte in user.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'@' | b':' | b'.' | b'_' | b'=' | b'-' | b'+' => {
                address.push(char::from(byte));
            }
            byte => write!(address, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    address
}

/// Removes what a terminal obeys from lines for a stream. Line breaks, tabs, and the colors and links of whosin stay.
/// The last gate of standard output and standard error: text from others is clean before.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    if is_plain(text) || text.chars().all(|c| matches!(c, '\n' | '\t') || !is_obeyed(c)) {
        return Cow::Borrowed(text);
    }
    let mut lines = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = color(rest).or_else(|| link(rest)).unwrap_or(c.len_utf8());
        if length > c.len_utf8() || matches!(c, '\n' | '\t') || !is_obeyed(c) {
            lines.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    Cow::Owned(lines)
}

/// Returns whether lines are printable ASCII. Most are, and a part is searched at once.
fn is_plain(lines: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    lines.as_bytes().chunks(64).all(|part| part.iter().fold(true, |plain, byte| plain & is_plain(byte)))
}

/// Returns a text on one line, for the log. The last gate there: no text from others makes an entry of its own.
#[must_use]
pub fn line(text: &str) -> String {
    text.chars().map(|c| if is_obeyed(c) { ' ' } else { c }).collect()
}

/// Returns the length of the escape sequence for colors (SGR) at the start of a text, if one is there.
fn color(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
    codes[end..].starts_with('m').then_some(end + "\u{1b}[m".len())
}

/// Returns the length of the escape sequence for a link (OSC 8) at the start of a text, if one is there. It leads to a
/// page of the web, or ends a link.
fn link(text: &str) -> Option<usize> {
    let (address, _) = text.strip_prefix("\u{1b}]8;;")?.split_once("\u{1b}\\")?;
    let is_page = address.starts_with("https://") && address.bytes().all(|byte| byte.is_ascii_graphic());
    (is_page || address.is_empty()).then_some("\u{1b}]8;;\u{1b}\\".len() + address.len())
}

/// Returns the characters of a text without accents, for search and for 7-bit terminals. Keeps vowel signs of scripts
/// that need them.
pub(crate) fn unaccented(text: &str) -> impl Iterator<Item = char> {
    // The non-joiner is invisible, and only some people type it.
    text.nfd().filter(|&c| canonical_combining_class(c) == 0 && c != '\u{200c}').map(plain)
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

/// Returns whether a terminal obeys a character instead of showing it.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character is a letter or a symbol that shows nothing.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{13441}'
            | '\u{13442}'
            | '\u{16fe4}'
            | '\u{1d159}'
    )
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200d}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
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

/// Returns the first grapheme of a text as an emoji. Cleaning removes what joins emoji, so the grapheme is taken
/// before.
/// `None`: it shows nothing, or more than the two columns of an emoji.
#[must_use]
pub fn emoji(text: &str) -> Option<Clean> {
    let grapheme = text.graphemes(true).next()?;
    let emoji = Clean::new(&grapheme[..grapheme.floor_char_boundary(LONGEST_EMOJI)]);
    (!emoji.is_empty() && width(&emoji) <= 2).then_some(emoji)
}

/// Returns the emoji that a text begins with, as it is typed.
#[must_use]
pub(crate) fn leading_emoji(text: &str) -> Option<&str> {
    let grapheme = text.graphemes(true).next()?;
    let is_wide = || grapheme.width() == 2 || grapheme.contains('\u{fe0f}');
    let is_emoji = match grapheme.chars().next()? {
        '\u{1f000}'..='\u{1fbff}' => true,
        // Punctuation of East Asian scripts is wide too.
        '\u{3000}'..='\u{303f}' => false,
        '\u{a9}' | '\u{ae}' | '\u{2000}'..='\u{32ff}' => is_wide(),
        '#' | '*' | '0'..='9' => grapheme.contains('\u{20e3}'),
        _ => false,
    };
    is_emoji.then_some(grapheme)
}

/// Returns a sentence with a full stop, unless it has an end.
#[must_use]
pub fn sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    format!("{words}{end}")
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
    fn what_shows_nothing_is_empty() {
        for nothing in
            ["\u{3164}", "\u{2800} \u{2800}", "\u{115f}\u{1160}", "\u{200c}", "\u{301}", "\u{ffa0}\n"]
        {
            assert_eq!(clean(nothing), "", "{nothing:?}");
        }
        assert_eq!(clean("Ann\u{3164}\u{2800}Lee\u{ffa0}"), "Ann Lee");
        assert_eq!(clean("می\u{200c}خواهم"), "می\u{200c}خواهم", "a letter that Persian needs");
    }

    #[test]
    fn an_id_looks_like_no_other() {
        let table = [
            ("@bob:example.org", "@bob:example.org"),
            ("@ev\u{1b}[31mil\u{9b}x\nrm:fake", "@ev�[31mil�x�rm:fake"),
            ("@bo\u{200b}b:x", "@bo�b:x"),
            ("@bob\u{3164}:x", "@bob�:x"),
            ("@b\u{202e}ob :x", "@b�ob�:x"),
            ("@bоb:x", "@b�b:x"),
            ("@сор:x", "@���:x"),
            ("@мария:x", "@мария:x"),
            ("@müller:x", "@müller:x"),
            ("@日本:x", "@日本:x"),
        ];
        for (written, shown) in table {
            assert_eq!(id(written), shown, "{written:?}");
        }
    }

    #[test]
    fn an_address_leads_to_its_user_and_to_nobody_else() {
        for (user, path) in [
            ("@bob:example.org", "@bob:example.org"),
            ("@a.b_c=d-e+f/g:x:8448", "@a.b_c=d-e+f%2Fg:x:8448"),
            ("@bo%62:x", "@bo%2562:x"),
            ("@a?via=evil#x:x", "@a%3Fvia=evil%23x:x"),
            ("@ev\u{1b}]8;;\u{7}\n:x", "@ev%1B%5D8%3B%3B%07%0A:x"),
            ("@\"'`$(id)|&<>\\\u{202e}:x", "@%22%27%60%24%28id%29%7C%26%3C%3E%5C%E2%80%AE:x"),
        ] {
            let address = matrix_to(<&UserId>::try_from(user).unwrap());
            assert_eq!(address, format!("https://matrix.to/#/{path}"), "{user:?}");
        }
    }

    #[test]
    fn a_stream_gets_line_breaks_and_colors_and_nothing_else_that_is_obeyed() {
        let colors = "\u{1b}[1;38;2;0;1;2mbusy\u{1b}[0m\t日本\n";
        assert_eq!(lines(colors), colors);
        for (text, left) in [
            ("a\u{1b}]52;c;eA==\u{7}b\n", "a]52;c;eA==b\n"),
            ("a\u{1b}[2Jb\u{1b}[6n\u{1b}[m", "a[2Jb[6n\u{1b}[m"),
            ("\u{9b}31m\r\u{202e}a\0\u{1b}", "31ma"),
            ("\u{1b}[31", "[31"),
        ] {
            assert_eq!(lines(text), left, "{text:?}");
        }
        assert_eq!(line("a\nERROR b\u{1b}[1m\u{9b}\u{202e}c"), "a ERROR b [1m  c");
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
