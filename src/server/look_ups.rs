//! What a session asks of its homeserver besides presence: features, software, clock and other sessions.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::{
    ErrorKind, ServerError, Session,
    auth::AccountPages,
    error::words,
    http::{Answer, Limits, Request},
    json::Object,
};
use crate::model::{
    event::OtherSession, presence::BUSY_FLAG, profile::ProfileSupport, quirks::Software, text::Clean,
};

/// The time limit for the software's name. Not all servers answer, and a connection must not wait.
const SOFTWARE: Duration = Duration::from_secs(3);
/// Where other servers ask for the software. Closed servers refuse it.
const FEDERATION_VERSION: [&str; 4] = ["_matrix", "federation", "v1", "version"];
/// The software that has a path of its own for it.
const VENDORS: [&str; 3] = ["_tuwunel", "_continuwuity", "_conduwuit"];
/// Where Synapse says its version to everybody, administrator or not.
const SYNAPSE_VERSION: [&str; 4] = ["_synapse", "admin", "v1", "server_version"];
/// The names of the software in `/versions` (MSC4383).
const SERVER: [&str; 2] = ["server", "net.zemos.msc4383.server"];
/// The first version of the specification with profile fields: 1.16.
const WITH_FIELDS: u32 = 16;
/// The features that announce profile fields (MSC4133).
const FIELDS: [&str; 2] = ["uk.tcpip.msc4133.stable", "uk.tcpip.msc4133"];
/// The features that announce changes of profiles in `/sync` (MSC4429).
const PUSHED: [&str; 2] = ["org.matrix.msc4429", "org.matrix.msc4429.stable"];

/// What a server says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// Whether it offers MSC3026's busy.
    pub busy_offered: bool,
    /// Its software. `None`: it does not name it.
    pub software: Option<Software>,
    /// What it does with profile fields.
    pub profiles: ProfileSupport,
}

impl Session {
    /// Returns the server's clock, to a second. `None`: its answers have no date.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, ServerError> {
        Ok(self.versions().await?.date)
    }

    /// Returns what the server says about itself.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn features(&self) -> Result<Features, ServerError> {
        let (features, federated) =
            tokio::join!(self.announced_features(), self.software_at(&FEDERATION_VERSION));
        let features = features?;
        let software = self.software_or_ask(features.software.or(federated)).await;
        Ok(Features { software, ..features })
    }

    /// Returns what `/versions` says. Few servers name their software there.
    pub(super) async fn announced_features(&self) -> Result<Features, ServerError> {
        let features = read_versions(&self.versions().await?.body);
        features.ok_or_else(|| self.error(ErrorKind::ProtocolError))
    }

    /// Asks for the software, which `/versions` does not name.
    pub(super) async fn software(&self) -> Option<Software> {
        self.software_or_ask(self.software_at(&FEDERATION_VERSION).await).await
    }

    /// Returns the software that was named. Otherwise asks on the paths of the software that answers there although
    /// federation is switched off.
    async fn software_or_ask(&self, named: Option<Software>) -> Option<Software> {
        if named.is_some() {
            return named;
        }
        let paths = VENDORS.map(|vendor| [vendor, "server_version"]);
        let others = join_all(paths.iter().map(|path| self.software_at(path)));
        let (synapse, others) = tokio::join!(self.software_at(&SYNAPSE_VERSION), others);
        // tuwunel answers on Synapse's path too, and does not say its name there.
        others.into_iter().flatten().next().or(synapse)
    }

    async fn software_at(&self, path: &[&str]) -> Option<Software> {
        let answer = self.send(Request::get(path, Limits::SMALL.within(SOFTWARE))).await;
        let answer = answer.inspect_err(|error| tracing::debug!(?path, %error, "no software is named"));
        read_software(&answer.ok()?.body)
    }

    async fn versions(&self) -> Result<Answer, ServerError> {
        self.send(Request::get(&["_matrix", "client", "versions"], Limits::SMALL)).await
    }

    /// Looks up the account's other sessions.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server does not answer or refuses.
    pub async fn other_sessions(&self) -> Result<Vec<OtherSession>, ServerError> {
        let request = Request::get(&["_matrix", "client", "v3", "devices"], Limits::SMALL);
        let body = self.send(request).await?.body;
        // As it is now: a sign-in elsewhere may have replaced the session.
        let others = read_devices(&body, self.saved().device_id.as_str());
        let mut others = others.ok_or_else(|| self.error(ErrorKind::ProtocolError))?;
        if !others.is_empty() {
            let find = async || AccountPages::find(self.client.client().await?).await;
            match self.account_pages.get_or_try_init(find).await {
                Ok(pages) => {
                    for (device_id, session) in &mut others {
                        session.account_page = pages.to_end(device_id);
                    }
                }
                Err(error) => tracing::info!(%error, "no account page"),
            }
        }
        Ok(others.into_iter().map(|(_, session)| session).collect())
    }
}

/// Reads `/versions`. `None`: malformed.
pub(super) fn read_versions(body: &str) -> Option<Features> {
    let versions = Object::parse(body)?;
    let features = versions.object("unstable_features");
    let has = |names: &[&str]| names.iter().any(|name| features.truth(name) == Some(true));
    let specified = versions.array("versions").into_iter().any(|version| has_fields(version.get()));
    Some(Features {
        busy_offered: has(&[BUSY_FLAG]),
        software: SERVER.iter().find_map(|name| software_of(&versions.object(name))),
        profiles: ProfileSupport { fields: specified || has(&FIELDS), pushed: has(&PUSHED) },
    })
}

/// Returns whether a version of the specification, such as `"v1.16"`, has profile fields.
fn has_fields(version: &str) -> bool {
    let minor = version.trim_matches('"').strip_prefix("v1.").and_then(|minor| minor.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= WITH_FIELDS)
}

/// Reads the server's software. `None`: malformed.
pub(super) fn read_software(body: &str) -> Option<Software> {
    let named = Object::parse(body)?;
    software_of(&named.object("server")).or_else(|| software_of(&named)).or_else(|| synapse_of(&named))
}

fn software_of(named: &Object<'_>) -> Option<Software> {
    let version = named.text("version").unwrap_or_default();
    Some(Software { name: words(&named.text("name")?), version: words(&version) })
}

fn synapse_of(named: &Object<'_>) -> Option<Software> {
    // The version is followed by the branch of a checkout.
    let version = named.text("server_version")?;
    let version = version.split(' ').next().unwrap_or_default();
    Some(Software { name: "Synapse".into(), version: words(version) })
}

/// Reads the devices of the account and their IDs, without our own. Leaves out malformed ones. `None`: there is no list.
pub(super) fn read_devices(body: &str, own: &str) -> Option<Vec<(String, OtherSession)>> {
    let read = |json: &str| {
        let device = Object::parse(json)?;
        let device_id = device.text("device_id").filter(|id| id != own)?;
        let last_seen = device.number("last_seen_ts");
        let name = device.text("display_name").and_then(|name| Clean::name(&name));
        let session = OtherSession {
            name: name.unwrap_or_else(|| (&*device_id).into()),
            last_seen: last_seen.and_then(|at| Timestamp::from_millisecond(at).ok()),
            account_page: None,
        };
        Some((device_id, session))
    };
    let devices = Object::parse(body)?.elements("devices")?;
    Some(devices.into_iter().filter_map(|device| read(device.get())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_software_is_named_in_versions_under_both_names() {
        for name in SERVER {
            let body = format!(r#"{{"versions":["v1.19"],"{name}":{{"name":"tuwunel","version":"1.9.0"}}}}"#);
            let software = read_versions(&body).unwrap().software.unwrap();
            assert_eq!((&*software.name, &*software.version), ("tuwunel", "1.9.0"));
        }
    }

    #[test]
    fn profile_fields_are_announced_by_a_version_or_by_a_feature() {
        let table = [
            (
                r#"{"versions":["v1.15"],"unstable_features":{"uk.tcpip.msc4133":false,"uk.tcpip.msc4133.stable":true,"org.matrix.msc4429":true}}"#,
                (true, true),
            ),
            (
                r#"{"versions":["v1.15"],"unstable_features":{"uk.tcpip.msc4133.stable":true,"org.matrix.msc4429":false}}"#,
                (true, false),
            ),
            (r#"{"versions":["r0.6.1","v1.1","v1.16"]}"#, (true, false)),
            (r#"{"versions":["v1.2","v1",7,"v2.0"]}"#, (false, false)),
            ("{}", (false, false)),
        ];
        for (body, (fields, pushed)) in table {
            assert_eq!(read_versions(body).unwrap().profiles, ProfileSupport { fields, pushed }, "{body}");
        }
    }
}
