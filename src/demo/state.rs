//! One user's presence: the state, its message and the last activity.

use std::time::Duration;

/// A presence state. The two spellings of busy are two states, because servers rank and refuse them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    Online,
    /// `busy`, the stable name of MSC3026.
    Busy,
    /// `org.matrix.msc3026.busy`, its name while it is unmerged.
    UnstableBusy,
    Unavailable,
    Offline,
    Other(Box<str>),
}

impl Presence {
    /// Reads a state by its exact name.
    pub fn from_wire(name: &str) -> Self {
        match name {
            "online" => Self::Online,
            "busy" => Self::Busy,
            "org.matrix.msc3026.busy" => Self::UnstableBusy,
            "unavailable" => Self::Unavailable,
            "offline" => Self::Offline,
            other => Self::Other(other.into()),
        }
    }

    pub fn wire(&self) -> &str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::UnstableBusy => "org.matrix.msc3026.busy",
            Self::Unavailable => "unavailable",
            Self::Offline => "offline",
            Self::Other(name) => name,
        }
    }

    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy | Self::UnstableBusy)
    }
}

#[derive(Clone, Debug)]
pub struct State {
    pub presence: Presence,
    pub status_msg: Option<Box<str>>,
    /// Unix time of the last activity.
    pub last_active: Option<Duration>,
    /// Whether recent activity is delivered as `currently_active`.
    pub active: bool,
    /// Whether a `/sync` set it last, and not a PUT.
    pub pinged: bool,
    /// Whether it was ever set.
    pub set: bool,
}

/// The state of a user who never set one.
impl Default for State {
    fn default() -> Self {
        Self {
            presence: Presence::Offline,
            status_msg: None,
            last_active: None,
            active: true,
            pinged: true,
            set: false,
        }
    }
}
