//! What a name looks like, to find names that people cannot tell apart.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use unicode_security::skeleton;
use unicode_width::UnicodeWidthChar;

use super::fold;

/// Returns a number that names have in common if they look the same. Case, accents and invisible characters do not
/// count. Letters of other scripts count as those that they look like.
#[must_use]
pub fn look(name: &str) -> u64 {
    FixedState::default().hash_one(drawn(name))
}

/// Returns a name in the letters that a reader sees.
fn drawn(name: &str) -> String {
    if name.is_ascii() {
        return coarse(name);
    }
    let visible: String = name.chars().filter(|c| c.width() != Some(0)).collect();
    // The tables know capitals, but not that they are letters of the same name.
    let folded = fold(&skeleton(&visible).collect::<String>());
    coarse(&skeleton(&folded).collect::<String>())
}

/// Replaces ASCII characters that look alike, as the tables of Unicode do for all others.
fn coarse(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut drawn, c| {
        match c.to_ascii_lowercase() {
            'i' | '1' | '|' => drawn.push('l'),
            '0' => drawn.push('o'),
            'm' => drawn.push_str("rn"),
            '`' => drawn.push('\''),
            c => drawn.push(c),
        }
        drawn
    })
}

/// Returns whether a character that is not ASCII looks like one that is.
pub(super) fn looks_ascii(c: char) -> bool {
    !c.is_ascii() && skeleton(c.encode_utf8(&mut [0; 4])).all(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_found() {
        for names in [
            &["Sam", "sam", "SAM", "Ѕаm", "Ｓａｍ", "𝐒𝐚𝐦", "S\u{200c}am"][..],
            &["Zoe", "Zoë", "Zoe\u{308}", "zoé", "Ζoe"],
            &["Alice", "Alice\u{200c}", "AIice", "alіce", "A1ice", "A\u{34f}lice"],
            &["Bob", "B0b", "Вob", "ВоЬ"],
            &["Arnold", "Amold"],
            &["paypal", "раураӏ"],
        ] {
            for name in names {
                assert_eq!(drawn(name), drawn(names[0]), "{name} and {}", names[0]);
            }
        }
    }

    #[test]
    fn names_that_look_different_are_different() {
        let names = [
            "Sam", "Same", "Sam Lee", "Samlee", "Zoe", "Joe", "Анна", "Anna", "日本", "日木", "Bob", "Rob",
            "Max", "Mex",
        ];
        for (at, name) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                assert_ne!(look(name), look(other), "{name} and {other}");
            }
        }
    }
}
