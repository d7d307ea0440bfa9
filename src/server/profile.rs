//! Requests about profiles: the user status and the call of MSC4426, and the time zone.

use jiff::tz::TimeZone;
use matrix_sdk::{reqwest::Url, ruma::UserId};
use serde_json::{Value, json, value::RawValue};

use super::{
    ErrorKind, ServerError, Session, host,
    http::{self, Limits, Request},
    json::Object,
};
use crate::model::{
    event::{Answer, ProfileAnswer, StatusAnswer, StatusUpdate},
    profile::{FieldChange, NewStatus, Profile, ProfileCall, ProfileUpdate, UserStatus},
};

/// The profile fields with a time zone (MSC4175): the stable name first, then earlier ones. tuwunel 1.4 uses `tz`.
const TIME_ZONE: [&str; 3] = ["m.tz", "us.cloke.msc4175.tz", "tz"];
/// The field that a status is written into, as Element does.
const STATUS: &str = "org.matrix.msc4426.status";
const STABLE_STATUS: &str = "m.status";
/// The errcode of a path that a server does not know.
const UNRECOGNIZED: &str = "M_UNRECOGNIZED";
/// The names of a user's changes in `/sync` (MSC4429).
const UPDATES: [&str; 2] = ["profile_updates", "updated"];

/// Looks up a user's profile.
pub(super) async fn look_up(session: &Session, user_id: &UserId) -> ProfileAnswer {
    let path = ["_matrix", "client", "v3", "profile", user_id.as_str()];
    let error = match session.send(Request::get(&path, Limits::SMALL)).await {
        Ok(answer) => match read_profile(&answer.body) {
            Some((profile, time_zone)) => {
                return ProfileAnswer::Found { profile: Box::new(profile), time_zone };
            }
            None => session.error(ErrorKind::ProtocolError),
        },
        Err(error) => error,
    };
    tracing::info!(%error, "no profile");
    match error.kind {
        ErrorKind::Refused { .. } => ProfileAnswer::None,
        ErrorKind::Limited(wait) => ProfileAnswer::Limited(wait),
        // The user's own server does not answer ours.
        ErrorKind::Unavailable(_) | ErrorKind::TimedOut => ProfileAnswer::Unreachable,
        _ => ProfileAnswer::Failed,
    }
}

/// Writes the own status. Checks first whether the server lets the account do that.
pub(super) async fn publish(session: &Session, update: StatusUpdate) -> StatusAnswer {
    let mut before = None;
    let written = async {
        match update {
            StatusUpdate::Set(status) => set(session, status).await,
            StatusUpdate::Cover(status) => {
                before = Some(read(session).await?.0);
                set(session, status).await
            }
            StatusUpdate::Clear => clear(session, read(session).await?).await,
            StatusUpdate::End { status, next } => {
                let found = read(session).await?;
                before = Some(found.0.clone());
                match next {
                    _ if found.0.status() != status.shown().as_ref() => Ok(()),
                    Some(next) => set(session, next).await,
                    None => clear(session, found).await,
                }
            }
        }
    };
    let answer = match written.await {
        Ok(()) => Answer::Accepted,
        Err(Unwritten::NotAllowed) => {
            let server = host(&session.account().homeserver);
            Answer::Forbidden(format!("{server} does not let you set a status").into())
        }
        Err(Unwritten::Failed(error)) => refusal(error),
    };
    StatusAnswer { answer, before: before.map(Box::new) }
}

/// Why a status was not written.
enum Unwritten {
    /// The server does not let the account do that.
    NotAllowed,
    Failed(ServerError),
}

impl From<ServerError> for Unwritten {
    fn from(error: ServerError) -> Self {
        Self::Failed(error)
    }
}

fn refusal(error: ServerError) -> Answer {
    tracing::info!(%error, "the status was not accepted");
    match error.kind {
        ErrorKind::Limited(wait) => Answer::Limited(wait),
        ErrorKind::Refused { errcode, .. } if *errcode == *UNRECOGNIZED => Answer::SwitchedOff,
        ErrorKind::Refused { status, words, .. } => {
            let words = if words.is_empty() { format!("HTTP {status}").into() } else { words };
            if matches!(status, 401 | 403) { Answer::Forbidden(words) } else { Answer::Refused(words) }
        }
        _ => Answer::Failed,
    }
}

async fn set(session: &Session, status: NewStatus) -> Result<(), Unwritten> {
    if can_set(session).await == Some(false) {
        return Err(Unwritten::NotAllowed);
    }
    Ok(write(session, STATUS, Some(json!({STATUS: status}))).await?)
}

/// Reads the own profile, and the names that a status has in it.
async fn read(session: &Session) -> Result<(Profile, Vec<&'static str>), ServerError> {
    let path = ["_matrix", "client", "v3", "profile", session.account().user_id.as_str()];
    let body = session.send(Request::get(&path, Limits::SMALL)).await?.body;
    let (profile, _) = read_profile(&body).ok_or_else(|| session.error(ErrorKind::ProtocolError))?;
    let fields = Object::parse(&body).unwrap_or_default();
    let names = [STATUS, STABLE_STATUS].into_iter().filter(|name| fields.get(name).is_some());
    Ok((profile, names.collect()))
}

/// Removes the status from the profile that was found, under each name that it has there.
async fn clear(session: &Session, (profile, names): (Profile, Vec<&str>)) -> Result<(), Unwritten> {
    for name in names.into_iter().filter(|_| profile.status().is_some()) {
        write(session, name, None).await?;
    }
    Ok(())
}

/// Writes or removes a field. Earlier releases of tuwunel know most fields on the path of the proposal alone.
async fn write(session: &Session, field: &str, body: Option<Value>) -> Result<(), ServerError> {
    let user_id = session.account().user_id.as_str();
    let request = |path: &[&str]| match &body {
        Some(body) => Request::put(path, body.clone(), Limits::SMALL),
        None => Request::delete(path, Limits::SMALL),
    };
    let specified = ["_matrix", "client", "v3", "profile", user_id, field];
    match session.send(request(&specified)).await {
        Err(error) if error.kind.is_refused_with(UNRECOGNIZED) => {
            let proposed = ["_matrix", "client", "unstable", "uk.tcpip.msc4133", "profile", user_id, field];
            session.send(request(&proposed)).await.map(drop)
        }
        answer => answer.map(drop),
    }
}

/// Returns whether the account may set a status. `None`: the server does not say.
pub(super) async fn can_set(session: &Session) -> Option<bool> {
    let path = ["_matrix", "client", "v3", "capabilities"];
    read_can_set(&session.send(Request::get(&path, Limits::SMALL)).await.ok()?.body)
}

/// Asks for the own profile without a token. `None`: there is no clear answer.
pub(super) async fn is_readable_without_token(session: &Session) -> Option<bool> {
    let address = Url::parse(&session.account().homeserver).ok()?;
    let client = http::client(&address).ok()?;
    let path = ["_matrix", "client", "v3", "profile", session.account().user_id.as_str()];
    match http::send(&client, &address, None, Request::get(&path, Limits::SMALL)).await {
        Ok(_) => Some(true),
        Err(ErrorKind::Refused { status: 401 | 403, .. } | ErrorKind::SignedOut) => Some(false),
        Err(_) => None,
    }
}

/// Reads `m.profile_fields` of the capabilities. What is missing is allowed. `None`: malformed.
pub(super) fn read_can_set(body: &str) -> Option<bool> {
    let fields = Object::parse(body)?.object("capabilities").object("m.profile_fields");
    let names = |list| -> Option<Vec<String>> { fields.read(list) };
    let has_status = |names: Vec<String>| names.iter().any(|name| name == STATUS);
    let is_allowed = fields.truth("enabled") != Some(false)
        && names("allowed").is_none_or(has_status)
        && !names("disallowed").is_some_and(has_status);
    Some(is_allowed)
}

/// Reads a profile and its time zone. `None`: malformed.
pub(super) fn read_profile(body: &str) -> Option<(Profile, Option<TimeZone>)> {
    let fields = Object::parse(body)?;
    let profile = fields.members().filter_map(|(name, value)| read_field(&name, value)).collect();
    Some((profile, read_time_zone(&fields)))
}

/// Reads the time zone of a profile. `None`: it has none of the time zone database.
fn read_time_zone(fields: &Object<'_>) -> Option<TimeZone> {
    let name = TIME_ZONE.iter().find_map(|field| fields.text(field))?;
    TimeZone::get(&name).ok().filter(|zone| *zone != TimeZone::unknown())
}

/// Reads a field with a status or a call. `None`: it is another field. A value that is no status removes the status.
fn read_field(name: &str, value: &RawValue) -> Option<FieldChange> {
    Some(match name {
        "m.status" => FieldChange::Status(read_status(value)),
        "org.matrix.msc4426.status" => FieldChange::UnstableStatus(read_status(value)),
        "chat.commet.profile_status" => {
            let text = serde_json::from_str::<String>(value.get()).ok();
            FieldChange::PlainStatus(text.and_then(|text| UserStatus::new("", &text)))
        }
        "m.call" => FieldChange::Call(read_call(value)),
        "org.matrix.msc4426.call" => FieldChange::UnstableCall(read_call(value)),
        _ => return None,
    })
}

/// Reads a status. Each part of a wrong type counts as empty.
fn read_status(value: &RawValue) -> Option<UserStatus> {
    let status = Object::parse(value.get())?;
    let part = |name| status.text(name).unwrap_or_default();
    UserStatus::new(&part("emoji"), &part("text"))
}

/// Reads a call. Any object is one.
fn read_call(value: &RawValue) -> Option<ProfileCall> {
    Some(ProfileCall::joined_at(Object::parse(value.get())?.number("call_joined_ts")))
}

/// Reads the changes of profiles in a `/sync` response.
pub(super) fn read_updates(users: &Object<'_>) -> Vec<ProfileUpdate> {
    let update = |(user_id, json): (String, &RawValue)| {
        let user_id = UserId::parse(user_id).ok()?;
        Some(ProfileUpdate { user_id, fields: read_changes(json) })
    };
    users.members().filter_map(update).collect()
}

/// Reads the changes of one user. `None`: the server tells no more of this user. Removed fields come as `null` or in
/// a list of their names.
fn read_changes(json: &RawValue) -> Option<Vec<FieldChange>> {
    let user = Object::parse(json.get())?;
    let updates = UPDATES.iter().find_map(|name| user.get(name));
    if updates.is_some_and(|updates| updates.get() == "null") {
        return None;
    }
    let updates = updates.and_then(|updates| Object::parse(updates.get())).unwrap_or_default();
    let mut changes: Vec<FieldChange> =
        updates.members().filter_map(|(name, value)| read_field(&name, value)).collect();
    for removed in user.array("removed") {
        let name = serde_json::from_str::<String>(removed.get()).unwrap_or_default();
        changes.extend(read_field(&name, RawValue::NULL));
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn status(body: &str) -> Option<String> {
        read_profile(body)?.0.status().map(ToString::to_string)
    }

    #[test]
    fn a_status_is_read_as_the_clients_write_it() {
        let table = [
            // Element Web and Element X.
            (r#"{"org.matrix.msc4426.status":{"text":"AFK","emoji":"🏃"}}"#, Some("🏃 AFK")),
            (
                r#"{"org.matrix.msc4426.status":{"emoji":"☕️","text":"Be right back"}}"#,
                Some("☕ Be right back"),
            ),
            // Element Web clears a status with null.
            (r#"{"org.matrix.msc4426.status":null,"displayname":"Ann"}"#, None),
            (
                r#"{"m.status":{"text":"stable","emoji":"💬"},"org.matrix.msc4426.status":{"text":"old"}}"#,
                Some("💬 stable"),
            ),
            // Sable and Commet.
            (r#"{"chat.commet.profile_status":"plain"}"#, Some("plain")),
            (r#"{"chat.commet.profile_status":{"text":"x"}}"#, None),
            (r#"{"m.status":"hi"}"#, None),
            (r#"{"m.status":7}"#, None),
            (r#"{"m.status":[1]}"#, None),
            (r#"{"m.status":{}}"#, None),
            (r#"{"m.status":{"text":7,"emoji":["🏃"]}}"#, None),
            (r#"{"m.status":{"text":"text alone"}}"#, Some("text alone")),
            (r#"{"m.status":{"text":"","emoji":"🏃"}}"#, Some("🏃")),
            (r#"{"m.status":{"text":"two","emoji":"🏃🌴"}}"#, Some("🏃 two")),
            (r#"{"m.status":{"text":"\u001b[2Jred\u0000\u202e","emoji":"\u0000"}}"#, Some("red")),
            (r#"{"m.status":{"text":"\ud800","emoji":"🏃"}}"#, Some("🏃")),
            ("[]", None),
            ("", None),
        ];
        for (body, expected) in table {
            assert_eq!(status(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_server_may_forbid_statuses() {
        let table = [
            ("{}", true),
            (r#"{"capabilities":{"m.profile_fields":{"enabled":true}}}"#, true),
            (r#"{"capabilities":{"m.profile_fields":{"enabled":false}}}"#, false),
            (r#"{"capabilities":{"m.profile_fields":{"enabled":true,"disallowed":["displayname"]}}}"#, true),
            (
                r#"{"capabilities":{"m.profile_fields":{"enabled":true,"disallowed":["org.matrix.msc4426.status"]}}}"#,
                false,
            ),
            (r#"{"capabilities":{"m.profile_fields":{"enabled":true,"allowed":["m.tz"]}}}"#, false),
            (r#"{"capabilities":{"m.profile_fields":{"allowed":["org.matrix.msc4426.status"]}}}"#, true),
        ];
        for (body, expected) in table {
            assert_eq!(read_can_set(body), Some(expected), "{body}");
        }
        assert_eq!(read_can_set("<html>"), None);
    }

    #[test]
    fn a_call_is_read_as_the_clients_write_it() {
        let call =
            |body| read_profile(body).unwrap().0.call().map(|call| call.since.map(Timestamp::as_second));
        let table = [
            (r#"{"org.matrix.msc4426.call":{"call_joined_ts":1770140640}}"#, Some(Some(1_770_140_640))),
            (r#"{"org.matrix.msc4426.call":{"call_joined_ts":1770140640123}}"#, Some(Some(1_770_140_640))),
            (r#"{"m.call":{}}"#, Some(None)),
            (r#"{"m.call":{"call_joined_ts":"now"}}"#, Some(None)),
            (r#"{"m.call":null}"#, None),
            (r#"{"m.call":true}"#, None),
            ("{}", None),
        ];
        for (body, expected) in table {
            assert_eq!(call(body), expected, "{body}");
        }
    }

    #[test]
    fn changes_come_in_the_forms_of_both_proposals() {
        let running = || UserStatus::new("🏃", "a1");
        let table = [
            (
                r#"{"@a:x":{"profile_updates":{"org.matrix.msc4426.status":{"emoji":"🏃","text":"a1"},"org.matrix.msc4426.call":null}}}"#,
                Some(vec![FieldChange::UnstableStatus(running()), FieldChange::UnstableCall(None)]),
            ),
            (r#"{"@a:x":{"profile_updates":null}}"#, None),
            (r#"{"@a:x":null}"#, None),
            (r#"{"@a:x":7}"#, None),
            (
                r#"{"@a:x":{"updated":{"m.status":{"emoji":"🏃","text":"a1"}},"removed":["m.call",7,"m.tz"]}}"#,
                Some(vec![FieldChange::Status(running()), FieldChange::Call(None)]),
            ),
            (r#"{"@a:x":{"profile_updates":{"displayname":"Ann"},"new":1}}"#, Some(vec![])),
            (r#"{"@a:x":{"profile_updates":7}}"#, Some(vec![])),
        ];
        for (json, fields) in table {
            let updates = read_updates(&Object::parse(json).unwrap());
            let user_id = UserId::parse("@a:x").unwrap();
            assert_eq!(updates, [ProfileUpdate { user_id, fields }], "{json}");
        }
        assert!(read_updates(&Object::parse(r#"{"a":{}}"#).unwrap()).is_empty());
    }
}
