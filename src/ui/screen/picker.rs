//! The picker of the own state.

use crate::model::presence::Presence;

/// An entry of the picker.
#[derive(Debug)]
pub struct Pick {
    /// The text of the entry.
    pub label: &'static str,
    /// The name of the binding with the same effect.
    pub binding: &'static str,
    /// The state that the entry sets.
    pub presence: Presence,
}

/// All entries, from top to bottom.
pub const PICKS: [Pick; 5] = [
    pick("online", "online", Presence::Online),
    pick("busy", "busy", Presence::Busy),
    pick("busy for a while", "busy-for", Presence::Busy),
    pick("unavailable", "unavailable", Presence::Unavailable),
    pick("offline", "offline", Presence::Offline),
];

const fn pick(label: &'static str, binding: &'static str, presence: Presence) -> Pick {
    Pick { label, binding, presence }
}
