//! How this homeserver treats presence: everything in which others differ from Synapse is decided here.

use std::time::Duration;

use crate::presence::{Presence, UNSTABLE_BUSY};

/// What this homeserver offers, and how often.
pub struct Rules {
    /// MSC3026: advertise and accept busy.
    pub busy: bool,
    /// One PUT and, counted apart, one `/sync` that touches presence, per user and this long (`rc_presence.per_user`).
    pub limit: Option<Duration>,
    /// Whether presence is switched on at all.
    pub presence: bool,
}

impl Rules {
    /// The state that a PUT asks for, if it is one that may be set. The stable spelling of busy is not.
    pub fn settable(&self, name: &str) -> Option<Presence> {
        match name {
            "online" | "unavailable" | "offline" => Some(Presence::from_wire(name)),
            UNSTABLE_BUSY if self.busy => Some(Presence::Busy),
            _ => None,
        }
    }
}

/// The state of a session that syncs. While the user is busy every session that syncs becomes busy too,
/// also one that never asked for it: Synapse's stand-in for telling sessions apart.
pub fn after_sync(user: &Presence, set_presence: Presence) -> Presence {
    if *user == Presence::Busy { Presence::Busy } else { set_presence }
}

/// How long a session keeps its state after its last sign of life.
pub fn kept_for(presence: &Presence) -> Duration {
    match presence {
        Presence::Busy => Duration::from_hours(1),
        _ => Duration::from_secs(30),
    }
}
