//! One user's presence: the state, its message and the last activity.

use std::time::Duration;

use serde::Serialize;

/// How long after the last activity a user counts as active (`last_active_granularity`).
const ACTIVE: Duration = Duration::from_mins(1);

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
}

/// The state of a user who never set one.
impl Default for State {
    fn default() -> Self {
        Self { presence: Presence::Offline, status_msg: None, last_active: None, active: true }
    }
}

/// The content of an `m.presence` event, which is also the body of `GET /presence/{userId}/status`.
#[derive(Serialize)]
pub struct Content<'a> {
    pub presence: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_msg: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currently_active: Option<bool>,
}

impl State {
    pub fn content(&self, now: Duration) -> Content<'_> {
        Content {
            presence: self.presence.wire(),
            last_active_ago: self
                .last_active
                .map(|at| u64::try_from(now.saturating_sub(at).as_millis()).unwrap_or(u64::MAX)),
            status_msg: self.status_msg.as_deref().filter(|it| !it.is_empty()),
            currently_active: self.currently_active(now),
        }
    }

    /// Whether both are delivered in the same words, ages aside.
    pub fn looks_like(&self, other: &Self, now: Duration) -> bool {
        let (one, other) = (self.content(now), other.content(now));
        (one.presence, one.status_msg, one.currently_active)
            == (other.presence, other.status_msg, other.currently_active)
    }

    /// Synapse sends it for online users only, never for busy ones.
    fn currently_active(&self, now: Duration) -> Option<bool> {
        let recently = || self.last_active.is_some_and(|at| now.saturating_sub(at) < ACTIVE);
        (self.presence == Presence::Online).then(|| self.active && recently())
    }
}
