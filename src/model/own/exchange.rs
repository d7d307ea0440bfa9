//! The exchange with the server: what its answers and events change, and what each `/sync` says.

use jiff::{SignedDuration, Timestamp};

use super::{Gate, Origin, Own, Published, Wait};
use crate::model::{
    event::{Answer, Effect, Greeting, OtherSession, PresenceUpdate, StatusAnswer, SyncPresence},
    presence::{Presence, Status, Visibility},
    quirks::ServerKind,
    settings::Start,
    text::Clean,
};

/// How long to wait for the echo of a change before looking it up.
const ECHO: SignedDuration = SignedDuration::from_secs(2);
/// How long to wait after a request without an answer.
const RETRY: SignedDuration = SignedDuration::from_secs(5);
/// The shortest time between two resends of a state that the server has lost.
const RESEND_COOLDOWN: SignedDuration = SignedDuration::from_secs(60);

impl Own {
    /// Applies the greeting of a new connection. The first one adopts the message and a busy that others see. Ending
    /// busy would announce a change that nobody asked for.
    pub fn on_connected(&mut self, greeting: Greeting, now: Timestamp) {
        let first = !self.server.was_reached();
        self.server.on_connected(&greeting);
        self.published.take();
        self.contest.on_change(now);
        self.stuck_busy.on_connected();
        self.look_ups.stop_polling();
        if self.needs_polls() {
            self.look_ups.poll(now);
        }
        // Otherwise the first `/sync` would remove the message.
        if self.gate == Gate::FirstSync && self.server_kind().forgets_message() {
            self.gate = Gate::Nothing;
        }
        self.seen.on_connected(greeting.own.as_ref());
        let own = greeting.own.and_then(Visibility::shown);
        if let Some(status) = own.as_ref().filter(|_| first && self.origin != Origin::Restored) {
            self.adopt(status);
        }
        for command in std::mem::take(&mut self.pending) {
            self.apply(command);
        }
        let Some(status) = own else { return };
        // The first `/sync` does not end busy.
        if self.gate == Gate::FirstSync
            && status.presence == Presence::Busy
            && self.target().presence != Presence::Busy
        {
            self.gate = Gate::Nothing;
        }
        self.on_echo(status, now);
    }

    fn adopt(&mut self, status: &Status) {
        let message = status.message();
        if self.layers.status_msg().is_empty() {
            self.layers.set_message(message.to_owned());
            let is_own = self.session.as_ref().is_some_and(|session| session.status_msg == message);
            let is_others = self.server_kind().keeps_messages_apart() && !is_own && !message.is_empty();
            self.messages.adopt(Some(message).filter(|_| is_others));
        }
        if self.origin == Origin::Start
            && (status.presence == Presence::Busy || self.settings.start == Start::Keep)
        {
            self.layers.press(match &status.presence {
                Presence::Other(_) => Presence::Online,
                presence => presence.clone(),
            });
            if status.presence == Presence::Offline {
                self.layers.was_absent();
            }
        }
        self.wanted = self.layers.effective();
    }

    /// Notes a `/sync` response. One that comes before the greeting counts when the greeting comes.
    pub fn on_synced(&mut self, now: Timestamp) {
        if self.gate == Gate::FirstSync && self.server.is_connected() {
            self.gate = Gate::Echo(Wait::new(now, ECHO));
        }
    }

    /// Notes the loss of the connection, and with it the loss of any pending answer.
    pub fn on_disconnected(&mut self, now: Timestamp) {
        if self.server.is_connected() && self.seen.is_busy() {
            self.stuck_busy.on_busy_lost(now);
        }
        self.server.on_disconnected();
        self.published.take();
        self.restore.on_disconnected();
        self.status.on_disconnected();
    }

    /// Sets when a call in another session expires. `None`: no call.
    pub fn on_call(&mut self, until: Option<Timestamp>) {
        self.layers.set_call(until.filter(|_| self.settings.busy_in_calls && !self.settings.watch_only));
    }

    /// Applies the own `m.presence` event: what others see from now on.
    pub fn on_echo(&mut self, status: Status, now: Timestamp) {
        if !status.is_of_nobody() {
            self.server.set_tracked(true);
        }
        let message = status.message();
        let is_news = self.messages.is_news(message, &self.wanted.status_msg, self.server_kind());
        if is_news && self.is_settled(now) {
            // The message belongs to the user, not to the session: another session has set or removed it.
            self.adopt_message(Some(message).filter(|it| !it.is_empty()));
            if !self.server_kind().keeps_messages_apart() {
                self.published.forget_accepted();
            }
        }
        self.seen.on_status(status, now);
        if !self.seen.is_busy() {
            self.stuck_busy.on_busy_ended();
        }
        if matches!(self.published, Published::Nothing | Published::Refused { .. }) && self.is_confirmed() {
            self.published = Published::Accepted(self.target());
        }
        if self.is_confirmed() && matches!(self.gate, Gate::Echo(_)) {
            self.gate = Gate::Nothing;
        }
        if self.is_confirmed() || self.settings.watch_only {
            self.look_ups.stop_checking();
        } else if !self.is_outranked() {
            self.look_ups.expect_echo(self.patience(), now);
        }
        // The echo of a stronger state may be older than our change. So a check that is due stays due.
    }

    /// Applies the answer to a look-up of the own presence. `None`: there was none.
    pub fn on_looked_up(&mut self, answer: Option<Visibility>, now: Timestamp) {
        self.look_ups.on_answer(now);
        let status = match answer {
            Some(Visibility::Shown(status)) => status,
            Some(Visibility::NotShared) => {
                self.seen.on_not_shared();
                // Somebody may share a room soon.
                self.look_ups.check_after(RESEND_COOLDOWN, now);
                return;
            }
            Some(Visibility::SwitchedOff) => {
                self.server.set_tracked(false);
                return;
            }
            None => return,
        };
        let lost =
            status.presence.precedence() < self.target().presence.precedence() && !self.settings.watch_only;
        if !status.is_of_nobody() {
            self.server.set_tracked(true);
        }
        let learned = lost && self.has_accepted_busy() && self.server.on_busy_not_seen(&status.presence);
        if lost && !learned && self.server.tracked().is_none() {
            self.server.set_tracked(false);
        }
        if self.is_replaced(&status) {
            self.contest.on_replaced(now);
        }
        let wiped = self.is_message_lost(&status);
        self.on_echo(status, now);
        self.look_ups.stop_checking();
        let due = learned || self.resend_cooldown.is_none_or(|wait| wait.is_over(now));
        if (lost || wiped) && self.server.tracked() != Some(false) && due {
            self.published.forget_accepted();
            self.resend_cooldown = Some(Wait::new(now, RESEND_COOLDOWN));
        }
    }

    /// Returns whether the server has lost the wanted message. One that no other session has any more becomes ours.
    fn is_message_lost(&mut self, status: &Status) -> bool {
        let (server_kind, seen, wanted) = (self.server_kind(), status.message(), &self.wanted.status_msg);
        let wiped = !self.settings.watch_only && self.messages.is_wiped(seen, wanted, server_kind);
        wiped || self.messages.take_over(seen, wanted, server_kind)
    }

    /// Returns whether another session's `/sync` has replaced the state that the server had accepted.
    fn is_replaced(&self, status: &Status) -> bool {
        let target = self.target();
        self.server_kind().last_sync_wins()
            && !self.settings.watch_only
            && self.server.tracked() == Some(true)
            && self.published.accepted() == Some(&target)
            && status.presence != target.presence
    }

    /// Notes that the server refuses busy in a `/sync`. So its `/sync` does not replace the state either.
    pub fn on_busy_refused_in_sync(&mut self) {
        self.server.on_busy_refused_in_sync();
    }

    /// Applies the answer to a PUT.
    pub fn on_answer(&mut self, answer: Answer, now: Timestamp) {
        let Some(put) = self.published.take() else { return };
        self.restore.on_answer(&answer);
        match answer {
            Answer::Accepted => {
                if self.published.accepted() != Some(&put) {
                    self.contest.on_change(now);
                }
                self.published = Published::Accepted(put);
                self.gate = Gate::Nothing;
                if self.is_confirmed() {
                    self.look_ups.stop_checking();
                } else {
                    self.look_ups.check_after(self.patience(), now);
                }
            }
            Answer::Limited(retry_after) => {
                let retry_after = SignedDuration::try_from(retry_after).unwrap_or(RESEND_COOLDOWN);
                self.gate = Gate::Limit(Wait::new(now, retry_after));
            }
            Answer::Refused(_) if put.presence == Presence::Busy => self.server.on_busy_refused(),
            Answer::Refused(why) | Answer::Forbidden(why) => self.published = Published::Refused { put, why },
            Answer::SwitchedOff => {
                self.server.set_tracked(false);
                self.look_ups.stop_checking();
                self.published = Published::Refused { put, why: Clean::default() };
            }
            Answer::Failed => self.gate = Gate::Failure(Wait::new(now, RETRY)),
        }
    }

    /// Returns how long to wait for an echo. Where presence does not wake polls, waiting is useless. Where the name of
    /// busy is a guess, others may see offline meanwhile.
    fn patience(&self) -> SignedDuration {
        if self.has_accepted_busy() && !self.server.quirks().is_measured() {
            return SignedDuration::ZERO;
        }
        match self.server_kind() {
            ServerKind::Synapse | ServerKind::Dendrite | ServerKind::Unknown => ECHO,
            ServerKind::Tuwunel | ServerKind::Conduwuit | ServerKind::Continuwuity | ServerKind::Palpo => {
                SignedDuration::ZERO
            }
        }
    }

    /// Returns whether others still see busy although it was left, and no pending request can end it.
    pub(super) fn is_held_busy(&self) -> bool {
        let server_kind = self.server_kind();
        let held = server_kind.closed_session_counts(&Presence::Busy).is_some() && self.seen.is_busy();
        held && self.target().presence != Presence::Busy && self.is_held()
    }

    /// Returns whether others see the state of another session, which counts although it may be closed.
    pub(super) fn is_outranked_by_session(&self) -> bool {
        self.server_kind().ranks_sessions() && self.is_outranked() && self.is_held()
    }

    /// Returns whether no pending request can change what others see.
    fn is_held(&self) -> bool {
        matches!(self.published, Published::Accepted(_))
            && !self.needs_publish()
            && !self.look_ups.is_checking()
            && !self.settings.watch_only
    }

    /// Looks up the other sessions: once per connection, and repeatedly while others still see busy.
    pub(super) fn look_up_sessions(&mut self, now: Timestamp) -> Option<Effect> {
        let held = self.is_held_busy() || self.is_outranked_by_session();
        let server_kind = self.server_kind();
        let may_be_held = server_kind.spreads_busy() || (server_kind.ranks_sessions() && held);
        let can_ask = may_be_held && self.can_name_sessions();
        if !held || !can_ask {
            self.stuck_busy.stop();
        }
        if !can_ask {
            return None;
        }
        self.stuck_busy.look_up(held, now)
    }

    fn can_name_sessions(&self) -> bool {
        self.server.offers_busy() && !self.settings.watch_only && self.server.tracked() == Some(true)
    }

    /// Returns whether the server is about to name the sessions that may decide what others see.
    pub(in crate::model) fn awaits_sessions(&self, now: Timestamp) -> bool {
        let held = self.is_held_busy() || self.is_outranked_by_session();
        held && self.server_kind().ranks_sessions()
            && self.can_name_sessions()
            && self.stuck_busy.awaits_list(now)
    }

    /// Stores the account's other sessions.
    pub fn on_sessions(&mut self, sessions: Vec<OtherSession>, now: Timestamp) {
        self.stuck_busy.on_sessions(sessions, self.server_kind(), now);
    }

    /// Returns whether to warn the person, in advance, about what another session does to busy.
    pub(super) fn is_warning_due(&self) -> bool {
        let possible = self.server.offers_busy() && self.server_kind().spreads_busy();
        possible
            && !self.stuck_busy.is_warned()
            && !self.settings.watch_only
            && !self.stuck_busy.holders().is_empty()
    }

    /// Notes that the person has read the warning.
    pub fn dismiss_warning(&mut self) {
        if self.is_warning_due() {
            self.stuck_busy.on_warned();
        }
    }

    /// Applies the answer to a write of the status.
    pub fn on_status_answer(&mut self, answer: StatusAnswer, now: Timestamp) {
        let written = self.status.on_answer(answer, now);
        if written && self.server_kind().is_online_after_profile_write() {
            self.restore.on_written(self.before_write(now));
        }
    }

    /// Returns what this session had before a write to the profile.
    fn before_write(&self, now: Timestamp) -> Option<PresenceUpdate> {
        if !self.settings.watch_only {
            return Some(self.target());
        }
        let seen = self.seen.status()?;
        if !self.server_kind().ranks_sessions() {
            let status_msg = seen.message().to_owned();
            return Some(PresenceUpdate { presence: seen.presence.clone(), status_msg });
        }
        let set = self.session.as_ref();
        let presence = set.map_or(Presence::Offline, |set| set.now(&seen.presence, now));
        let status_msg = set.map(|set| set.status_msg.clone()).unwrap_or_default();
        Some(PresenceUpdate { presence, status_msg })
    }
}

/// What each `/sync` says.
impl Own {
    /// Returns the `set_presence` of each `/sync`. `None`: no server was reached yet.
    ///
    /// Synapse answers 400 to busy here, and no other value ends busy. So Synapse gets the closest value, which others
    /// see if it forgets busy. Servers whose `/sync` replaces the state get busy again each time.
    #[must_use]
    pub fn sync_presence(&self) -> Option<SyncPresence> {
        if !self.server.was_reached() {
            return None;
        }
        let busy_name = self.server.busy_name();
        let server_kind = self.server_kind();
        if self.settings.watch_only {
            return Some(SyncPresence { presence: Presence::Offline, busy_name, watching: true });
        }
        let presence = match self.target().presence {
            Presence::Busy if self.server.repeats_busy() => Presence::Busy,
            // The PUT comes next. Until then others see no state that nobody asked for. A server without a name may let
            // a late `/sync` replace busy. Online would then look like another session's choice.
            Presence::Busy if server_kind.spreads_busy() && !self.has_accepted_busy() => self
                .seen
                .without_busy()
                .filter(|seen| **seen == Presence::Offline || self.software().is_some())
                .cloned()
                .unwrap_or(Presence::Unavailable),
            Presence::Busy => Presence::Unavailable,
            // Any other value would make this session busy again, and it would hold busy.
            _ if server_kind.spreads_busy() && self.seen.is_busy() => Presence::Offline,
            presence => presence,
        };
        Some(SyncPresence { presence, busy_name, watching: false })
    }

    /// Returns the `set_presence` of a `/sync` that does not wait for the server's first answers. `None`: it depends on
    /// them.
    ///
    /// Only the first answers say whether the server offers busy. On servers other than Synapse any value can replace
    /// what others see before it is adopted.
    pub(in crate::model) fn sync_presence_ahead(&self) -> Option<SyncPresence> {
        let watching = self.settings.watch_only;
        let keeps = self.origin == Origin::Start && self.settings.start == Start::Keep;
        let presence = match &self.wanted.presence {
            _ if watching => Presence::Offline,
            Presence::Busy | Presence::Other(_) => return None,
            _ if keeps => return None,
            presence => presence.clone(),
        };
        let known = !self.server.was_reached() && self.server_kind() == ServerKind::Synapse;
        known.then_some(SyncPresence { presence, busy_name: self.server.busy_name(), watching })
    }
}
