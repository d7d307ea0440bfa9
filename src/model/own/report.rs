//! What the screen says about the own presence.

use jiff::Timestamp;

use super::{Gate, Layer, Own, SavedPresence, Shutdown, message_of};
use crate::model::{
    event::{Effect, OtherSession, PresenceUpdate},
    presence::{Presence, Status},
    quirks::{ServerKind, ServerQuirks},
    settings::OnQuit,
};

/// What others see, what was asked for, and why the two differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// What others see, as far as the server has said.
    pub seen: Option<&'a Status>,
    /// What was asked for.
    pub wanted: &'a Presence,
    /// Who asked for it.
    pub layer: Layer,
    /// When that ends.
    pub ends: Option<Timestamp>,
    /// Why others do not see that (yet).
    pub reason: Option<Reason<'a>>,
    /// Sessions that will hold busy once it is set, if the person has not been told.
    pub warning: Option<&'a OtherSession>,
}

/// Why others do not see what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// There is no connection.
    Disconnected,
    /// The server drops every state.
    Untracked,
    /// Nothing is asked for.
    Watching,
    /// The server has no busy: `unavailable` is what others see.
    NoBusy,
    /// The server takes the next change then.
    Limited(Timestamp),
    /// The server gave no answer; the next try is then.
    Failing(Timestamp),
    /// The server will not take it, in its own words.
    Refused(&'a str),
    /// On its way.
    Sending,
    /// Accepted, and not seen yet.
    Unconfirmed,
    /// Others still see busy: one of these sessions holds it, or the server itself does until then.
    HeldBusy(&'a [OtherSession], Option<Timestamp>),
    /// Another session of the account has a state that outranks this one.
    Outranked,
    /// The state is right, the message is not: another session has removed it.
    MessageGone,
}

impl Own {
    /// What to say about the own presence.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report {
            seen: self.seen.as_ref(),
            wanted: &self.wanted.presence,
            layer: self.layers.layer(),
            ends: self.layers.ends(),
            reason: self.reason(),
            warning: self.holders().first().filter(|_| self.is_warning_due()),
        }
    }

    /// The server's kind of server.
    #[must_use]
    pub fn server_kind(&self) -> ServerKind {
        self.quirks.server_kind()
    }

    /// Whether nothing may be asked for.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.settings.watch_only
    }

    /// Whether busy is asked for, by whatever layer.
    #[must_use]
    pub fn is_wanted_busy(&self) -> bool {
        self.wanted.presence == Presence::Busy
    }

    fn reason(&self) -> Option<Reason<'_>> {
        if !self.connected {
            return Some(Reason::Disconnected);
        }
        if self.tracked == Some(false) {
            return Some(Reason::Untracked);
        }
        if self.settings.watch_only {
            return Some(Reason::Watching);
        }
        let target = self.target();
        if let Some((_, why)) = self.refused.as_ref().filter(|(put, _)| *put == target) {
            return Some(Reason::Refused(why));
        }
        // What is seen may be older than what the server has accepted since, or is about to.
        let replaced = self.needs_publish() || self.in_flight.as_ref().is_some_and(|put| *put != target);
        if self.is_confirmed() && !replaced {
            let fallen_back = target.presence != self.wanted.presence;
            return (fallen_back && self.is_seen(&target)).then_some(Reason::NoBusy);
        }
        if self.needs_publish() || self.in_flight.is_some() {
            return Some(match self.gate {
                Gate::Limit(wait) if self.in_flight.is_none() => Reason::Limited(wait.until),
                Gate::Failure(wait) if self.in_flight.is_none() => Reason::Failing(wait.until),
                _ => Reason::Sending,
            });
        }
        Some(self.discord(&target.presence))
    }

    /// Why others see something else although the server has what was asked for.
    fn discord(&self, target: &Presence) -> Reason<'_> {
        if self.is_held_busy() {
            return Reason::HeldBusy(self.holders(), self.held_until());
        }
        let state_seen = self.seen.as_ref().is_some_and(|seen| seen.presence == *target);
        let message_gone = state_seen && self.seen.as_ref().map(message_of) == Some("");
        match self.check {
            None if self.is_outranked() => Reason::Outranked,
            None if message_gone => Reason::MessageGone,
            _ => Reason::Unconfirmed,
        }
    }

    /// What is to outlive the program now.
    #[must_use]
    pub fn saved(&self) -> SavedPresence {
        SavedPresence {
            user_id: self.user_id.clone(),
            quirks: self.quirks.clone(),
            warned: self.stuck_busy.warned,
            layers: self.layers.saved(),
        }
    }

    /// Keeps what has changed. What is known by the server's name alone is not worth a file.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let saved = self.saved();
        let trivial = saved.layers.is_none()
            && !saved.warned
            && saved.quirks == ServerQuirks::of(saved.quirks.software.clone());
        if self.on_disk.as_ref() == Some(&saved) || (trivial && self.on_disk.is_none()) {
            return None;
        }
        self.on_disk = Some(saved);
        Some(Effect::SavePresence)
    }

    /// What the end of the program takes.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        let put = PresenceUpdate { presence: Presence::Offline, status_msg: self.status_msg().to_owned() };
        let sends = self.connected
            && self.settings.on_quit == OnQuit::Offline
            && !self.settings.watch_only
            && !self.is_seen(&put);
        Shutdown {
            put: sends.then_some(put),
            busy: self.is_busy() && !self.settings.watch_only,
            busy_lasts: self.quirks.server_kind().busy_lasts(),
        }
    }

    /// Whether others see busy, or are about to.
    fn is_busy(&self) -> bool {
        let mut puts = self.in_flight.iter().chain(&self.sent);
        puts.any(|put| put.presence == Presence::Busy) || self.is_seen_busy()
    }
}
