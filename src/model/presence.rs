//! Presence states, and their names on the wire.

use std::{convert::Infallible, fmt, str::FromStr};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::model::text::Clean;

mod change;
mod status;

pub use change::Change;
pub use status::{PresenceEvent, Status, Visibility};

/// The name of busy on the wire until MSC3026 is merged ("Unstable prefix").
pub const UNSTABLE_BUSY: &str = "org.matrix.msc3026.busy";

/// The name of busy on the wire once MSC3026 is stable. Some servers use it already.
pub(crate) const STABLE_BUSY: &str = "busy";

/// The `unstable_features` key in `/versions` that must be `true` before a client sets busy (MSC3026).
pub const BUSY_FLAG: &str = "org.matrix.msc3026.busy_presence";

/// The names of states in MSC4532, until it is merged.
const ACTIVE: [&str; 2] = ["active", "org.continuwuity.presence_v2.msc4532.active"];
const IDLE: [&str; 2] = ["idle", "org.continuwuity.presence_v2.msc4532.idle"];
const MSC4532_BUSY: &str = "org.continuwuity.presence_v2.msc4532.busy";

/// The most columns of the word of an unknown state.
const LONGEST: usize = 24;

/// A user's presence state. The order is that of the screen: free people first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Online and active.
    Online,
    /// Online and active, but not free (MSC3026).
    Busy,
    /// Online but idle; often called "away".
    Unavailable,
    /// A state that this program does not know, as the server spelled it. Neither online nor offline.
    Other(Clean),
    /// Not connected.
    Offline,
}

impl Presence {
    /// Parses a state from the wire. Accepts both names of busy from any server, because federation delivers them
    /// through servers without MSC3026. Accepts the names of MSC4532 too.
    #[must_use]
    pub fn from_wire(name: &str) -> Self {
        let known = |name: &str| match name {
            "online" => Some(Self::Online),
            UNSTABLE_BUSY | STABLE_BUSY | MSC4532_BUSY => Some(Self::Busy),
            "unavailable" => Some(Self::Unavailable),
            "offline" => Some(Self::Offline),
            name if ACTIVE.contains(&name) => Some(Self::Online),
            name if IDLE.contains(&name) => Some(Self::Unavailable),
            _ => None,
        };
        known(name).unwrap_or_else(|| match Clean::short(name, LONGEST) {
            // It would look like another state, or like none.
            word if known(&word).is_some() || (word.is_empty() && !name.is_empty()) => {
                Self::Other("unknown".into())
            }
            word => Self::Other(word),
        })
    }

    /// Returns the name of a state on the wire, with the server's name of busy.
    #[must_use]
    pub fn to_wire(&self, busy_name: BusyName) -> &str {
        match (self, busy_name) {
            (Self::Busy, BusyName::Unstable) => UNSTABLE_BUSY,
            (Self::Busy, BusyName::Stable) => STABLE_BUSY,
            (state, _) => state.label(),
        }
    }

    /// Returns the name on screen: the specification's, or an unknown state as the server spelled it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Other(name) => name,
            Self::Offline => "offline",
        }
    }

    /// Replaces busy on servers that do not offer it with the closest state, as MSC3026 defines it.
    #[must_use]
    pub fn or_fallback(self, busy_offered: bool) -> Self {
        match self {
            Self::Busy if !busy_offered => Self::Unavailable,
            state => state,
        }
    }

    /// Returns the rank of a state on servers that combine sessions: busy > online > unavailable > offline.
    #[must_use]
    pub(crate) fn precedence(&self) -> u8 {
        match self {
            Self::Busy => 3,
            Self::Online => 2,
            Self::Unavailable => 1,
            Self::Other(_) | Self::Offline => 0,
        }
    }
}

/// The four states that a person sets or filters by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum State {
    #[value(alias = "free")]
    Online,
    Busy,
    #[value(alias = "away")]
    #[serde(alias = "away")]
    Unavailable,
    Offline,
}

impl From<State> for Presence {
    fn from(state: State) -> Self {
        match state {
            State::Online => Self::Online,
            State::Busy => Self::Busy,
            State::Unavailable => Self::Unavailable,
            State::Offline => Self::Offline,
        }
    }
}

/// The name of busy that a server accepts. All servers may send either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BusyName {
    /// With MSC3026's prefix.
    #[default]
    Unstable,
    /// Without the prefix.
    Stable,
}

/// Files contain the label.
impl Serialize for Presence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::from_wire(&name))
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// Parses a state as people type it. Accepts `away` for unavailable.
impl FromStr for Presence {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "away" => Self::Unavailable,
            name => Self::from_wire(name),
        })
    }
}
