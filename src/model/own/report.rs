//! The report on the own presence that screens and commands show.

use jiff::Timestamp;

use super::{Gate, Layer, Own, SavedPresence, SessionPresence, Shutdown};
use crate::model::{
    event::{Effect, OtherSession, PresenceUpdate},
    presence::{Presence, Status},
    quirks::{ServerKind, ServerQuirks},
    settings::OnQuit,
};

/// What is wanted, what others see, and why they differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// What others see, as far as the server has said.
    pub seen: Option<&'a Status>,
    /// What is wanted.
    pub wanted: &'a Presence,
    /// The layer that decides it.
    pub layer: Layer,
    /// When it ends.
    pub ends: Option<Timestamp>,
    /// Why others do not see it, or not yet.
    pub reason: Option<Reason<'a>>,
    /// Sessions that will hold busy once it is set, if the person has not been warned.
    pub warning: Option<&'a OtherSession>,
}

/// Why others do not see the wanted presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The server is not connected.
    Disconnected,
    /// Presence is switched off at the server.
    Untracked,
    /// Nothing is set, because this front end only watches.
    Watching,
    /// The server does not offer busy. Others see `unavailable`.
    NoBusy,
    /// The server's rate limit. It accepts the next change at this time.
    Limited(Timestamp),
    /// The server did not answer. The next try is at this time.
    Failing(Timestamp),
    /// The server refuses the presence, with this reason.
    Refused(&'a str),
    /// The request is on its way.
    Sending,
    /// The server has accepted it. Others do not see it yet.
    Unconfirmed,
    /// Others still see busy. One of these sessions holds it, or the server does until this time.
    HeldBusy(&'a [OtherSession], Option<Timestamp>),
    /// Another session of the account has a stronger state. Where closed sessions count, it is one of these.
    Outranked(&'a [OtherSession]),
    /// Another session replaces the state with each of its syncs.
    Contested,
    /// We are in no room, so the server shares the presence with nobody.
    Unshared,
    /// Another session has removed the message. The state is right.
    MessageGone,
    /// The message from before the change is back. The state is right.
    MessageBack,
    /// The server cannot clear a message. The state is right.
    MessageStays,
    /// Another session has the message, and it alone can clear it. The state is right.
    MessageElsewhere,
}

impl Own {
    /// Returns the other session that is most likely to hold busy, if there is one.
    #[must_use]
    pub fn likely_holder(&self) -> Option<&OtherSession> {
        self.stuck_busy.holders().first()
    }

    /// Returns the report.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report {
            seen: self.seen.status(),
            wanted: &self.wanted.presence,
            layer: self.layers.layer(),
            ends: self.layers.deadline().map(|end| end.at),
            reason: self.reason(),
            warning: self.stuck_busy.holders().first().filter(|_| self.is_warning_due()),
        }
    }

    /// Returns the kind of the server.
    #[must_use]
    pub fn server_kind(&self) -> ServerKind {
        self.server.kind()
    }

    /// Returns what is known about the server.
    #[must_use]
    pub fn quirks(&self) -> &ServerQuirks {
        self.server.quirks()
    }

    /// Returns whether the own presence is never set.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.settings.watch_only
    }

    /// Returns whether busy is wanted, by any layer.
    #[must_use]
    pub fn is_wanted_busy(&self) -> bool {
        self.wanted.presence == Presence::Busy
    }

    fn reason(&self) -> Option<Reason<'_>> {
        if !self.server.is_connected() {
            return Some(Reason::Disconnected);
        }
        if self.server.tracked() == Some(false) {
            return Some(Reason::Untracked);
        }
        if self.settings.watch_only {
            return Some(Reason::Watching);
        }
        let target = self.target();
        if let Some(why) = self.published.refusal_of(&target) {
            return Some(Reason::Refused(why));
        }
        // `seen` may be older than a presence that was accepted since.
        let superseded = self.needs_publish() || self.published.in_flight().is_some_and(|put| *put != target);
        if self.contest.is_on() && !superseded {
            return Some(Reason::Contested);
        }
        if self.is_confirmed() && !superseded {
            let fallen_back = target.presence != self.wanted.presence;
            return (fallen_back && self.seen.is(&target)).then_some(Reason::NoBusy);
        }
        let is_in_flight = self.published.is_in_flight();
        if self.needs_publish() || is_in_flight {
            return Some(match self.gate {
                Gate::Limit(wait) if !is_in_flight => Reason::Limited(wait.until),
                Gate::Failure(wait) if !is_in_flight => Reason::Failing(wait.until),
                _ => Reason::Sending,
            });
        }
        Some(self.difference(&target.presence))
    }

    /// Returns why others see something else although the server accepted the wanted presence.
    fn difference(&self, target: &Presence) -> Reason<'_> {
        if self.is_held_busy() {
            return Reason::HeldBusy(self.stuck_busy.holders(), self.stuck_busy.held_until());
        }
        if self.seen.is_unshared() {
            return Reason::Unshared;
        }
        if self.look_ups.is_checking() {
            return Reason::Unconfirmed;
        }
        let message = self.seen.message().filter(|_| self.seen.presence() == Some(target));
        let is_earlier = message.is_some_and(|message| self.messages.is_replaced(message));
        let is_cleared = is_earlier && self.wanted.status_msg.is_empty();
        match message {
            _ if self.is_outranked_by_session() => Reason::Outranked(self.stuck_busy.holders()),
            _ if self.is_outranked() => Reason::Outranked(&[]),
            _ if is_cleared && self.server.quirks().cannot_clear_message() => Reason::MessageStays,
            _ if is_cleared && self.server_kind().keeps_messages_apart() => Reason::MessageElsewhere,
            Some("") => Reason::MessageGone,
            _ if is_earlier => Reason::MessageBack,
            _ => Reason::Unconfirmed,
        }
    }

    /// Returns the state to save for the next start.
    #[must_use]
    pub fn saved(&self) -> SavedPresence {
        SavedPresence {
            user_id: self.account.user_id.clone(),
            quirks: self.server.quirks().clone(),
            warned: self.stuck_busy.is_warned(),
            layers: self.layers.saved(),
            status: self.status.saved(),
            session: self.session.clone(),
        }
    }

    /// Returns the state to save when this session has set offline at the end. `None`: nothing changes.
    #[must_use]
    pub fn saved_at_end(&self, now: Timestamp) -> Option<SavedPresence> {
        let session = self.session.clone()?;
        let session = SessionPresence { presence: Presence::Offline, at: now, ..session };
        Some(SavedPresence { session: Some(session), ..self.saved() })
    }

    /// Notes the state that this session has from now on, even before the server accepts it. Another front end of this
    /// session may sync at any moment.
    fn note_session(&mut self, now: Timestamp) {
        if !self.server.is_connected() || self.settings.watch_only || !self.server_kind().ranks_sessions() {
            return;
        }
        let PresenceUpdate { presence, status_msg } = self.target();
        let is_set = |it: &SessionPresence| it.presence == presence && it.status_msg == status_msg;
        if !self.session.as_ref().is_some_and(is_set) {
            let device_id = self.account.device_id.clone();
            self.session = Some(SessionPresence { device_id, presence, status_msg, at: now });
        }
    }

    /// Saves the state if it has changed.
    pub(super) fn remember(&mut self, now: Timestamp) -> Option<Effect> {
        self.note_session(now);
        let saved = self.saved();
        if self.on_disk.as_ref() == Some(&saved) || (self.on_disk.is_none() && saved.is_trivial()) {
            return None;
        }
        self.on_disk = Some(saved);
        Some(Effect::SavePresence)
    }

    /// Returns what ending the engine does to the own presence.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown_where(self.server.is_connected())
    }

    /// Like [`Own::shutdown`], for the engine of a process that has ended, perhaps while it was disconnected.
    #[must_use]
    pub fn inherited_shutdown(&self) -> Shutdown {
        self.shutdown_where(self.server.was_reached())
    }

    /// Returns the offline that was requested and that the server has accepted.
    #[must_use]
    pub fn left_offline(&self) -> Option<PresenceUpdate> {
        let accepted = self.published.accepted().filter(|_| self.server.is_connected());
        accepted.filter(|put| put.presence == Presence::Offline).cloned()
    }

    fn shutdown_where(&self, reached: bool) -> Shutdown {
        let put =
            PresenceUpdate { presence: Presence::Offline, status_msg: self.sent_message(self.status_msg()) };
        // What was sent last may arrive after what is seen now.
        let mut sent = self.published.possible();
        let stays_offline = self.seen.is(&put) && sent.all(|sent| sent.presence == Presence::Offline);
        let sends = reached
            && self.settings.on_quit == OnQuit::Offline
            && !self.settings.watch_only
            && !stays_offline;
        Shutdown {
            put: sends.then_some(put),
            busy: self.is_busy() && !self.settings.watch_only,
            server_kind: self.server_kind(),
        }
    }

    /// Returns whether others see busy, or are about to.
    fn is_busy(&self) -> bool {
        self.published.possible().any(|put| put.presence == Presence::Busy) || self.seen.is_busy()
    }
}
