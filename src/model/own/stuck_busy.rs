//! Busy that others go on seeing after we have left it, because another session holds it, or the server does.
//!
//! On Synapse each session that syncs while the user is busy becomes busy itself, and stays so until it sets
//! another state or an hour after it has stopped. A restarted server keeps the busy from before for an hour.

use jiff::{SignedDuration, Timestamp};

use super::{Own, Wait};
use crate::model::{
    event::{Effect, OtherSession},
    presence::Presence,
};

/// How long Synapse holds the busy of a session that is gone.
const HELD: SignedDuration = SignedDuration::from_hours(1);
/// How exact Synapse's `last_seen_ts` is.
const INEXACT: SignedDuration = SignedDuration::from_mins(2);
/// How often to ask again who is there while busy is held.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// What is known about who holds busy.
#[derive(Debug, Default)]
pub(super) struct StuckBusy {
    /// Other sessions that can hold busy, the one seen last first.
    sessions: Vec<OtherSession>,
    /// When to ask for them again.
    again: Option<Wait>,
    /// Whether they were asked for on this connection.
    asked: bool,
    /// When the connection was last lost while others saw busy: the server may have been restarted.
    pub lost_busy_at: Option<Timestamp>,
    /// Whether the warning has been read.
    pub warned: bool,
}

impl StuckBusy {
    pub(super) fn wait(&self) -> Option<Wait> {
        self.again
    }

    pub(super) fn connected(&mut self) {
        self.asked = false;
    }
}

impl Own {
    /// Whether others see busy although it was left, and nothing is on its way that could end it.
    pub(super) fn is_held_busy(&self) -> bool {
        self.quirks.server_kind().spreads_busy()
            && self.is_seen_busy()
            && self.target().presence != Presence::Busy
            && self.sent.is_some()
            && !self.needs_publish()
            && self.in_flight.is_none()
            && self.check.is_none()
            && !self.config.watch_only
    }

    /// Asks which sessions there are: once on each connection, and again and again while busy is held.
    pub(super) fn look_up_sessions(&mut self, now: Timestamp) -> Option<Effect> {
        let concerned = self.busy_offered == Some(true)
            && self.quirks.server_kind().spreads_busy()
            && !self.config.watch_only
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
    pub fn sessions(&mut self, mut sessions: Vec<OtherSession>, now: Timestamp) {
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
        possible && !self.stuck_busy.warned && !self.config.watch_only && !self.stuck_busy.sessions.is_empty()
    }

    /// The person has read the warning.
    pub fn dismiss_warning(&mut self) {
        self.stuck_busy.warned |= self.is_warning_due();
    }
}
