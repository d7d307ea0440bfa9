//! Which contacts are hidden: users by ID, ignored users, and people from large rooms.

use matrix_sdk::ruma::UserId;
use serde::{Deserialize, Serialize};

/// Which contacts are hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiding {
    /// A room with more joined members is large, us included. Its contacts appear in the view of everyone only. 0: no
    /// limit.
    pub large_room: usize,
    /// The IDs of users who are hidden everywhere, such as bots.
    pub users: Vec<Glob>,
    /// Whether ignored users are hidden everywhere.
    pub ignored: bool,
}

impl Default for Hiding {
    fn default() -> Self {
        Self { large_room: 100, users: Vec::new(), ignored: true }
    }
}

impl Hiding {
    /// Returns whether a pattern matches a user.
    pub(super) fn names(&self, user_id: &UserId) -> bool {
        self.users.iter().any(|glob| glob.matches(user_id.as_str()))
    }

    /// Returns whether a room with this many other members is large.
    pub(super) fn is_large(&self, others: usize) -> bool {
        self.large_room > 0 && others >= self.large_room
    }
}

/// A pattern for user IDs, in which `*` matches any text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glob(String);

impl Glob {
    /// Returns a pattern.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// Returns whether the pattern matches the whole text.
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
