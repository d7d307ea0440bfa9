//! How homeservers differ in what they take for busy, and in what a `/sync` does to presence.
//!
//! | kind of server | busy is spelled | `set_presence` of a `/sync` | a change wakes a long poll |
//! |---|---|---|---|
//! | Synapse | with the prefix | leaves busy alone, and makes other sessions busy too | yes |
//! | tuwunel 1.5 and later | `busy`; the other shows as offline | replaces this session's state | no, and waits 5 s at least |
//! | conduwuit, tuwunel before 1.5 | either | replaces the user's state | no, and waits 5 s at least |
//! | continuwuity 26 | flag not offered | replaces the user's state, but for `offline` | no |
//! | palpo | either | replaces the user's state, and then removes the message | no |
//! | Dendrite | flag not offered | replaces the user's state | yes |
//!
//! All of this was measured, but for Dendrite, whose source says so.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::presence::BusyName;

/// How long a server that wakes long polls may hold one that has no news.
pub const LONG_POLL: Duration = Duration::from_secs(30);
/// How long a poll may last that a change does not wake: half a second less than a change may be late.
pub const SHORT_POLL: Duration = Duration::from_millis(1_500);

/// What a server calls itself: the answer to `GET /_matrix/federation/v1/version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// Its name.
    pub name: String,
    /// Its version, which may be any text.
    pub version: String,
}

/// Servers that treat presence alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// Synapse.
    Synapse,
    /// tuwunel from 1.5 on.
    Tuwunel,
    /// conduwuit, and what came from it before it changed its ways.
    Conduwuit,
    /// continuwuity from 26 on.
    Continuwuity,
    /// palpo.
    Palpo,
    /// Dendrite.
    Dendrite,
    /// One that does not say what it is, or that nobody has measured; taken for Synapse until it shows otherwise.
    #[default]
    Unknown,
}

impl ServerKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Synapse,
        Self::Tuwunel,
        Self::Conduwuit,
        Self::Continuwuity,
        Self::Palpo,
        Self::Dendrite,
        Self::Unknown,
    ];

    /// The kind of server of a server that says what it is.
    #[must_use]
    pub fn of(software: &Software) -> Self {
        let numbers: Vec<u32> = software
            .version
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map_while(|part| part.parse().ok())
            .collect();
        match software.name.to_lowercase().as_str() {
            "synapse" => Self::Synapse,
            "tuwunel" if numbers.as_slice() >= [1, 5].as_slice() => Self::Tuwunel,
            "continuwuity" if numbers.as_slice() >= [26].as_slice() => Self::Continuwuity,
            "tuwunel" | "continuwuity" | "conduwuit" | "conduit" => Self::Conduwuit,
            "palpo" => Self::Palpo,
            "dendrite" => Self::Dendrite,
            _ => Self::Unknown,
        }
    }

    /// How long one `/sync` may wait for news.
    #[must_use]
    pub fn poll(self) -> Duration {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => LONG_POLL,
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => SHORT_POLL,
        }
    }

    /// Whether every session that syncs while the user is busy becomes busy too, and holds busy from then on.
    #[must_use]
    pub fn spreads_busy(self) -> bool {
        matches!(self, Self::Synapse | Self::Unknown)
    }

    /// Whether a `/sync` tells of the own presence when it changes.
    #[must_use]
    pub fn echoes(self) -> bool {
        self != Self::Palpo
    }

    /// Whether a `/sync` that changes the state removes the message.
    #[must_use]
    pub fn forgets_message(self) -> bool {
        self == Self::Palpo
    }

    /// How long after the last sign of life others go on seeing busy; `None` for ever.
    #[must_use]
    pub fn busy_lasts(self) -> Option<Duration> {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => Some(Duration::from_hours(1)),
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => None,
        }
    }

    /// How long after it others go on seeing online or unavailable, by the servers' own settings.
    #[must_use]
    pub fn lasts(self) -> Duration {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => Duration::from_secs(30),
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => Duration::from_mins(5),
        }
    }

    /// Whether `offline` in a `/sync` changes what others see. On tuwunel it is this session's state alone, which
    /// never outranks another's.
    #[must_use]
    pub fn obeys_offline(self) -> bool {
        matches!(self, Self::Conduwuit | Self::Palpo | Self::Dendrite)
    }
}

/// What is known of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerQuirks {
    /// What it says that it is.
    pub software: Option<Software>,
    /// How it wants busy spelled.
    #[serde(alias = "busy_as")]
    pub busy_name: BusyName,
    /// Whether each `/sync` replaces the state, so that each must repeat busy.
    pub repeats: bool,
}

impl ServerQuirks {
    /// What is known by the name alone.
    #[must_use]
    pub fn of(software: Option<Software>) -> Self {
        let mut quirks = Self { software, ..Self::default() };
        let server_kind = quirks.server_kind();
        if server_kind == ServerKind::Tuwunel {
            quirks.busy_name = BusyName::Stable;
        }
        quirks.repeats = matches!(
            server_kind,
            ServerKind::Tuwunel | ServerKind::Conduwuit | ServerKind::Continuwuity | ServerKind::Palpo
        );
        quirks
    }

    /// The server's kind of server.
    #[must_use]
    pub fn server_kind(&self) -> ServerKind {
        self.software.as_ref().map_or(ServerKind::Unknown, ServerKind::of)
    }

    /// Whether its ways were measured, so that nothing is left to try.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.server_kind() != ServerKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_told_by_name_and_version() {
        let table = [
            ("Synapse", "1.163.2", ServerKind::Synapse),
            ("Tuwunel", "1.4.6", ServerKind::Conduwuit),
            ("tuwunel", "1.5.0-rc1", ServerKind::Tuwunel),
            ("tuwunel", "v1.10.0 (abc)", ServerKind::Tuwunel),
            ("tuwunel", "2.0", ServerKind::Tuwunel),
            ("tuwunel", "", ServerKind::Conduwuit),
            ("conduwuit", "0.5.0", ServerKind::Conduwuit),
            ("continuwuity", "0.5.11", ServerKind::Conduwuit),
            ("continuwuity", "26.7.3", ServerKind::Continuwuity),
            ("Palpo", "0.4.0", ServerKind::Palpo),
            ("Dendrite", "0.15.0+abc", ServerKind::Dendrite),
            ("something", "1", ServerKind::Unknown),
        ];
        for (name, version, server_kind) in table {
            let software = Software { name: name.into(), version: version.into() };
            assert_eq!(ServerKind::of(&software), server_kind, "{name} {version}");
        }
    }
}
