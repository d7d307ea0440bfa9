//! Differences between homeservers: the name of busy, and what a `/sync` does to presence.
//!
//! | kind of server | name of busy | `set_presence` of a `/sync` | a change wakes a long poll |
//! |---|---|---|---|
//! | Synapse | with the prefix | leaves busy alone, and makes other sessions busy too | yes |
//! | tuwunel 1.5 and later | `busy`; the other shows as offline | replaces this session's state | no, and waits 5 s at least |
//! | conduwuit, tuwunel before 1.5 | either | replaces the user's state | no, and waits 5 s at least |
//! | continuwuity 26 | flag not offered | replaces the user's state, but for `offline` | no |
//! | palpo | either | replaces the user's state, and then removes the message | no |
//! | Dendrite | flag not offered | replaces the user's state | yes |
//!
//! All rows were measured, except for Dendrite, whose source says so.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::model::{
    presence::{BusyName, Presence},
    text::Clean,
};

/// How long a poll lasts on servers where a change ends it.
pub(crate) const LONG_POLL: Duration = Duration::from_secs(30);
/// How long a poll lasts elsewhere. Leaves 0.5 s of the 2 s latency budget for the request.
pub(crate) const SHORT_POLL: Duration = Duration::from_millis(1_500);

/// A server's software, from `GET /_matrix/federation/v1/version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// The name.
    pub name: Clean,
    /// The version, which may be any text.
    pub version: Clean,
}

impl Software {
    /// Returns the numbers of the version, most significant first.
    fn numbers(&self) -> Vec<u32> {
        let parts = self.version.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        parts.map_while(|part| part.parse().ok()).collect()
    }

    /// Returns whether it keeps the old message when it is told to clear it, as tuwunel 1.5 does.
    #[must_use]
    pub(crate) fn cannot_clear_message(&self) -> bool {
        let numbers = self.numbers();
        let old = numbers.as_slice() >= [1, 5].as_slice() && numbers.as_slice() < [1, 6, 1].as_slice();
        old && self.name.eq_ignore_ascii_case("tuwunel")
    }
}

/// Servers with the same presence behavior.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// Synapse.
    Synapse,
    /// tuwunel 1.5 and later.
    Tuwunel,
    /// conduwuit, and its forks before they changed this behavior.
    Conduwuit,
    /// continuwuity 26 and later.
    Continuwuity,
    /// palpo.
    Palpo,
    /// Dendrite.
    Dendrite,
    /// A server that does not name its software, or that was never measured. Treated as Synapse until it behaves
    /// differently.
    #[default]
    Unknown,
}

impl ServerKind {
    /// Returns what an administrator writes to switch presence on, if that is known.
    #[must_use]
    pub(crate) fn presence_setting(self) -> Option<&'static str> {
        match self {
            Self::Synapse => Some("presence: {enabled: true} in homeserver.yaml"),
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity => {
                Some("allow_local_presence = true in [global] of its configuration")
            }
            Self::Dendrite => {
                Some("global: {presence: {enable_inbound: true, enable_outbound: true}} in dendrite.yaml")
            }
            Self::Palpo | Self::Unknown => None,
        }
    }

    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Synapse,
        Self::Tuwunel,
        Self::Conduwuit,
        Self::Continuwuity,
        Self::Palpo,
        Self::Dendrite,
        Self::Unknown,
    ];

    /// Returns the kind of a server that may not name its software.
    #[must_use]
    pub(crate) fn if_known(software: Option<&Software>) -> Self {
        software.map(Self::of).unwrap_or_default()
    }

    /// Returns the kind of a server's software.
    #[must_use]
    pub fn of(software: &Software) -> Self {
        let numbers = software.numbers();
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

    /// Returns how long one `/sync` waits for news.
    #[must_use]
    pub fn poll(self) -> Duration {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => LONG_POLL,
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => SHORT_POLL,
        }
    }

    /// Returns whether every session that syncs while the user is busy becomes busy too, and holds busy.
    #[must_use]
    pub(crate) fn spreads_busy(self) -> bool {
        matches!(self, Self::Synapse | Self::Unknown)
    }

    /// Returns whether each session has a state of its own, which each of its `/sync`s sets. The strongest is the
    /// user's.
    #[must_use]
    pub(crate) fn ranks_sessions(self) -> bool {
        self == Self::Tuwunel
    }

    /// Returns whether each session has its own message. Others see that of the session that was active last.
    #[must_use]
    pub fn keeps_messages_apart(self) -> bool {
        self == Self::Tuwunel
    }

    /// Returns whether the `/sync` of any session replaces the user's state.
    #[must_use]
    pub(crate) fn last_sync_wins(self) -> bool {
        matches!(self, Self::Conduwuit | Self::Continuwuity | Self::Palpo | Self::Dendrite)
    }

    /// Returns whether a `/sync` that begins together with a PUT may write the earlier message back.
    #[must_use]
    pub(crate) fn may_restore_message(self) -> bool {
        matches!(self, Self::Conduwuit | Self::Continuwuity)
    }

    /// Returns how long after its last request a closed session counts with a state, by the server's default settings.
    /// `None`: it does not count by itself.
    #[must_use]
    pub(crate) fn closed_session_counts(self, presence: &Presence) -> Option<SignedDuration> {
        match (self, presence) {
            (Self::Synapse | Self::Unknown, Presence::Busy) => Some(SignedDuration::from_hours(1)),
            (Self::Tuwunel, Presence::Online | Presence::Busy) => Some(SignedDuration::from_mins(5)),
            (Self::Tuwunel, Presence::Unavailable) => Some(SignedDuration::from_mins(30)),
            _ => None,
        }
    }

    /// Returns whether a `/sync` echoes changes of the own presence.
    #[must_use]
    pub fn echoes(self) -> bool {
        self != Self::Palpo
    }

    /// Returns whether a `/sync` that changes the state removes the message.
    #[must_use]
    pub(crate) fn forgets_message(self) -> bool {
        self == Self::Palpo
    }

    /// Returns whether a write to the profile is activity, which sets its session online.
    #[must_use]
    pub fn is_online_after_profile_write(self) -> bool {
        matches!(self, Self::Tuwunel | Self::Conduwuit)
    }

    /// Returns how long after our last request others see busy. `None`: forever.
    #[must_use]
    pub(crate) fn busy_lasts(self) -> Option<Duration> {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => Some(Duration::from_hours(1)),
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => None,
        }
    }

    /// Words what ends a busy that lasts forever by itself.
    #[must_use]
    pub(crate) fn busy_ends(self) -> &'static str {
        if self.ranks_sessions() {
            "until you set another state; if another session of yours is active, for 5 min"
        } else {
            "until you set another state, or a client of yours syncs"
        }
    }

    /// Returns how long after our last request others see online or unavailable, by the server's default settings.
    #[must_use]
    pub fn lasts(self) -> Duration {
        match self {
            Self::Synapse | Self::Dendrite | Self::Unknown => Duration::from_secs(30),
            Self::Tuwunel | Self::Conduwuit | Self::Continuwuity | Self::Palpo => Duration::from_mins(5),
        }
    }

    /// Returns whether `offline` in a `/sync` changes what others see. On tuwunel it only sets this session's state,
    /// which never outranks another session's.
    #[must_use]
    pub(crate) fn obeys_offline(self) -> bool {
        matches!(self, Self::Conduwuit | Self::Palpo | Self::Dendrite)
    }
}

/// What is known about one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerQuirks {
    /// The server's software, if it names it.
    pub software: Option<Software>,
    /// The server's name of busy.
    #[serde(alias = "busy_as")]
    pub busy_name: BusyName,
    /// Whether each `/sync` replaces the state, so each must repeat busy.
    pub repeats: bool,
}

impl ServerQuirks {
    /// Returns what follows from the software alone.
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

    /// Returns the kind of the server.
    #[must_use]
    pub(crate) fn server_kind(&self) -> ServerKind {
        ServerKind::if_known(self.software.as_ref())
    }

    /// Returns whether the server keeps the old message when it is told to clear it.
    #[must_use]
    pub(crate) fn cannot_clear_message(&self) -> bool {
        self.software.as_ref().is_some_and(Software::cannot_clear_message)
    }

    /// Returns whether this kind of server was measured, so nothing is left to try.
    #[must_use]
    pub(crate) fn is_measured(&self) -> bool {
        self.server_kind() != ServerKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tuwunel_1_5_cannot_clear_a_message() {
        let table = [
            ("tuwunel", "1.4.6", false),
            ("tuwunel", "1.5.0", true),
            ("Tuwunel", "v1.6.0 (abc)", true),
            ("tuwunel", "1.6.1", false),
            ("tuwunel", "1.10", false),
            ("continuwuity", "1.5.0", false),
        ];
        for (name, version, expected) in table {
            let software = Software { name: name.into(), version: version.into() };
            assert_eq!(software.cannot_clear_message(), expected, "{name} {version}");
        }
    }

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
