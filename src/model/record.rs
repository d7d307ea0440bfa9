//! The JSON output about contacts: one object on one line.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use serde::Serialize;

use crate::model::{
    contacts::{Contact, LastPresence},
    presence::{Change, Presence},
    profile::{Profile, StatusChange, UserStatus},
    text,
};

/// The version of the objects. It changes when programs that read them must change.
pub const VERSION: u32 = 1;

/// A contact at a moment. Field names are those of `m.presence`. Texts have no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    /// [`VERSION`].
    pub v: u32,
    /// The time, in UTC.
    pub at: Timestamp,
    /// Why the record is written.
    pub r#type: Type,
    /// The contact. Characters that cannot be seen are replaced.
    pub user_id: Cow<'a, str>,
    /// The display name, or the user ID if there is none. `None`: it was not looked up.
    pub displayname: Option<&'a str>,
    /// The state: `busy` without MSC3026's prefix, or an unknown state as the server spelled it. `None`: no presence
    /// was received.
    pub presence: Option<&'a Presence>,
    /// The state before a change. `None`: no presence was received before, which on most servers means offline.
    pub was: Option<&'a Presence>,
    /// The status message, if any.
    pub status_msg: Option<&'a str>,
    /// The milliseconds since the contact was last active, if known.
    pub last_active_ago: Option<u64>,
    /// Whether the server reports the contact as active now.
    pub currently_active: bool,
    /// The user status in the profile, if any.
    pub status: Option<&'a UserStatus>,
    /// Whether the profile names a call.
    pub in_call: bool,
    /// Since when, if the profile says so.
    pub call_since: Option<Timestamp>,
    /// When status and call were looked up. `None`: they were not, or the server sends each change.
    pub status_as_of: Option<Timestamp>,
}

/// Why a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// The present state.
    Now,
    /// A state, a message, a status or a call changed.
    Change,
}

impl<'a> Record<'a> {
    /// Returns the record of a change.
    #[must_use]
    pub fn of_change(change: &'a Change, contact: &'a Contact) -> Self {
        Self {
            r#type: Type::Change,
            displayname: Some(&contact.name),
            presence: Some(&change.to),
            was: change.from.as_ref(),
            status_msg: change.status_msg.as_deref(),
            ..Self::of_contact(&change.user_id, contact, change.at)
        }
    }

    /// Returns the record of a change of a status. The state before is the present one.
    #[must_use]
    pub(crate) fn of_status_change(change: &'a StatusChange, contact: &'a Contact) -> Self {
        let record = Self::of_contact(&change.user_id, contact, change.at);
        Self {
            r#type: Type::Change,
            was: record.presence,
            status: change.to.as_ref(),
            in_call: change.call.is_some(),
            call_since: change.call.and_then(|call| call.since),
            ..record
        }
    }

    /// Returns the record of a contact's present state.
    #[must_use]
    pub fn of_contact(user_id: &'a UserId, contact: &'a Contact, now: Timestamp) -> Self {
        let record = Self::of_status(user_id, contact.heard.as_ref(), now);
        let record =
            Self { displayname: Some(&contact.name), status_as_of: contact.status_as_of(), ..record };
        match &contact.profile {
            Some(profile) => record.with_profile(profile, contact.status_as_of()),
            None => record,
        }
    }

    /// Returns the record with what a profile says. `as_of` is when it was looked up.
    #[must_use]
    pub(crate) fn with_profile(self, profile: &'a Profile, as_of: Option<Timestamp>) -> Self {
        let call = profile.call().filter(|call| call.is_believed(self.at));
        Self {
            status: profile.status(),
            in_call: call.is_some(),
            call_since: call.and_then(|call| call.since),
            status_as_of: as_of,
            ..self
        }
    }

    /// Returns the record of a user whose name was not looked up.
    #[must_use]
    pub(crate) fn of_status(user_id: &'a UserId, heard: Option<&'a LastPresence>, now: Timestamp) -> Self {
        let ago = |since: Timestamp| now.as_millisecond() - since.as_millisecond();
        Self {
            v: VERSION,
            at: now,
            r#type: Type::Now,
            user_id: text::id(user_id.as_str()),
            displayname: None,
            presence: heard.map(|it| &it.presence),
            was: None,
            status_msg: heard.and_then(|it| it.status_msg.as_deref()),
            last_active_ago: heard.and_then(|it| it.last_active).map(|it| ago(it).try_into().unwrap_or(0)),
            currently_active: heard.is_some_and(|it| it.currently_active),
            status: None,
            in_call: false,
            call_since: None,
            status_as_of: None,
        }
    }
}

/// The object on one line, without a line break.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// A record about the connection to the homeserver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection<'a> {
    /// [`VERSION`].
    v: u32,
    /// The time, in UTC.
    at: Timestamp,
    r#type: ConnectionType,
    /// Why the connection is lost, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The number of rooms whose members are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    rooms_not_loaded: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum ConnectionType {
    Connected,
    Lost,
}

impl<'a> Connection<'a> {
    /// Returns the record of a connection, on which the members of some rooms may be missing.
    #[must_use]
    pub fn made(at: Timestamp, rooms_not_loaded: usize) -> Self {
        let rooms_not_loaded = Some(rooms_not_loaded).filter(|rooms| *rooms > 0);
        Self { v: VERSION, at, r#type: ConnectionType::Connected, reason: None, rooms_not_loaded }
    }

    /// Returns the record of a lost connection. It is retried automatically.
    #[must_use]
    pub fn lost(reason: &'a str, at: Timestamp) -> Self {
        Self { v: VERSION, at, r#type: ConnectionType::Lost, reason: Some(reason), rooms_not_loaded: None }
    }
}

impl fmt::Display for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::user_id;

    use super::*;
    use crate::model::{contacts::LastPresence, profile::FieldChange};

    #[test]
    fn a_change_is_one_line_with_the_fields_of_the_specification() {
        let at: Timestamp = "2026-11-24T14:02:10Z".parse().unwrap();
        let heard = LastPresence {
            presence: Presence::Busy,
            status_msg: Some("in a \"meeting\"".into()),
            last_active: Some("2026-11-24T14:02:08.5Z".parse().unwrap()),
            currently_active: true,
        };
        let mut contact = Contact::default();
        contact.name = "Bob".into();
        contact.heard = Some(heard);
        let holiday = FieldChange::Status(UserStatus::new("🌴", "On holiday"));
        contact.profile = Some(Box::new([holiday].into_iter().collect()));
        let mut change = Change {
            user_id: user_id!("@bob:example.org").to_owned(),
            from: Some(Presence::Online),
            to: Presence::Busy,
            status_msg: Some("in a \"meeting\"".into()),
            at,
            in_large_rooms_only: false,
        };
        assert_eq!(
            Record::of_change(&change, &contact).to_string(),
            r#"{"v":1,"at":"2026-11-24T14:02:10Z","type":"change","user_id":"@bob:example.org","#.to_owned()
                + r#""displayname":"Bob","presence":"busy","was":"online","status_msg":"in a \"meeting\"","#
                + r#""last_active_ago":1500,"currently_active":true,"status":{"emoji":"🌴","text":"On holiday"},"#
                + r#""in_call":false,"call_since":null,"status_as_of":null}"#
        );
        contact.heard = None;
        change = Change { from: None, to: Presence::Other("lunch".into()), status_msg: None, ..change };
        let json = Record::of_change(&change, &contact).to_string();
        let end = r#""presence":"lunch","was":null,"status_msg":null,"last_active_ago":null,"currently_active":false,"#;
        assert!(json.contains(end), "{json}");
    }
}
