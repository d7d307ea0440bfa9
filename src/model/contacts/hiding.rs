//! Who is left out: bots and bridges' ghosts by their IDs, ignored users, and those of large rooms.

use matrix_sdk::ruma::UserId;
use serde::{Deserialize, Serialize};

/// Whom to leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiding {
    /// A room with more joined members, we included, counts in the view of everyone only; 0 for no limit.
    pub large_room: usize,
    /// The IDs of those who are left out of everything.
    pub users: Vec<Glob>,
    /// Whether the users whom the person ignores are left out of everything.
    pub ignored: bool,
}

impl Default for Hiding {
    fn default() -> Self {
        Self { large_room: 100, users: Vec::new(), ignored: true }
    }
}

impl Hiding {
    /// Whether one of the patterns names a user.
    pub(super) fn names(&self, user_id: &UserId) -> bool {
        self.users.iter().any(|glob| glob.matches(user_id.as_str()))
    }

    /// Whether a room with so many others in it is a large one.
    pub(super) fn is_large(&self, others: usize) -> bool {
        self.large_room > 0 && others >= self.large_room
    }
}

/// A pattern for user IDs in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glob(String);

impl Glob {
    /// The pattern as it is written.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// Whether the whole text is of the pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return self.0 == text };
        let (middle, end) = rest.rsplit_once('*').map_or((None, rest), |(middle, end)| (Some(middle), end));
        let inside = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
        let mut pieces = middle.into_iter().flat_map(|middle| middle.split('*'));
        inside.is_some_and(|text| {
            pieces.try_fold(text, |text, piece| text.split_once(piece).map(|(_, rest)| rest)).is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let table = [
            ("@bot:x", "@bot:x", true),
            ("@bot:x", "@bots:x", false),
            ("@*bot:*", "@build-bot:example.org", true),
            ("@*bot:*", "@botany:example.org", false),
            ("@telegram_*", "@telegram_123:example.org", true),
            ("@telegram_*", "@alice:telegram_", false),
            ("*", "@anybody:x", true),
            ("@a*b*c:x", "@abbc:x", true),
            ("@a*b*c:x", "@acb:x", false),
            ("@ab*ba:x", "@aba:x", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
