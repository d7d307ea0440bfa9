//! What happens to the own presence, and what is learned from it.

use jiff::{SignedDuration, Timestamp};

use super::{Gate, Origin, Own, Wait, message_of};
use crate::model::{
    event::{Answer, Effect, Greeting, OtherSession},
    presence::{BusyName, Presence, Status},
    quirks::{ServerKind, ServerQuirks},
    settings::Start,
};

/// How long Synapse holds the busy of a session that is gone.
const HELD: SignedDuration = SignedDuration::from_hours(1);
/// How exact Synapse's `last_seen_ts` is.
const INEXACT: SignedDuration = SignedDuration::from_mins(2);
/// How often to ask again who is there while busy is held.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// How long the echo of a change may take before the server is asked.
const ECHO: SignedDuration = SignedDuration::from_secs(2);
/// How long to leave a server alone that could not answer.
const RETRY: SignedDuration = SignedDuration::from_secs(5);
/// How often at most a state is sent again that the server has lost.
const RESEND_COOLDOWN: SignedDuration = SignedDuration::from_secs(60);
/// How often to ask a server for the own presence that does not tell it by itself.
const POLL: SignedDuration = SignedDuration::from_secs(10);

impl Own {
    /// A connection begins. The first one takes over the message, and busy, because ending it would be news to
    /// others that nobody asked for.
    pub fn on_connected(&mut self, greeting: Greeting, now: Timestamp) {
        let first = self.busy_offered.is_none();
        self.busy_offered = Some(greeting.busy_offered);
        self.connected = true;
        self.in_flight = None;
        self.tracked = None;
        self.stuck_busy.connected();
        if greeting.software.is_some() && greeting.software != self.quirks.software {
            self.quirks = ServerQuirks::of(greeting.software);
            self.respelled = false;
        }
        self.poll = (!self.quirks.server_kind().echoes()).then(|| Wait::new(now, POLL));
        // Else that first /sync would remove the message.
        if self.gate == Gate::FirstSync && self.quirks.server_kind().forgets_message() {
            self.gate = Gate::Nothing;
        }
        if let Some(status) = greeting.own.as_ref().filter(|_| first && self.origin != Origin::Restored) {
            self.take_over(status);
        }
        for command in std::mem::take(&mut self.pending) {
            self.apply(command);
        }
        let Some(status) = greeting.own else { return };
        // The first /sync ends no busy.
        if self.gate == Gate::FirstSync
            && status.presence == Presence::Busy
            && self.target().presence != Presence::Busy
        {
            self.gate = Gate::Nothing;
        }
        self.on_echo(status, now);
    }

    fn take_over(&mut self, status: &Status) {
        if self.layers.status_msg().is_empty() {
            self.layers.say(message_of(status).to_owned());
        }
        if self.origin == Origin::Start
            && (status.presence == Presence::Busy || self.settings.start == Start::Keep)
        {
            self.layers.press(match &status.presence {
                Presence::Other(_) => Presence::Online,
                presence => presence.clone(),
            });
        }
        self.wanted = self.layers.effective();
    }

    /// A `/sync` came back.
    pub fn on_synced(&mut self, now: Timestamp) {
        if self.gate == Gate::FirstSync {
            self.gate = Gate::Echo(Wait::new(now, ECHO));
        }
    }

    /// The connection is gone, and with it the answer to what was on its way.
    pub fn on_disconnected(&mut self, now: Timestamp) {
        if self.connected && self.is_seen_busy() {
            self.stuck_busy.lost_busy_at = Some(now);
        }
        self.connected = false;
        self.in_flight = None;
    }

    /// Another session of ours is in a call until then at the latest, or in none.
    pub fn on_call(&mut self, until: Option<Timestamp>) {
        self.layers.set_call(until.filter(|_| self.settings.busy_in_calls && !self.settings.watch_only));
    }

    /// The own `m.presence` event: what others see from now on.
    pub fn on_echo(&mut self, status: Status, now: Timestamp) {
        if status.presence != Presence::Offline && !status.is_of_nobody() {
            self.tracked = Some(true);
        }
        let adopted = message_of(&status) != self.wanted.status_msg && !message_of(&status).is_empty();
        if adopted && self.is_settled(now) {
            // The message belongs to the user, not to the session: another one has set it anew.
            self.layers.say(message_of(&status).to_owned());
            self.wanted = self.layers.effective();
            self.sent = None;
        }
        self.seen = Some(status);
        if !self.is_seen_busy() {
            self.stuck_busy.lost_busy_at = None;
        }
        if self.sent.is_none() && self.in_flight.is_none() && self.is_confirmed() {
            self.sent = Some(self.target());
        }
        if self.is_confirmed() && matches!(self.gate, Gate::Echo(_)) {
            self.gate = Gate::Nothing;
        }
        self.check = if self.is_confirmed() || self.settings.watch_only {
            None
        } else if self.is_outranked() {
            // This may have been on its way before the server had ours: what is to be asked anyway, is.
            self.check
        } else {
            self.check.or_else(|| Some(Wait::new(now, self.patience())))
        };
    }

    /// The server was asked what others see, and answered, or could not.
    pub fn on_looked_up(&mut self, status: Option<Status>, now: Timestamp) {
        self.poll = self.poll.map(|_| Wait::new(now, POLL));
        self.check = None;
        let Some(status) = status else { return };
        let lost =
            status.presence.precedence() < self.target().presence.precedence() && !self.settings.watch_only;
        if lost && self.tracked.is_none() && status.is_of_nobody() {
            self.tracked = Some(false);
        }
        let learned = lost && self.learn(&status.presence);
        let wiped = self.is_wiped(&status);
        self.on_echo(status, now);
        self.check = None;
        let due = learned || self.resend_cooldown.is_none_or(|wait| wait.is_over(now));
        if (lost || wiped) && self.tracked != Some(false) && due {
            self.sent = None;
            self.resend_cooldown = Some(Wait::new(now, RESEND_COOLDOWN));
        }
    }

    /// Whether the message is gone on a server on which any client's `/sync` removes it, which nobody asked for.
    fn is_wiped(&self, status: &Status) -> bool {
        self.quirks.server_kind().forgets_message()
            && !self.settings.watch_only
            && !self.wanted.status_msg.is_empty()
            && message_of(status).is_empty()
    }

    /// What an accepted busy that others do not see says about a server that nobody has measured: it does not
    /// know this spelling, or its `/sync` has replaced the state. Whether anything was learned.
    fn learn(&mut self, seen: &Presence) -> bool {
        let sent_busy = self.sent.as_ref().is_some_and(|sent| sent.presence == Presence::Busy);
        if !sent_busy || self.quirks.is_measured() || self.tracked != Some(true) {
            return false;
        }
        match seen {
            Presence::Offline | Presence::Other(_) => self.respell(),
            Presence::Unavailable if !self.quirks.repeats => {
                self.quirks.repeats = true;
                true
            }
            _ => false,
        }
    }

    /// Goes over to the other spelling of busy, once.
    fn respell(&mut self) -> bool {
        if self.respelled {
            return false;
        }
        self.respelled = true;
        self.quirks.busy_name = match self.quirks.busy_name {
            BusyName::Unstable => BusyName::Stable,
            BusyName::Stable => BusyName::Unstable,
        };
        true
    }

    /// The server does not take busy in a `/sync`: it does not replace the state either.
    pub fn on_busy_refused_in_sync(&mut self) {
        self.quirks.repeats = false;
    }

    /// The server answered what was on its way.
    pub fn on_answer(&mut self, answer: Answer, now: Timestamp) {
        let Some(put) = self.in_flight.take() else { return };
        match answer {
            Answer::Accepted => {
                self.sent = Some(put);
                self.gate = Gate::Nothing;
                self.check = (!self.is_confirmed()).then(|| Wait::new(now, self.patience()));
            }
            Answer::Limited(retry_after) => {
                let retry_after = SignedDuration::try_from(retry_after).unwrap_or(RESEND_COOLDOWN);
                self.gate = Gate::Limit(Wait::new(now, retry_after));
            }
            Answer::Refused(_) if put.presence == Presence::Busy => {
                // The flag promised too much. Where the spelling was a guess the other one is left; else what is
                // closest to busy, because a guess costs a turn of the server's limit.
                if self.quirks.is_measured() || !self.respell() {
                    self.busy_offered = Some(false);
                }
            }
            Answer::Refused(why) => self.refused = Some((put, why)),
            Answer::SwitchedOff => {
                self.tracked = Some(false);
                self.check = None;
                self.refused = Some((put, String::new()));
            }
            Answer::Failed => self.gate = Gate::Failure(Wait::new(now, RETRY)),
        }
    }

    /// How long an echo may take. Where polls are not woken by presence there is no use in waiting for it.
    fn patience(&self) -> SignedDuration {
        match self.quirks.server_kind() {
            ServerKind::Synapse | ServerKind::Dendrite | ServerKind::Unknown => ECHO,
            ServerKind::Tuwunel | ServerKind::Conduwuit | ServerKind::Continuwuity | ServerKind::Palpo => {
                SignedDuration::ZERO
            }
        }
    }

    /// Whether others see busy although it was left, and nothing is on its way that could end it.
    pub(super) fn is_held_busy(&self) -> bool {
        self.quirks.server_kind().spreads_busy()
            && self.is_seen_busy()
            && self.target().presence != Presence::Busy
            && self.sent.is_some()
            && !self.needs_publish()
            && self.in_flight.is_none()
            && self.check.is_none()
            && !self.settings.watch_only
    }

    /// Asks which sessions there are: once on each connection, and again and again while busy is held.
    pub(super) fn look_up_sessions(&mut self, now: Timestamp) -> Option<Effect> {
        let concerned = self.busy_offered == Some(true)
            && self.quirks.server_kind().spreads_busy()
            && !self.settings.watch_only
            && self.tracked == Some(true);
        let held = self.is_held_busy();
        if !held {
            self.stuck_busy.again = None;
        }
        let due = concerned
            && (!self.stuck_busy.asked
                || (held && self.stuck_busy.again.is_none_or(|wait| wait.is_over(now))));
        due.then(|| {
            self.stuck_busy.asked = true;
            self.stuck_busy.again = held.then(|| Wait::new(now, AGAIN));
            Effect::LookUpSessions
        })
    }

    /// The server has named the account's other sessions.
    pub fn on_sessions(&mut self, mut sessions: Vec<OtherSession>, now: Timestamp) {
        let held = HELD + INEXACT;
        sessions.retain(|session| session.last_seen.is_some_and(|at| now.duration_since(at) < held));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen));
        self.stuck_busy.sessions = sessions;
    }

    /// The sessions that can hold busy, the one seen last first.
    pub(super) fn holders(&self) -> &[OtherSession] {
        &self.stuck_busy.sessions
    }

    /// Until when at the latest the server itself holds a busy from before its restart.
    pub(super) fn held_until(&self) -> Option<Timestamp> {
        self.stuck_busy.lost_busy_at.and_then(|at| at.checked_add(HELD).ok())
    }

    /// Whether the person is to be told what another session does to busy, before it happens.
    pub(super) fn is_warning_due(&self) -> bool {
        let possible = self.busy_offered == Some(true) && self.quirks.server_kind().spreads_busy();
        possible
            && !self.stuck_busy.warned
            && !self.settings.watch_only
            && !self.stuck_busy.sessions.is_empty()
    }

    /// The person has read the warning.
    pub fn dismiss_warning(&mut self) {
        self.stuck_busy.warned |= self.is_warning_due();
    }
}
