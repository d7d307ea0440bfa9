//! One user's presence as servers send it, parsed leniently.

use std::{borrow::Cow, fmt};

use matrix_sdk::ruma::OwnedUserId;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::Presence;

/// The content of an `m.presence` event, and the answer to `GET /presence/{user}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The state. `Other("unknown")` if the server sent no string.
    pub presence: Presence,
    /// The message, not empty. Not cleaned for the screen.
    pub status_msg: Option<Box<str>>,
    /// The milliseconds between the user's last activity and the answer.
    pub last_active_ago: Option<u64>,
    /// Whether the server reports the user as active now.
    pub currently_active: bool,
}

impl Status {
    /// Returns a status without anything but a state.
    #[must_use]
    pub fn new(presence: Presence) -> Self {
        Self { presence, status_msg: None, last_active_ago: None, currently_active: false }
    }

    /// Returns the message. Empty: there is none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.status_msg.as_deref().unwrap_or_default()
    }

    /// Returns whether servers report this of unknown users: a bare `offline`, or on Dendrite an empty state.
    #[must_use]
    pub(crate) fn is_of_nobody(&self) -> bool {
        *self == Self::new(Presence::Offline) || *self == Self::new(Presence::Other("".into()))
    }
}

/// What the server says to a request for a user's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The presence.
    Shown(Status),
    /// The server does not share it: there is no such user, or no room in common. That includes the own presence of
    /// an account without any room.
    NotShared,
    /// Presence is switched off at the server.
    SwitchedOff,
}

impl Visibility {
    /// Returns the presence, if it is shown.
    #[must_use]
    pub fn shown(self) -> Option<Status> {
        match self {
            Self::Shown(status) => Some(status),
            Self::NotShared | Self::SwitchedOff => None,
        }
    }
}

impl From<Status> for Visibility {
    fn from(status: Status) -> Self {
        Self::Shown(status)
    }
}

/// An `m.presence` event of a `/sync` response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PresenceEvent {
    /// The user.
    pub sender: OwnedUserId,
    /// The presence.
    pub content: Status,
}

/// Parses each field by itself and skips those of a wrong type. Servers relay what other servers send without checks.
/// A derived implementation would drop the whole event for one negative age.
impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StatusVisitor)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Presence,
    StatusMsg,
    LastActiveAgo,
    CurrentlyActive,
    /// MSC4532: an object with the message.
    #[serde(alias = "org.continuwuity.presence_v2.msc4532.status")]
    Status,
    #[serde(other)]
    Else,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum MessageKey {
    Msg,
    #[serde(other)]
    Else,
}

struct StatusVisitor;

impl<'de> Visitor<'de> for StatusVisitor {
    type Value = Status;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content of a presence event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Status, A::Error> {
        let mut status = Status::new(Presence::Other("unknown".into()));
        while let Some(field) = map.next_key()? {
            if let Field::Else = field {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match (field, map.next_value()?) {
                (Field::Presence, Lenient::Text(name)) => status.presence = Presence::from_wire(&name),
                (Field::StatusMsg, Lenient::Text(text)) if !text.is_empty() => {
                    status.status_msg = Some(text.into());
                }
                (Field::Status, Lenient::Message(text)) if status.status_msg.is_none() => {
                    status.status_msg = Some(text);
                }
                (Field::LastActiveAgo, Lenient::Number(ago)) => status.last_active_ago = Some(ago),
                (Field::CurrentlyActive, Lenient::Bool(active)) => status.currently_active = active,
                _ => {}
            }
        }
        Ok(status)
    }
}

/// Any JSON value. Keeps only strings, numbers, booleans and the message of an object.
enum Lenient<'de> {
    Text(Cow<'de, str>),
    /// A whole number, never negative. Clocks that disagree produce ages below zero.
    Number(u64),
    Bool(bool),
    /// The member `msg` of an object, not empty.
    Message(Box<str>),
    Else,
}

impl<'de> Deserialize<'de> for Lenient<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor)
    }
}

struct LenientVisitor;

impl<'de> Visitor<'de> for LenientVisitor {
    type Value = Lenient<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Lenient::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Lenient::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Lenient::Number(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Lenient::Number(u64::try_from(number).unwrap_or(0)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates at both ends"
    )]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Lenient::Number(number as u64))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Lenient::Bool(truth))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Else)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient::Else)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut message: Option<Box<str>> = None;
        while let Some(key) = map.next_key::<MessageKey>()? {
            match key {
                MessageKey::Msg => message = map.next_value::<Value>()?.as_str().map(Box::from),
                MessageKey::Else => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let message = message.filter(|text| !text.is_empty());
        Ok(message.map_or(Lenient::Else, Lenient::Message))
    }
}
