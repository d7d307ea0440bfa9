//! One user's presence as this homeserver keeps it, and as it tells it.

use std::time::Duration;

use serde::Serialize;

use crate::model::presence::{BusyName as Spelling, Presence};

/// How long after the last activity a user counts as active (`last_active_granularity`).
const ACTIVE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
pub struct State {
    pub presence: Presence,
    /// The word that is told for busy.
    pub busy_as: Spelling,
    pub status_msg: Option<Box<str>>,
    /// Unix time of the last activity.
    pub last_active: Option<Duration>,
    /// Whether activity may be told as `currently_active`.
    pub active: bool,
}

/// Somebody of whom nothing was ever heard.
impl Default for State {
    fn default() -> Self {
        Self {
            presence: Presence::Offline,
            busy_as: Spelling::default(),
            status_msg: None,
            last_active: None,
            active: true,
        }
    }
}

/// The content of an `m.presence` event, which is also the answer to a GET.
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
            presence: self.presence.to_wire(self.busy_as),
            last_active_ago: self
                .last_active
                .map(|at| u64::try_from(now.saturating_sub(at).as_millis()).unwrap_or(u64::MAX)),
            status_msg: self.status_msg.as_deref().filter(|it| !it.is_empty()),
            currently_active: self.currently_active(now),
        }
    }

    /// Whether both are told in the same words, ages aside.
    pub fn looks_like(&self, other: &Self, now: Duration) -> bool {
        let (one, other) = (self.content(now), other.content(now));
        (one.presence, one.status_msg, one.currently_active)
            == (other.presence, other.status_msg, other.currently_active)
    }

    /// Told of online users only, never of busy ones.
    fn currently_active(&self, now: Duration) -> Option<bool> {
        let recently = || self.last_active.is_some_and(|at| now.saturating_sub(at) < ACTIVE);
        (self.presence == Presence::Online).then(|| self.active && recently())
    }
}
