//! What is known of the server: whether it is connected, offers busy and tracks presence, and how it does so.

use serde::{Deserialize, Serialize};

use crate::model::{
    event::Greeting,
    presence::{BusyName, Presence, Visibility},
    quirks::{ServerKind, ServerQuirks, Software},
};

/// The server, as far as its handling of presence is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Server {
    /// Whether it has sent its greeting on this connection.
    connected: bool,
    /// Whether its last greeting offered busy. `None`: there was no greeting yet.
    busy_offered: Option<bool>,
    quirks: ServerQuirks,
    /// Whether the other name of busy was tried, because the kind of the server is unknown.
    tried_other_name: bool,
    /// Whether accepted states become visible. `false`: the server drops them.
    tracked: Option<bool>,
}

impl Server {
    /// Returns a server that was not reached yet, with what an earlier process has learned.
    pub(super) fn new(quirks: ServerQuirks) -> Self {
        Self { connected: false, busy_offered: None, quirks, tried_other_name: false, tracked: None }
    }

    /// Applies the greeting of a new connection. Whether presence is tracked has to show again.
    pub(super) fn on_connected(&mut self, greeting: &Greeting) {
        self.connected = true;
        self.busy_offered = Some(greeting.busy_offered);
        if greeting.software.is_some() && greeting.software != self.quirks.software {
            self.quirks = ServerQuirks::of(greeting.software.clone());
            self.tried_other_name = false;
        }
        self.tracked = (greeting.own == Some(Visibility::SwitchedOff)).then_some(false);
    }

    pub(super) fn on_disconnected(&mut self) {
        self.connected = false;
    }

    /// Returns whether the greeting has arrived on this connection.
    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Returns whether a greeting has arrived on this connection or an earlier one.
    pub(super) fn was_reached(&self) -> bool {
        self.busy_offered.is_some()
    }

    pub(super) fn offers_busy(&self) -> bool {
        self.busy_offered == Some(true)
    }

    /// Returns whether the server tracks presence. `None`: unknown until a state of ours was seen.
    pub(super) fn tracked(&self) -> Option<bool> {
        self.tracked
    }

    pub(super) fn set_tracked(&mut self, tracked: bool) {
        self.tracked = Some(tracked);
    }

    pub(super) fn kind(&self) -> ServerKind {
        self.quirks.server_kind()
    }

    pub(super) fn quirks(&self) -> &ServerQuirks {
        &self.quirks
    }

    pub(super) fn busy_name(&self) -> BusyName {
        self.quirks.busy_name
    }

    /// Returns whether each `/sync` has to repeat busy, because it replaces the state.
    pub(super) fn repeats_busy(&self) -> bool {
        self.quirks.repeats
    }

    /// Recalls the software from an earlier process, unless the server has named it.
    pub(super) fn recall_software(&mut self, software: Option<Software>) {
        if self.quirks.software.is_none() && software.is_some() {
            self.quirks = ServerQuirks::of(software);
        }
    }

    /// Learns from an accepted busy of which others see something else. If the kind of the server is unknown, either it
    /// does not know this name of busy, or its `/sync` has replaced the state. Returns whether anything was learned.
    pub(super) fn on_busy_not_seen(&mut self, seen: &Presence) -> bool {
        if self.quirks.is_measured() || self.tracked == Some(false) {
            return false;
        }
        match seen {
            Presence::Offline | Presence::Other(_) => self.try_other_name(),
            Presence::Unavailable if !self.quirks.repeats => {
                self.quirks.repeats = true;
                true
            }
            _ => false,
        }
    }

    /// Notes that the server refuses busy although it offers it. If its name was a guess, tries the other one.
    /// Otherwise gives up, because each guess uses up the server's rate limit.
    pub(super) fn on_busy_refused(&mut self) {
        if self.quirks.is_measured() || !self.try_other_name() {
            self.busy_offered = Some(false);
        }
    }

    /// Notes that the server refuses busy in a `/sync`. So its `/sync` does not replace the state either.
    pub(super) fn on_busy_refused_in_sync(&mut self) {
        self.quirks.repeats = false;
    }

    /// Switches to the other name of busy, once.
    fn try_other_name(&mut self) -> bool {
        if self.tried_other_name {
            return false;
        }
        self.tried_other_name = true;
        self.quirks.busy_name = match self.quirks.busy_name {
            BusyName::Unstable => BusyName::Stable,
            BusyName::Stable => BusyName::Unstable,
        };
        true
    }
}
