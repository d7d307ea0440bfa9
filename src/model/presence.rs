//! What a user's presence can be, and how it is spelled on the wire.

use std::{convert::Infallible, fmt, str::FromStr};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

mod change;
mod status;

pub use change::Change;
pub use status::{PresenceEvent, Status};

/// The state's name on the wire while MSC3026 is unmerged ("Unstable prefix").
pub const UNSTABLE_BUSY: &str = "org.matrix.msc3026.busy";

/// The state's name on the wire once MSC3026 is stable, and already on some servers.
pub const STABLE_BUSY: &str = "busy";

/// The key of `unstable_features` in `/versions` that must be `true` before a client sets busy (MSC3026).
pub const BUSY_FLAG: &str = "org.matrix.msc3026.busy_presence";

/// A user's presence state, in the order in which the screen lists people: who is free comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Online and active.
    Online,
    /// Online and active, but not free (MSC3026).
    Busy,
    /// Online but idle; often called "away".
    Unavailable,
    /// A state that this program does not know, as the server spelled it: neither online nor offline.
    Other(Box<str>),
    /// Not connected.
    Offline,
}

impl Presence {
    /// Reads a state as servers spell it. Both names of busy are busy wherever they come from,
    /// because federation delivers them through servers that do not implement MSC3026.
    #[must_use]
    pub fn from_wire(name: &str) -> Self {
        match name {
            "online" => Self::Online,
            UNSTABLE_BUSY | STABLE_BUSY => Self::Busy,
            "unavailable" => Self::Unavailable,
            "offline" => Self::Offline,
            other => Self::Other(other.into()),
        }
    }

    /// Spells a state for a server that spells busy in that way.
    #[must_use]
    pub fn to_wire(&self, busy_name: BusyName) -> &str {
        match (self, busy_name) {
            (Self::Busy, BusyName::Unstable) => UNSTABLE_BUSY,
            (Self::Busy, BusyName::Stable) => STABLE_BUSY,
            (state, _) => state.label(),
        }
    }

    /// The word for people: the spec's own, and the raw word for states that are not known.
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

    /// What can be asked of a server: busy only where MSC3026 is offered, else the state that the
    /// MSC names as closest to it.
    #[must_use]
    pub fn or_fallback(self, busy_offered: bool) -> Self {
        match self {
            Self::Busy if !busy_offered => Self::Unavailable,
            state => state,
        }
    }

    /// Which of two sessions' states wins on a server that combines them: busy > online > unavailable > offline.
    #[must_use]
    pub fn precedence(&self) -> u8 {
        match self {
            Self::Busy => 3,
            Self::Online => 2,
            Self::Unavailable => 1,
            Self::Other(_) | Self::Offline => 0,
        }
    }
}

/// The four states that a person sets or looks for.
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

/// How a server wants busy spelled; what it reads as busy is another matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BusyName {
    /// With MSC3026's prefix, as the MSC has it until it is merged.
    #[default]
    Unstable,
    /// Without.
    Stable,
}

/// In files a state is its label.
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

/// Reads a state as people type it: `away` is unavailable.
impl FromStr for Presence {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "away" => Self::Unavailable,
            name => Self::from_wire(name),
        })
    }
}
