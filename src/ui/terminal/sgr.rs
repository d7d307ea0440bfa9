//! Sixteen colors in the form that every terminal with colors reads.
//!
//! crossterm writes them as the first of 256 (`38;5;2`). A terminal with only sixteen colors reads three numbers, and
//! blinks.

use memchr::memmem;

/// Rewrites the colors of all styles in a terminal's output.
pub(super) fn spell(picture: &[u8]) -> Vec<u8> {
    let mut spelled = Vec::with_capacity(picture.len());
    let mut rest = picture;
    while let Some(at) = memmem::find(rest, b"\x1b[") {
        let (before, sequence) = rest.split_at(at + 2);
        spelled.extend_from_slice(before);
        let end = sequence.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'));
        let (numbers, after) = sequence.split_at(end.unwrap_or(sequence.len()));
        if after.first() == Some(&b'm') {
            spell_style(numbers, &mut spelled);
        } else {
            spelled.extend_from_slice(numbers);
        }
        rest = after;
    }
    spelled.extend_from_slice(rest);
    spelled
}

/// Rewrites the numbers of a style (ECMA-48, SGR). Sixteen colors become 30 to 37 and 90 to 97, plus 10 for
/// backgrounds.
fn spell_style(numbers: &[u8], spelled: &mut Vec<u8>) {
    let numbers: Vec<&[u8]> = numbers.split(|byte| *byte == b';').collect();
    let mut rest = numbers.as_slice();
    let mut gap: &[u8] = b"";
    while let [number, after @ ..] = rest {
        spelled.extend_from_slice(gap);
        gap = b";";
        let taken = match (number, after) {
            (&(b"38" | b"48"), [b"5", color, ..]) => {
                match named(number, color) {
                    Some(named) => spelled.extend_from_slice(named.to_string().as_bytes()),
                    None => spelled.extend_from_slice(&rest[..3].join(&b';')),
                }
                3
            }
            (&(b"38" | b"48"), [b"2", _, _, _, ..]) => {
                spelled.extend_from_slice(&rest[..5].join(&b';'));
                5
            }
            _ => {
                spelled.extend_from_slice(number);
                1
            }
        };
        rest = &rest[taken..];
    }
}

fn named(ground: &[u8], color: &[u8]) -> Option<u8> {
    let behind = if ground == b"48" { 10 } else { 0 };
    match str::from_utf8(color).ok()?.parse().ok()? {
        dark @ 0..8 => Some(30 + dark + behind),
        light @ 8..16 => Some(90 + light - 8 + behind),
        16.. => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_are_spelled_each_as_one_number_and_nothing_else_changes() {
        for (written, expected) in [
            ("\x1b[38;5;2m● free\x1b[0m", "\x1b[32m● free\x1b[0m"),
            ("\x1b[38;5;9;48;5;0;1mx", "\x1b[91;40;1mx"),
            ("\x1b[48;5;15m", "\x1b[107m"),
            ("\x1b[38;5;16;48;5;231m", "\x1b[38;5;16;48;5;231m"),
            ("\x1b[38;2;5;5;5;48;5;1m", "\x1b[38;2;5;5;5;41m"),
            ("\x1b[38;5m\x1b[38m\x1b[m", "\x1b[38;5m\x1b[38m\x1b[m"),
            ("\x1b[3;8H38;5;2m\x1b[?25l", "\x1b[3;8H38;5;2m\x1b[?25l"),
            ("\x1b]52;c;MzgK\x07\x1b", "\x1b]52;c;MzgK\x07\x1b"),
            ("no more\x1b[38;5", "no more\x1b[38;5"),
        ] {
            assert_eq!(spell(written.as_bytes()), expected.as_bytes(), "{written:?}");
        }
    }
}
