//! How this homeserver treats presence: everything in which the software differs is decided here.

use std::time::Duration;

use axum::http::StatusCode;

use super::{api_error::ApiError, software::Software, state::Presence};

/// What this homeserver is, what it offers, and how often.
pub struct Rules {
    /// What it behaves like.
    pub software: Software,
    /// Whether it says what it is.
    pub named: bool,
    /// MSC3026 on Synapse: advertise and accept busy.
    pub busy: bool,
    /// One PUT and, counted apart, one `/sync` that touches presence, per user and this long (`rc_presence.per_user`).
    pub limit: Option<Duration>,
    /// Whether presence is switched on at all.
    pub presence: bool,
}

impl Rules {
    /// What `/versions` says of MSC3026; `None` where it says nothing.
    pub fn flag(&self) -> Option<bool> {
        match self.software {
            Software::Synapse => Some(self.busy),
            Software::OldTuwunel | Software::Tuwunel | Software::Palpo => Some(true),
            Software::Continuwuity | Software::Dendrite => None,
        }
    }

    /// The state that a PUT asks for, if it is one that may be set.
    pub fn settable(&self, name: &str) -> Result<Presence, ApiError> {
        let known = matches!(name, "online" | "unavailable" | "offline");
        match self.software {
            Software::Synapse
                if !(known || (self.busy && Presence::from_wire(name) == Presence::UnstableBusy)) =>
            {
                Err(ApiError::bad_request("M_UNKNOWN", "Invalid presence state"))
            }
            Software::Dendrite if !known => {
                Err(ApiError::bad_request("M_UNKNOWN", &format!("Unknown presence '{name}'.")))
            }
            _ => Ok(self.shown(name)),
        }
    }

    /// The state that a `/sync` asks for; `None` for one that it does not look at.
    pub fn set_presence(&self, name: &str) -> Result<Option<Presence>, ApiError> {
        let known = matches!(name, "online" | "unavailable" | "offline");
        match self.software {
            Software::Synapse if !known => Err(ApiError::bad_request(
                "M_INVALID_PARAM",
                "Query parameter 'set_presence' must be one of ['online', 'offline', 'unavailable']",
            )),
            Software::Dendrite if !known => Ok(None),
            // Means: do not touch.
            Software::Synapse | Software::Continuwuity if name == "offline" => Ok(None),
            _ => Ok(Some(self.shown(name))),
        }
    }

    /// tuwunel ranks the states, and every word that it does not know lowest, the prefixed busy among them.
    fn shown(&self, name: &str) -> Presence {
        match Presence::from_wire(name) {
            Presence::UnstableBusy | Presence::Other(_) if self.software == Software::Tuwunel => {
                Presence::Offline
            }
            presence => presence,
        }
    }

    /// How the state of a contact is delivered, who is busy by the client's word: each server has its own name for it.
    pub fn relayed(&self, presence: &Presence) -> Presence {
        match (presence, self.software) {
            (Presence::Busy | Presence::UnstableBusy, Software::Tuwunel) => Presence::Busy,
            (Presence::Busy | Presence::UnstableBusy, _) => Presence::UnstableBusy,
            (presence, _) => presence.clone(),
        }
    }

    /// The precedence of a state among those of a user's sessions: the highest is the user's.
    pub fn rank(presence: &Presence) -> u8 {
        match presence {
            Presence::Busy | Presence::UnstableBusy => 3,
            Presence::Online => 2,
            Presence::Unavailable => 1,
            Presence::Offline | Presence::Other(_) => 0,
        }
    }

    /// Whether each session has a state of its own, the highest of which is the user's; else the last one that was
    /// set by any session is.
    pub fn tells_sessions_apart(&self) -> bool {
        matches!(self.software, Software::Synapse | Software::Tuwunel)
    }

    /// The state of a session that syncs. While the user is busy on Synapse every session that syncs becomes busy too,
    /// also one that never asked for it: its stand-in for telling sessions apart.
    pub fn after_sync(&self, user: &Presence, asked: Presence) -> Presence {
        let spreads = self.software == Software::Synapse && user.is_busy();
        if spreads { Presence::UnstableBusy } else { asked }
    }

    /// Whether a `/sync` that changes the state removes the message.
    pub fn sync_removes_message(&self) -> bool {
        self.software == Software::Palpo
    }

    /// How long a state lasts without a sign of life, and which one follows it; `None` where it stays for ever.
    pub fn fades(&self, presence: &Presence) -> Option<(Duration, Presence)> {
        let after = |minutes, presence| Some((Duration::from_mins(minutes), presence));
        match (self.software, presence) {
            (_, Presence::Offline) | (Software::Palpo, _) => None,
            (Software::Synapse, Presence::Busy | Presence::UnstableBusy) => after(60, Presence::Offline),
            (Software::Synapse, _) => Some((Duration::from_secs(30), Presence::Offline)),
            (_, Presence::Online) => after(5, Presence::Unavailable),
            (Software::Dendrite, _) | (_, Presence::Busy | Presence::UnstableBusy | Presence::Other(_)) => {
                None
            }
            (_, Presence::Unavailable) => after(30, Presence::Offline),
        }
    }

    /// What a restart of the server makes of a state.
    pub fn after_restart(&self, presence: &Presence) -> Presence {
        let survives = match self.software {
            Software::Synapse | Software::Palpo | Software::Dendrite => true,
            Software::OldTuwunel => *presence == Presence::UnstableBusy,
            Software::Tuwunel | Software::Continuwuity => false,
        };
        if survives { presence.clone() } else { Presence::Offline }
    }

    /// Whether a change of presence ends a long poll.
    pub fn wakes_polls(&self) -> bool {
        matches!(self.software, Software::Synapse | Software::Dendrite)
    }

    /// Whether a poll whose time is up says nothing, and leaves what there is to the next one.
    pub fn puts_off_news(&self) -> bool {
        matches!(self.software, Software::OldTuwunel | Software::Tuwunel)
    }

    /// The shortest wait for news.
    pub fn shortest_poll(&self) -> Duration {
        if self.puts_off_news() { Duration::from_secs(5) } else { Duration::ZERO }
    }

    /// Whether a `/sync` tells users of their own presence.
    pub fn echoes(&self) -> bool {
        self.software != Software::Palpo
    }

    /// What is said to whoever asks for the presence of somebody they share no room with.
    pub fn stranger(&self) -> ApiError {
        match self.software {
            Software::Palpo => {
                let status = StatusCode::UNAUTHORIZED;
                ApiError::new(status, "M_UNAUTHORIZED", "You are not allowed to see their presence.")
            }
            Software::OldTuwunel | Software::Tuwunel => ApiError::not_found("Presence state was not found."),
            _ => ApiError::forbidden("You are not allowed to see their presence."),
        }
    }

    /// What is said where presence is switched off; `None` where that looks like success.
    pub fn switched_off(&self) -> Option<ApiError> {
        match self.software {
            _ if self.presence => None,
            Software::Synapse | Software::Dendrite => None,
            _ => Some(ApiError::forbidden("Presence is disabled on this server")),
        }
    }

    /// The state of somebody where presence is switched off and nobody says so.
    pub fn nobody(&self) -> &'static str {
        if self.software == Software::Dendrite { "" } else { "offline" }
    }
}
