//! The rules of presence: every difference between the kinds of software.

use std::time::Duration;

use super::{
    api_error::ApiError,
    software::Software,
    state::{Presence, State},
};

mod errors;

/// The software, its features and its limits.
pub struct Rules {
    pub software: Software,
    /// Whether it names its software.
    pub named: bool,
    pub federation: Federation,
    /// Whether Synapse advertises and accepts busy (MSC3026).
    pub busy: bool,
    /// One PUT per user in this time, and separately one `/sync` that touches presence (`rc_presence.per_user`).
    pub limit: Option<Duration>,
    /// Whether presence is switched on.
    pub presence: bool,
    /// The time between the read and the write of a `/sync` that sets a state.
    pub ping: Duration,
    pub sign_in: SignIn,
    pub profiles: Profiles,
}

/// What a homeserver does with profile fields (MSC4133).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profiles {
    /// It announces none.
    #[default]
    NameOnly,
    /// It has them, and nobody may write them.
    ReadOnly,
    /// It has them, as Synapse by default.
    Fields,
    /// It has them, and sends changes in `/sync` (MSC4429).
    Pushed,
}

/// How a homeserver signs people in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// By passwords.
    #[default]
    Password,
    /// By OAuth 2.0 alone, as Synapse with MAS.
    OAuth,
}

/// Whether a homeserver talks to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Federation {
    /// It answers other homeservers.
    #[default]
    On,
    /// It refuses federation requests, including the one for its software.
    Off,
}

/// How long a session of tuwunel counts in full without activity (`presence_idle_timeout_s`).
const IDLE: Duration = Duration::from_mins(5);
/// How long it counts at all (`presence_offline_timeout_s`).
const GONE: Duration = Duration::from_mins(30);

impl Rules {
    /// Returns what `/versions` says of MSC3026. `None`: nothing.
    pub fn flag(&self) -> Option<bool> {
        match self.software {
            Software::Synapse => Some(self.busy),
            Software::Continuwuity | Software::Dendrite => None,
            // Hard-coded there, even if presence is switched off.
            _ => Some(true),
        }
    }

    /// Reads the state of a PUT.
    pub fn settable(&self, name: &str) -> Result<Presence, ApiError> {
        let specified = |name: &str| matches!(name, "online" | "unavailable" | "offline");
        match self.software {
            Software::Synapse => match Presence::from_wire(name) {
                Presence::UnstableBusy if self.busy => Ok(Presence::UnstableBusy),
                presence if specified(name) => Ok(presence),
                _ => Err(ApiError::bad_request("M_UNKNOWN", "Invalid presence state")),
            },
            Software::Dendrite => {
                let lower = name.to_lowercase();
                let unknown = || ApiError::bad_request("M_UNKNOWN", &format!("Unknown presence '{name}'."));
                specified(&lower).then(|| Presence::from_wire(&lower)).ok_or_else(unknown)
            }
            _ => Ok(self.stored(name)),
        }
    }

    /// Reads the state of a `/sync`. `None`: this server does not look at it.
    pub fn set_presence(&self, name: &str) -> Result<Option<Presence>, ApiError> {
        let specified = matches!(name, "online" | "unavailable" | "offline");
        match self.software {
            Software::Synapse if !specified => Err(ApiError::bad_request(
                "M_INVALID_PARAM",
                "Query parameter 'set_presence' must be one of ['online', 'offline', 'unavailable']",
            )),
            Software::Dendrite if !specified => Ok(None),
            // Here `offline` means: do not touch.
            Software::Synapse | Software::Continuwuity if name == "offline" => Ok(None),
            _ => Ok(Some(self.stored(name))),
        }
    }

    /// Returns the state that is kept for a name. From 1.5 on, tuwunel ranks unknown names below offline. The
    /// prefixed busy is one.
    fn stored(&self, name: &str) -> Presence {
        match Presence::from_wire(name) {
            Presence::UnstableBusy | Presence::Other(_) if self.software.ranks_sessions() => {
                Presence::Offline
            }
            Presence::Other(name) if name.is_empty() && self.software.is_of_conduwuit() => Presence::Offline,
            presence => presence,
        }
    }

    /// Returns the busy state that others receive. Each server has its own name for it, and Dendrite has none.
    pub fn relayed(&self, presence: &Presence) -> Presence {
        match self.software {
            _ if !presence.is_busy() => presence.clone(),
            Software::Dendrite => Presence::Offline,
            it if it.ranks_sessions() => Presence::Busy,
            _ => Presence::UnstableBusy,
        }
    }

    /// Returns the precedence of a state among those of a user's sessions: the highest is the user's.
    pub fn rank(presence: &Presence) -> u8 {
        match presence {
            Presence::Busy | Presence::UnstableBusy => 3,
            Presence::Online => 2,
            Presence::Unavailable => 1,
            Presence::Offline | Presence::Other(_) => 0,
        }
    }

    /// Returns whether each session has a state of its own. Elsewhere the last one set by any session is the user's.
    pub fn tells_sessions_apart(&self) -> bool {
        self.software == Software::Synapse || self.software.ranks_sessions()
    }

    /// Returns the state that a session counts as, this long after its last activity. tuwunel computes it only on
    /// activity of the user, or when its timer ends.
    pub fn counts_as(&self, presence: &Presence, quiet: Duration) -> Presence {
        match presence {
            _ if !self.software.ranks_sessions() => presence.clone(),
            _ if quiet >= GONE => Presence::Offline,
            Presence::Online | Presence::Busy if quiet >= IDLE => Presence::Unavailable,
            _ => presence.clone(),
        }
    }

    /// Returns the state of a session that syncs. While a user is busy on Synapse, every session that syncs becomes
    /// busy too.
    pub fn after_sync(&self, user: &Presence, asked: Presence) -> Presence {
        let spreads = self.software == Software::Synapse && user.is_busy();
        if spreads { Presence::UnstableBusy } else { asked }
    }

    /// Returns whether the user's state follows from all syncs of the last ten seconds, instead of the newest.
    pub fn weighs_recent_syncs(&self) -> bool {
        self.software == Software::Dendrite
    }

    /// Returns whether a `/sync` that changes the state removes the message.
    pub fn sync_removes_message(&self) -> bool {
        self.software == Software::Palpo
    }

    /// Returns whether a `/sync` writes back the message that it has read before.
    pub fn writes_late(&self) -> bool {
        matches!(self.software, Software::OldTuwunel | Software::Continuwuity) && !self.ping.is_zero()
    }

    /// Returns the message after a PUT. tuwunel 1.5.0 keeps the old one when it is told to clear it.
    pub fn after_put(&self, old: Option<Box<str>>, new: Option<Box<str>>) -> Option<Box<str>> {
        let clears = new.as_ref().is_none_or(|it| it.is_empty());
        if clears && self.software == Software::Tuwunel1_5 { old } else { new }
    }

    /// Returns how long a state lasts without activity, and the next one. `None`: forever. On servers that rank
    /// sessions, [`Rules::counts_as`] decides.
    pub fn fades(&self, presence: &Presence) -> Option<(Duration, Presence)> {
        match (self.software, presence) {
            (_, Presence::Offline) | (Software::Palpo, _) => None,
            (Software::Synapse, it) if it.is_busy() => Some((Duration::from_hours(1), Presence::Offline)),
            (Software::Synapse, _) => Some((Duration::from_secs(30), Presence::Offline)),
            (software, _) if software.ranks_sessions() => None,
            (_, Presence::Online) => Some((IDLE, Presence::Unavailable)),
            (it, Presence::Unavailable) if it.is_of_conduwuit() => Some((GONE, Presence::Offline)),
            _ => None,
        }
    }

    /// Returns the state after a restart of the server. tuwunel 1.4 resets the states that it knows.
    pub fn after_restart(&self, presence: &Presence) -> Presence {
        let survives = match self.software {
            Software::Synapse | Software::Palpo | Software::Dendrite => true,
            Software::OldTuwunel => matches!(presence, Presence::UnstableBusy | Presence::Other(_)),
            Software::Tuwunel1_5 | Software::Tuwunel | Software::Continuwuity => false,
        };
        if survives { presence.clone() } else { Presence::Offline }
    }

    /// Returns whether a change of presence ends a long poll.
    pub fn wakes_polls(&self) -> bool {
        matches!(self.software, Software::Synapse | Software::Dendrite)
    }

    /// Returns whether a poll that times out is empty, and the next one has the changes.
    pub fn defers_changes(&self) -> bool {
        self.software.is_tuwunel()
    }

    /// Returns the least time that a poll without changes takes (`client_sync_timeout_min`).
    pub fn shortest_poll(&self) -> Duration {
        if self.software.is_tuwunel() { Duration::from_secs(5) } else { Duration::ZERO }
    }

    /// Returns whether an incremental `/sync` contains the user's own presence.
    pub fn echoes(&self) -> bool {
        self.software != Software::Palpo
    }

    /// Returns whether an initial `/sync` contains this state. Those of conduwuit's line send every state that was ever
    /// set.
    pub fn is_in_initial_sync(&self, state: &State) -> bool {
        state.presence != Presence::Offline || (state.set && self.software.is_of_conduwuit())
    }

    /// Returns whether users see their own presence while they are in no room.
    pub fn shows_own_without_room(&self) -> bool {
        !self.software.is_of_conduwuit()
    }
}
