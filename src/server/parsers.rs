//! The parsers of all that a homeserver sends, by name, for fuzzing.

use std::fmt::Display;

use super::{
    ErrorKind, ServerError,
    auth::parsers,
    discovery::read_well_known,
    http::Limits,
    look_ups::{read_devices, read_software, read_versions},
    presence::read_status,
    profile::{read_can_set, read_profile},
    sync::{SyncResponse, read_members, read_rooms},
};
use crate::model::{profile::Profile, quirks::Software};

/// A parser of one kind of answer. It returns the texts in it that people see.
pub type Parser = fn(&str) -> Vec<String>;

/// All parsers but that of `/sync`, which is [`SyncResponse`].
pub const PARSERS: [(&str, Parser); 19] = [
    ("well_known", well_known),
    ("joined_rooms", joined_rooms),
    ("members", members),
    ("presence", presence),
    ("devices", devices),
    ("versions", versions),
    ("software", software),
    ("profile", profile),
    ("profiles", profiles),
    ("capabilities", capabilities),
    ("error", error),
    ("login_flows", parsers::login_flows),
    ("login", parsers::login),
    ("registration", parsers::registration),
    ("oauth_metadata", parsers::metadata),
    ("device_code", parsers::device_code),
    ("oauth_error", parsers::error),
    ("tokens", parsers::tokens),
    ("redirect", parsers::redirect),
];

/// The statuses that an error may have.
const STATUSES: [u16; 8] = [301, 400, 401, 403, 404, 418, 429, 502];

fn texts<T: Display>(shown: impl IntoIterator<Item = T>) -> Vec<String> {
    shown.into_iter().map(|text| text.to_string()).collect()
}

fn well_known(body: &str) -> Vec<String> {
    texts(read_well_known(body))
}

fn joined_rooms(body: &str) -> Vec<String> {
    // Their IDs are shown to nobody.
    let _ = read_rooms(body);
    Vec::new()
}

fn members(body: &str) -> Vec<String> {
    let members = read_members(body).unwrap_or_default();
    texts(members.into_iter().filter_map(|member| member.displayname))
}

fn presence(body: &str) -> Vec<String> {
    texts(read_status(body).map(|status| status.presence))
}

fn devices(body: &str) -> Vec<String> {
    texts(read_devices(body, "ME").into_iter().flatten().map(|(_, session)| session.name))
}

fn versions(body: &str) -> Vec<String> {
    named(read_versions(body).and_then(|features| features.software))
}

fn software(body: &str) -> Vec<String> {
    named(read_software(body))
}

fn named(software: Option<Software>) -> Vec<String> {
    software.map(|it| texts([it.name, it.version])).unwrap_or_default()
}

fn profile(body: &str) -> Vec<String> {
    let Some((profile, zone)) = read_profile(body) else { return Vec::new() };
    let zone = zone.and_then(|zone| zone.iana_name().map(ToOwned::to_owned));
    texts(profile.status().map(ToString::to_string).into_iter().chain(zone))
}

fn profiles(body: &str) -> Vec<String> {
    let updates = SyncResponse::parse_profiles(body).unwrap_or_default();
    let profiles = updates.into_iter().filter_map(|it| it.fields).map(Profile::from_iter);
    texts(profiles.filter_map(|profile| profile.status().map(ToString::to_string)))
}

fn capabilities(body: &str) -> Vec<String> {
    texts(read_can_set(body))
}

fn error(body: &str) -> Vec<String> {
    let of = |status| ErrorKind::of_answer(status, body, Some(body), Limits::SMALL);
    let kinds = STATUSES.map(of).into_iter().chain([ErrorKind::redirected(body)]);
    texts(kinds.map(|kind| ServerError::new(body, kind)))
}
