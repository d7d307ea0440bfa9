//! Text from others that is clean by construction.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de::Visitor};

use super::{clean, cut};

/// The most bytes of a text. No screen shows more.
const LONGEST: usize = 2_000;
/// The most bytes of a name. Servers accept 256 characters.
const LONGEST_NAME: usize = 1_024;

/// Text from others: clean, and not long. Every way to make one cleans, also that from the socket or a file. So a
/// field of this type can be shown, printed and logged as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Clean(Box<str>);

impl Clean {
    /// Cleans and cuts a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::up_to(text, LONGEST)
    }

    /// Cleans and cuts a name. `None`: it shows nothing, so it is no name.
    #[must_use]
    pub fn name(text: &str) -> Option<Self> {
        Some(Self::up_to(text, LONGEST_NAME)).filter(|name| !name.is_empty())
    }

    /// Cleans a text and cuts it to this many columns.
    #[must_use]
    pub fn short(text: &str, columns: usize) -> Self {
        Self(cut(&Self::new(text), columns).into())
    }

    fn up_to(text: &str, bytes: usize) -> Self {
        if text.len() <= bytes {
            return Self(clean(text).into());
        }
        // With the ellipsis it has the length of a text that is not cut again.
        let head = &text[..text.floor_char_boundary(bytes - '…'.len_utf8())];
        match clean(head) {
            nothing if nothing.is_empty() => Self::default(),
            head => Self(format!("{head}…").into()),
        }
    }
}

impl Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Clean {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Clean> for Box<str> {
    fn from(text: Clean) -> Self {
        text.0
    }
}

impl PartialEq<str> for Clean {
    fn eq(&self, text: &str) -> bool {
        &*self.0 == text
    }
}

impl PartialEq<&str> for Clean {
    fn eq(&self, text: &&str) -> bool {
        &*self.0 == *text
    }
}

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(CleanVisitor)
    }
}

/// Cleans a text where it stands: lines of a socket have thousands.
struct CleanVisitor;

impl Visitor<'_> for CleanVisitor {
    type Value = Clean;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Clean, E> {
        Ok(Clean::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\u{1b}]52;c;cHduZWQ=\u{7}Ann\u{9b}31m\u{202e}\r\n\u{3164}Lee\u{200b}";

    #[test]
    fn no_way_to_make_one_leaves_anything_that_is_obeyed() {
        let read = serde_json::to_string(HOSTILE).unwrap();
        for text in [
            Clean::new(HOSTILE),
            Clean::name(HOSTILE).unwrap(),
            Clean::short(HOSTILE, 80),
            HOSTILE.into(),
            HOSTILE.to_owned().into(),
            serde_json::from_str(&read).unwrap(),
        ] {
            assert_eq!(text, "Ann31m Lee");
        }
    }

    #[test]
    fn a_long_text_is_cut_once() {
        for long in ["x".repeat(60_000), "ß".repeat(60_000), "日 ".repeat(60_000)] {
            let (text, name) = (Clean::new(&long), Clean::name(&long).unwrap());
            assert!(text.len() <= LONGEST && name.len() <= LONGEST_NAME, "{}", text.len());
            assert!(text.ends_with('…') && name.ends_with('…'));
            assert_eq!((Clean::new(&text), Clean::name(&name)), (text.clone(), Some(name)));
        }
    }

    #[test]
    fn what_shows_nothing_is_no_name() {
        let blank = "\u{3164}".repeat(10_000);
        for nothing in [
            "",
            " ",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{115f}\u{1160}",
            "\u{200c}",
            "\u{301}",
            "\u{ffa0}",
            &blank,
        ] {
            assert_eq!(Clean::name(nothing), None, "{nothing:.8?}");
        }
    }
}
