//! The state and message that a session has set last, on servers where each session has its own.
//!
//! On tuwunel 1.5 and later, each `/sync` sets the state of its session. A front end that only watches repeats the
//! state that the session has already, so that nothing changes for others.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{presence::Presence, quirks::ServerKind};

/// The state and message that a session has set last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPresence {
    /// The session.
    pub device_id: String,
    /// The state.
    pub presence: Presence,
    /// The message.
    #[serde(default)]
    pub status_msg: String,
    /// When it was set.
    pub at: Timestamp,
}

impl SessionPresence {
    /// Returns the state that the session has now, as far as others may see it. It ages like that of a session that
    /// is closed. Repeating another session's state would spread it.
    #[must_use]
    pub fn now(&self, seen: &Presence, now: Timestamp) -> Presence {
        let age = now.duration_since(self.at);
        let counts = |presence| {
            let lasts = ServerKind::Tuwunel.closed_session_counts(presence);
            lasts.is_some_and(|lasts| age < lasts)
        };
        let faded = match &self.presence {
            presence if counts(presence) => presence,
            Presence::Online | Presence::Busy if counts(&Presence::Unavailable) => &Presence::Unavailable,
            _ => &Presence::Offline,
        };
        match seen {
            // The server lets a state fade only while some session is active.
            seen if *seen == self.presence => seen.clone(),
            Presence::Unavailable if self.presence.precedence() > seen.precedence() => seen.clone(),
            seen if seen.precedence() >= faded.precedence() => faded.clone(),
            _ => Presence::Offline,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_session_repeats_its_own_state_and_no_other() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let table = [
            (Presence::Busy, 0, Presence::Busy, Presence::Busy),
            (Presence::Busy, 600, Presence::Busy, Presence::Busy),
            (Presence::Online, 0, Presence::Busy, Presence::Online),
            (Presence::Online, 600, Presence::Busy, Presence::Unavailable),
            (Presence::Online, 3_600, Presence::Busy, Presence::Offline),
            (Presence::Online, 600, Presence::Unavailable, Presence::Unavailable),
            (Presence::Busy, 600, Presence::Online, Presence::Unavailable),
            (Presence::Busy, 3_600, Presence::Online, Presence::Offline),
            (Presence::Busy, 0, Presence::Offline, Presence::Offline),
            (Presence::Offline, 0, Presence::Busy, Presence::Offline),
            (Presence::Offline, 0, Presence::Online, Presence::Offline),
            (Presence::Unavailable, 0, Presence::Online, Presence::Unavailable),
        ];
        for (presence, age, seen, expected) in table {
            let at = now - SignedDuration::from_secs(age);
            let (device_id, status_msg) = ("HERE".to_owned(), String::new());
            let set = SessionPresence { device_id, presence, status_msg, at };
            assert_eq!(set.now(&seen, now), expected, "{set:?}, seen as {seen}");
        }
    }
}
