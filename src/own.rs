//! Own presence: wanted by the person, sent to the server, seen by others; and what follows from each.
//!
//! The rules are pure: what happens goes in with its time, [`Own::next`] says what to do about it.

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::{Answer, Effect, Greeting, Put},
    presence::{Presence, Status},
};

mod farewell;
mod hold;
mod report;
mod wait;

use hold::Hold;
pub use report::{Reason, Report};
pub use wait::Wait;

/// How long the echo of a change may take before the server is asked.
const ECHO: SignedDuration = SignedDuration::from_secs(2);
/// How long to leave a server alone that could not answer.
const RETRY: SignedDuration = SignedDuration::from_secs(5);
/// How often at most a state is sent again that the server has lost.
const RENEWAL: SignedDuration = SignedDuration::from_secs(60);

/// The own presence, from the wish to its echo.
#[derive(Debug)]
pub struct Own {
    /// What the person wants, whatever the server can do.
    wanted: Put,
    /// What leaving busy goes back to.
    before_busy: Presence,
    /// Whether the server takes busy; `None` until one has been reached.
    busy_offered: Option<bool>,
    connected: bool,
    /// What others see: the last echo, or the answer to a look-up.
    seen: Option<Status>,
    /// What the server accepted last; `None` lets what is seen decide whether anything is owed.
    sent: Option<Put>,
    /// What is on its way to the server.
    flying: Option<Put>,
    /// What the server will not take, and its words.
    refused: Option<(Put, String)>,
    /// Whether accepted states show: an accepted state that never shows means that the server drops them.
    tracked: Option<bool>,
    hold: Hold,
    /// When to ask the server what others see, because no echo says so.
    check: Option<Wait>,
    /// How long not to send again a state that was lost.
    renewal: Option<Wait>,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            wanted: Put { presence: Presence::Online, status_msg: String::new() },
            before_busy: Presence::Online,
            busy_offered: None,
            connected: false,
            seen: None,
            sent: None,
            flying: None,
            refused: None,
            tracked: None,
            hold: Hold::FirstSync,
            check: None,
            renewal: None,
        }
    }
}

/// What the person asks for.
impl Own {
    /// Asks for a state; the message stays.
    pub fn ask(&mut self, presence: Presence) {
        self.wish(Put { presence, ..self.wanted.clone() });
    }

    /// Asks for busy, or for what was before it.
    pub fn toggle_busy(&mut self) {
        if self.wanted.presence == Presence::Busy {
            self.ask(self.before_busy.clone());
        } else {
            self.before_busy = self.wanted.presence.clone();
            self.ask(Presence::Busy);
        }
    }

    /// Changes the message, or removes it if empty; the state stays.
    pub fn say(&mut self, status_msg: String) {
        self.wish(Put { status_msg, ..self.wanted.clone() });
    }

    /// The message that is wanted.
    #[must_use]
    pub fn status_msg(&self) -> &str {
        &self.wanted.status_msg
    }

    /// Asking again for what others do not see sends it again.
    fn wish(&mut self, wanted: Put) {
        if self.wanted == wanted && !self.is_confirmed() {
            self.sent = None;
            self.refused = None;
        }
        self.wanted = wanted;
        if matches!(self.hold, Hold::FirstSync | Hold::Echo(_)) {
            self.hold = Hold::Nothing;
        }
    }
}

/// What happens.
impl Own {
    /// A connection begins. The first one takes over the message, and busy, because ending it would be news to
    /// others that nobody asked for.
    pub fn greeted(&mut self, greeting: Greeting, now: Timestamp) {
        let first = self.busy_offered.is_none();
        self.busy_offered = Some(greeting.busy_offered);
        self.connected = true;
        self.flying = None;
        self.tracked = None;
        let Some(status) = greeting.own else { return };
        if first {
            message_of(&status).clone_into(&mut self.wanted.status_msg);
            if status.presence == Presence::Busy {
                self.wanted.presence = Presence::Busy;
            }
        }
        self.heard(status, now);
    }

    /// A `/sync` came back.
    pub fn synced(&mut self, now: Timestamp) {
        if self.hold == Hold::FirstSync {
            self.hold = Hold::Echo(Wait::new(now, ECHO));
        }
    }

    /// The connection is gone, and with it the answer to what was on its way.
    pub fn disconnected(&mut self) {
        self.connected = false;
        self.flying = None;
    }

    /// The own `m.presence` event: what others see from now on.
    pub fn heard(&mut self, status: Status, now: Timestamp) {
        if status.presence != Presence::Offline {
            self.tracked = Some(true);
        }
        let adopted = message_of(&status) != self.wanted.status_msg && !message_of(&status).is_empty();
        if adopted && self.is_settled(now) {
            // The message belongs to the user, not to the session: another one has set it anew.
            message_of(&status).clone_into(&mut self.wanted.status_msg);
            self.sent = None;
        }
        self.seen = Some(status);
        if self.sent.is_none() && self.flying.is_none() && self.is_confirmed() {
            self.sent = Some(self.target());
        }
        self.check = if self.is_outdone() || self.is_confirmed() {
            None
        } else {
            self.check.or_else(|| Some(Wait::new(now, ECHO)))
        };
    }

    /// The server was asked what others see, and answered, or could not.
    pub fn looked_up(&mut self, status: Option<Status>, now: Timestamp) {
        let Some(status) = status else { return };
        let lost = status.presence.precedence() < self.target().presence.precedence();
        if lost && self.tracked.is_none() && status.is_bare_offline() {
            self.tracked = Some(false);
        }
        self.heard(status, now);
        self.check = None;
        if lost && self.tracked != Some(false) && self.renewal.is_none_or(|wait| wait.is_over(now)) {
            self.sent = None;
            self.renewal = Some(Wait::new(now, RENEWAL));
        }
    }

    /// The server answered what was on its way.
    pub fn answered(&mut self, answer: Answer, now: Timestamp) {
        let Some(put) = self.flying.take() else { return };
        match answer {
            Answer::Accepted => {
                self.sent = Some(put);
                self.hold = Hold::Nothing;
                self.check = (!self.is_confirmed()).then(|| Wait::new(now, ECHO));
            }
            Answer::Limited(retry_after) => {
                let retry_after = SignedDuration::try_from(retry_after).unwrap_or(RENEWAL);
                self.hold = Hold::Limit(Wait::new(now, retry_after));
            }
            // The flag promised too much; what is closest to busy is left.
            Answer::Refused(_) if put.presence == Presence::Busy => self.busy_offered = Some(false),
            Answer::Refused(why) => self.refused = Some((put, why)),
            Answer::Failed => self.hold = Hold::Failure(Wait::new(now, RETRY)),
        }
    }
}

/// What follows.
impl Own {
    /// What is to be done now, if anything; to be asked again until there is nothing.
    pub fn next(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.connected || self.flying.is_some() {
            return None;
        }
        if self.is_owed() {
            if self.is_held(now) {
                return None;
            }
            let put = self.target();
            self.flying = Some(put.clone());
            return Some(Effect::Publish(put));
        }
        if self.check.is_some_and(|wait| wait.is_over(now)) {
            self.check = None;
            return Some(Effect::LookUpOwn);
        }
        None
    }

    /// When [`Own::next`] may have something to do although nothing happens.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let wait = if self.is_owed() { self.hold.wait() } else { self.check };
        wait.filter(|_| self.connected && self.flying.is_none()).map(|wait| wait.until)
    }

    /// The `set_presence` of each `/sync`; `None` until a server has been reached.
    ///
    /// Synapse answers 400 to busy here and lets no other value end it, so the closest one is sent: it is what
    /// others are to see if the server forgets busy.
    #[must_use]
    pub fn sync_as(&self) -> Option<Presence> {
        self.busy_offered.map(|_| self.wanted.presence.clone().or_fallback(false))
    }

    /// What the server is to be sent: the wish, as far as the server can grant it.
    fn target(&self) -> Put {
        let presence = self.wanted.presence.clone().or_fallback(self.busy_offered == Some(true));
        Put { presence, ..self.wanted.clone() }
    }

    /// Whether the server does not have the newest wish.
    fn is_owed(&self) -> bool {
        let target = self.target();
        match (&self.refused, &self.sent) {
            (Some((refused, _)), _) if *refused == target => false,
            (_, Some(sent)) => *sent != target,
            (_, None) => !self.is_confirmed(),
        }
    }

    fn is_held(&self, now: Timestamp) -> bool {
        match self.hold.wait() {
            Some(wait) => !wait.is_over(now),
            None => self.hold == Hold::FirstSync,
        }
    }

    fn is_seen(&self, put: &Put) -> bool {
        self.seen
            .as_ref()
            .is_some_and(|seen| seen.presence == put.presence && message_of(seen) == put.status_msg)
    }

    /// Whether others see what is wanted, or as much of it as the server can show.
    fn is_confirmed(&self) -> bool {
        self.is_seen(&self.wanted) || self.is_seen(&self.target())
    }

    /// Whether others see a state that outranks ours: another session says so, and may be right.
    fn is_outdone(&self) -> bool {
        let target = self.target().presence.precedence();
        self.seen.as_ref().is_some_and(|seen| seen.presence.precedence() > target)
    }

    /// Whether no wish is on its way and the echo of the last one is not either.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.flying.is_none() && !self.is_owed() && self.check.is_none_or(|wait| wait.is_over(now))
    }
}

fn message_of(status: &Status) -> &str {
    status.status_msg.as_deref().unwrap_or_default()
}
