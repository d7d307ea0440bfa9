//! The profile of a user: the user status and the call of MSC4426.
//!
//! Everybody can read a profile, and anybody can write anything into their own. So all of it is cleaned here.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    deadline::Deadline,
    text::{self, Clean},
};

/// The fields with a status or a call that are read. The stable names come first.
pub(crate) const FIELDS: [&str; 5] = [
    "m.status",
    "m.call",
    "org.matrix.msc4426.status",
    "org.matrix.msc4426.call",
    "chat.commet.profile_status",
];

/// The most columns of a status. MSC4426 allows 256 bytes.
const LONGEST: usize = 256;
/// Timestamps above this are milliseconds: Element Web writes them, the proposal says seconds.
const MILLISECONDS_ABOVE: i64 = 100_000_000_000;
/// How long a call is believed. A client that crashes in a call leaves the field behind for good.
const CALL_BELIEVED: SignedDuration = SignedDuration::from_hours(12);

/// A user status (`m.status`). At least one of its parts shows something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserStatus {
    /// The emoji, if it has at most two columns.
    pub emoji: Option<Clean>,
    /// The text. Empty: the status is an emoji alone.
    pub text: Clean,
}

impl UserStatus {
    /// Cleans a status. Only the first grapheme of the emoji counts. `None`: nothing of it shows anything.
    #[must_use]
    pub fn new(emoji: &str, text: &str) -> Option<Self> {
        let status = Self { emoji: text::emoji(emoji), text: Clean::short(text, LONGEST) };
        (status.emoji.is_some() || !status.text.is_empty()).then_some(status)
    }
}

/// The emoji and the text on one line.
impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.emoji {
            Some(emoji) if self.text.is_empty() => f.write_str(emoji),
            Some(emoji) => write!(f, "{emoji} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// A call that a profile names (`m.call`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProfileCall {
    /// When the user joined it, if the profile says so.
    pub since: Option<Timestamp>,
}

impl ProfileCall {
    /// Reads `call_joined_ts`, in seconds or in milliseconds.
    #[must_use]
    pub(crate) fn joined_at(number: Option<i64>) -> Self {
        let at = number.filter(|number| *number > 0).and_then(|number| {
            let in_milliseconds = number > MILLISECONDS_ABOVE;
            if in_milliseconds { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) }
                .ok()
        });
        Self { since: at }
    }

    /// Returns whether the user is likely in the call. Nothing removes the field after a crash.
    #[must_use]
    pub(crate) fn is_believed(self, now: Timestamp) -> bool {
        self.since.is_none_or(|since| now.duration_since(since) < CALL_BELIEVED)
    }
}

/// What a profile says about status and call, under each name of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// `m.status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<UserStatus>,
    /// `org.matrix.msc4426.status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unstable_status: Option<UserStatus>,
    /// `chat.commet.profile_status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plain_status: Option<UserStatus>,
    /// `m.call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<ProfileCall>,
    /// `org.matrix.msc4426.call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unstable_call: Option<ProfileCall>,
}

/// The new value of one field. `None`: the field is removed or shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields of `Profile`")]
pub enum FieldChange {
    Status(Option<UserStatus>),
    UnstableStatus(Option<UserStatus>),
    PlainStatus(Option<UserStatus>),
    Call(Option<ProfileCall>),
    UnstableCall(Option<ProfileCall>),
}

impl Profile {
    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Option<&UserStatus> {
        self.status.as_ref().or(self.unstable_status.as_ref()).or(self.plain_status.as_ref())
    }

    /// Returns the call.
    #[must_use]
    pub fn call(&self) -> Option<ProfileCall> {
        self.call.or(self.unstable_call)
    }

    /// Returns what the user says, on one line: a call, then the status or else the message of the presence. `None`:
    /// nothing.
    #[must_use]
    pub fn says(&self, message: Option<&str>, now: Timestamp) -> Option<String> {
        let says = self.status().map(ToString::to_string).or_else(|| message.map(ToOwned::to_owned));
        match (self.call().filter(|call| call.is_believed(now)), says) {
            (Some(_), Some(says)) => Some(format!("in a call · {says}")),
            (Some(_), None) => Some("in a call".to_owned()),
            (None, says) => says,
        }
    }

    fn change(&mut self, change: FieldChange) {
        match change {
            FieldChange::Status(status) => self.status = status,
            FieldChange::UnstableStatus(status) => self.unstable_status = status,
            FieldChange::PlainStatus(status) => self.plain_status = status,
            FieldChange::Call(call) => self.call = call,
            FieldChange::UnstableCall(call) => self.unstable_call = call,
        }
    }

    /// Returns whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Extend<FieldChange> for Profile {
    fn extend<T: IntoIterator<Item = FieldChange>>(&mut self, changes: T) {
        for change in changes {
            self.change(change);
        }
    }
}

impl FromIterator<FieldChange> for Profile {
    fn from_iter<T: IntoIterator<Item = FieldChange>>(changes: T) -> Self {
        let mut profile = Self::default();
        profile.extend(changes);
        profile
    }
}

/// Changes of one user's profile, as a server sends them by itself (MSC4429).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileUpdate {
    /// The user.
    pub user_id: OwnedUserId,
    /// The changed fields. `None`: the server tells no more of this user.
    pub fields: Option<Vec<FieldChange>>,
}

/// The most bytes of the text of a status that is set, and of its emoji (MSC4426).
const LONGEST_TEXT: usize = 256;
const LONGEST_EMOJI: usize = 32;
/// The emoji of a status that was typed without one. Element cannot show a status that has none.
const EMOJI: &str = "💬";

/// A status to set, as it is written into the profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStatus {
    /// One grapheme.
    pub emoji: String,
    /// The text, not empty.
    pub text: String,
}

/// Why a text is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StatusError {
    /// There is no text beside the emoji.
    #[error("A status needs a text, such as 🌴 On holiday.")]
    Empty,
    /// The text is too long.
    #[error("That is longer than the 256 bytes of a status.")]
    TooLong,
}

impl NewStatus {
    /// Parses a status as it is typed. An emoji at the start becomes the emoji.
    ///
    /// # Errors
    ///
    /// [`StatusError`] if the text is missing or too long.
    pub fn parse(typed: &str) -> Result<Self, StatusError> {
        let typed = typed.trim();
        let (emoji, text) = match text::leading_emoji(typed).filter(|emoji| emoji.len() <= LONGEST_EMOJI) {
            Some(emoji) => (emoji, typed[emoji.len()..].trim_start()),
            None => (EMOJI, typed),
        };
        if Clean::new(text).is_empty() {
            return Err(StatusError::Empty);
        }
        if text.len() > LONGEST_TEXT {
            return Err(StatusError::TooLong);
        }
        Ok(Self { emoji: emoji.to_owned(), text: text.to_owned() })
    }

    /// Returns the status instead of busy where presence is switched off.
    #[must_use]
    pub fn busy() -> Self {
        Self { emoji: "🔴".to_owned(), text: "Busy".to_owned() }
    }

    /// Returns the status as others see it.
    #[must_use]
    pub fn shown(&self) -> Option<UserStatus> {
        UserStatus::new(&self.emoji, &self.text)
    }
}

/// A status of the profile, to set it again.
impl From<&UserStatus> for NewStatus {
    fn from(status: &UserStatus) -> Self {
        let emoji = status.emoji.as_deref().unwrap_or(EMOJI).to_owned();
        Self { emoji, text: status.text.to_string() }
    }
}

/// A status that a front end requests, with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRequest {
    /// The status. `None`: clear it.
    pub status: Option<NewStatus>,
    /// When whosin clears it.
    pub until: Option<Deadline>,
}

/// What a server does with profile fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileSupport {
    /// Whether profiles have fields beside the name (Matrix 1.16).
    pub fields: bool,
    /// Whether it sends changes of its own users in `/sync` (MSC4429).
    pub pushed: bool,
}

/// A change of a contact's status, or of the call in the profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The contact.
    pub user_id: OwnedUserId,
    /// The status before.
    pub from: Option<UserStatus>,
    /// The status after. The same if only the call changed.
    pub to: Option<UserStatus>,
    /// Whether the profile named a call before.
    pub call_before: bool,
    /// The call after.
    pub call: Option<ProfileCall>,
    /// When the server sent it, or was asked.
    pub at: Timestamp,
    /// When the profile was looked up before. The change can have happened at any time since. `None`: the server sent
    /// it.
    pub since: Option<Timestamp>,
    /// Whether the contact is from large rooms only. Such changes are left out of the log.
    pub in_large_rooms_only: bool,
}

/// How old a profile may be that a change is noticed by. Later, nobody can tell when it happened.
const NOTABLE: SignedDuration = SignedDuration::from_hours(1);

impl StatusChange {
    /// Returns whether it happened lately.
    #[must_use]
    pub(crate) fn is_recent(&self) -> bool {
        self.since.is_none_or(|since| self.at.duration_since(since) <= NOTABLE)
    }

    /// Returns what the contact did, in words that follow the name and precede the status.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match (&self.from, &self.to) {
            (from, Some(to)) if from.as_ref() != Some(to) => "set a status",
            (Some(_), None) => "removed the status",
            _ if self.call.is_some() => "joined a call",
            _ => "left the call",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(emoji: &str, text: &str) -> Option<String> {
        UserStatus::new(emoji, text).map(|status| status.to_string())
    }

    #[test]
    fn an_emoji_is_one_grapheme_of_at_most_two_columns() {
        let table = [
            ("🌴", "On holiday", Some("🌴 On holiday")),
            ("☕️", "Be right back", Some("☕ Be right back")),
            ("🌴🌴", "twice", Some("🌴 twice")),
            ("", "no grapheme", Some("no grapheme")),
            ("👩‍💻", "four columns without the joiner", Some("four columns without the joiner")),
            ("👍🏽", "skin", Some("👍 skin")),
            ("\u{1b}[31m", "an escape", Some("an escape")),
            ("\0", "\u{1b}[2J\u{202e}hidden\0", Some("hidden")),
            ("🌴", "", Some("🌴")),
            ("", "", None),
            ("\u{200d}", "\u{3164}", None),
        ];
        for (emoji, text, expected) in table {
            assert_eq!(shown(emoji, text).as_deref(), expected, "{emoji:?} {text:?}");
        }
        let tower = format!("e{}", "\u{301}".repeat(30_000));
        assert_eq!(UserStatus::new(&tower, "x").unwrap().emoji.unwrap().chars().count(), 5);
        assert!(shown("", &"x".repeat(64_000)).unwrap().len() <= LONGEST + 2);
    }

    #[test]
    fn an_emoji_at_the_start_of_what_is_typed_is_the_emoji() {
        let table = [
            ("🌴 On holiday", Ok(("🌴", "On holiday"))),
            ("🌴On holiday ", Ok(("🌴", "On holiday"))),
            ("☕️ Be right back", Ok(("☕️", "Be right back"))),
            ("👩‍💻 at work", Ok(("👩‍💻", "at work"))),
            ("🇩🇪 in Berlin", Ok(("🇩🇪", "in Berlin"))),
            ("1️⃣ first", Ok(("1️⃣", "first"))),
            ("On holiday 🌴", Ok(("💬", "On holiday 🌴"))),
            ("(away)", Ok(("💬", "(away)"))),
            ("「不在」", Ok(("💬", "「不在」"))),
            ("昼食", Ok(("💬", "昼食"))),
            ("", Err(StatusError::Empty)),
            ("🌴", Err(StatusError::Empty)),
            ("🌴 \u{200b}", Err(StatusError::Empty)),
        ];
        for (typed, expected) in table {
            let parsed = NewStatus::parse(typed);
            let parsed =
                parsed.as_ref().map(|status| (&*status.emoji, &*status.text)).map_err(|error| *error);
            assert_eq!(parsed, expected, "{typed:?}");
        }
        assert_eq!(NewStatus::parse(&"x".repeat(257)), Err(StatusError::TooLong));
        assert!(NewStatus::parse(&"x".repeat(256)).is_ok());
    }

    #[test]
    fn the_time_of_a_call_is_in_seconds_or_in_milliseconds() {
        let at: Timestamp = "2026-02-03T17:44:00Z".parse().unwrap();
        for (number, expected) in [
            (Some(1_770_140_640), Some(at)),
            (Some(1_770_140_640_000), Some(at)),
            (Some(0), None),
            (Some(-5), None),
            (Some(i64::MAX), None),
            (None, None),
        ] {
            assert_eq!(ProfileCall::joined_at(number).since, expected, "{number:?}");
        }
    }

    #[test]
    fn an_old_call_is_not_believed() {
        let now: Timestamp = "2026-02-03T17:44:00Z".parse().unwrap();
        let call = |hours| ProfileCall { since: Some(now - SignedDuration::from_hours(hours)) };
        assert!(
            call(1).is_believed(now) && ProfileCall::default().is_believed(now) && call(-1).is_believed(now)
        );
        assert!(!call(13).is_believed(now));
    }

    #[test]
    fn the_stable_name_of_a_field_comes_first() {
        let status = |text| UserStatus::new("", text);
        let mut profile = Profile::default();
        assert!(profile.is_empty());
        profile.change(FieldChange::PlainStatus(status("plain")));
        assert_eq!(profile.status(), status("plain").as_ref());
        profile.change(FieldChange::UnstableStatus(status("unstable")));
        assert_eq!(profile.status(), status("unstable").as_ref());
        profile.change(FieldChange::Status(status("stable")));
        assert_eq!(profile.status(), status("stable").as_ref());
        profile.change(FieldChange::Status(None));
        assert_eq!(profile.status(), status("unstable").as_ref());
    }
}
