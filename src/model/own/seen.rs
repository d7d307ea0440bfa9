//! What others see of the own presence.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    contacts::LastPresence,
    event::PresenceUpdate,
    presence::{Presence, Status, Visibility},
};

/// The last echo, or the answer to a look-up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    status: Option<Status>,
    /// When it arrived.
    at: Timestamp,
    /// Whether the server shares our presence with nobody, ourselves included, because we are in no room.
    unshared: bool,
}

impl Seen {
    /// Applies an echo, or what a look-up has found.
    pub(super) fn on_status(&mut self, status: Status, now: Timestamp) {
        *self = Self { status: Some(status), at: now, unshared: false };
    }

    /// Applies what the server says on a new connection. What it showed before counts until it shows something else.
    pub(super) fn on_connected(&mut self, own: Option<&Visibility>) {
        self.unshared = own == Some(&Visibility::NotShared);
    }

    /// Notes that the server shares our presence with nobody.
    pub(super) fn on_not_shared(&mut self) {
        self.unshared = true;
    }

    pub(super) fn is_unshared(&self) -> bool {
        self.unshared
    }

    pub(super) fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    pub(super) fn presence(&self) -> Option<&Presence> {
        self.status().map(|seen| &seen.presence)
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.status().map(Status::message)
    }

    /// Returns the status with the time of the last activity.
    pub(super) fn heard(&self) -> Option<LastPresence> {
        self.status().map(|seen| LastPresence::new(seen.clone(), self.at))
    }

    pub(super) fn is(&self, put: &PresenceUpdate) -> bool {
        self.presence() == Some(&put.presence) && self.message() == Some(&put.status_msg)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.presence() == Some(&Presence::Busy)
    }

    /// Returns whether others see a stronger state.
    pub(super) fn outranks(&self, presence: &Presence) -> bool {
        self.presence().is_some_and(|seen| seen.precedence() > presence.precedence())
    }

    /// Returns the state, if a `/sync` can say it again.
    pub(super) fn without_busy(&self) -> Option<&Presence> {
        self.presence()
            .filter(|it| matches!(it, Presence::Online | Presence::Unavailable | Presence::Offline))
    }
}
