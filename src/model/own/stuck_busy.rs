//! Busy that others still see after we have left it. Another session holds it, or the server does.
//!
//! On Synapse each session that syncs while the user is busy becomes busy itself. It stays busy until it sets another
//! state, or for an hour after its last sync. A restarted server keeps the earlier busy for an hour.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::{
    event::{Effect, OtherSession},
    presence::Presence,
    quirks::ServerKind,
};

/// How long Synapse keeps the busy of before its restart.
const HELD: SignedDuration = SignedDuration::from_hours(1);
/// The precision of `last_seen_ts`.
const INEXACT: SignedDuration = SignedDuration::from_mins(2);
/// How often to look up the other sessions while others still see busy.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// How long to wait for the list of the other sessions.
const LISTED: SignedDuration = SignedDuration::from_secs(3);

/// Which sessions may hold busy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StuckBusy {
    /// Other sessions that may hold busy, the most recently seen first.
    sessions: Vec<OtherSession>,
    /// When to look them up again.
    again: Option<Wait>,
    /// Whether they were looked up on this connection.
    asked: bool,
    /// Whether the server has listed them on this connection.
    listed: bool,
    /// When the connection was last lost while others saw busy. The server may have restarted.
    lost_busy_at: Option<Timestamp>,
    /// Whether the person has read the warning.
    warned: bool,
}

impl StuckBusy {
    pub(super) fn new(warned: bool) -> Self {
        Self { warned, ..Self::default() }
    }

    pub(super) fn on_connected(&mut self) {
        (self.asked, self.listed) = (false, false);
    }

    /// Notes the loss of the connection while others saw busy.
    pub(super) fn on_busy_lost(&mut self, now: Timestamp) {
        self.lost_busy_at = Some(now);
    }

    /// Forgets a restart from which the server keeps no busy any more.
    pub(super) fn tick(&mut self, now: Timestamp) {
        if self.held_until().is_some_and(|until| until <= now) {
            self.lost_busy_at = None;
        }
    }

    /// Notes that others do not see busy.
    pub(super) fn on_busy_ended(&mut self) {
        self.lost_busy_at = None;
    }

    /// Returns the look-up of the other sessions if it is due: once per connection, and repeatedly while one of them
    /// decides what others see.
    pub(super) fn look_up(&mut self, held: bool, now: Timestamp) -> Option<Effect> {
        let due = !self.asked || (held && self.again.is_none_or(|wait| wait.is_over(now)));
        due.then(|| {
            self.asked = true;
            self.again = held.then(|| Wait::new(now, AGAIN));
            Effect::LookUpSessions
        })
    }

    /// Stops the repeated look-ups.
    pub(super) fn stop(&mut self) {
        self.again = None;
    }

    /// Returns when to look the sessions up again.
    pub(super) fn wait(&self) -> Option<Wait> {
        self.again
    }

    /// Returns whether the server is about to list the sessions for the first time on this connection.
    pub(super) fn awaits_list(&self, now: Timestamp) -> bool {
        // `again` begins with the question.
        let in_time = self.again.is_none_or(|again| again.until.duration_since(now) > AGAIN - LISTED);
        !self.listed && in_time
    }

    /// Stores the account's other sessions, but for those that cannot hold a state any more.
    pub(super) fn on_sessions(
        &mut self,
        mut sessions: Vec<OtherSession>,
        server_kind: ServerKind,
        now: Timestamp,
    ) {
        let longest = [Presence::Busy, Presence::Unavailable]
            .map(|presence| server_kind.closed_session_counts(&presence).unwrap_or_default());
        let held = longest[0].max(longest[1]) + INEXACT;
        sessions.retain(|session| session.last_seen.is_some_and(|at| now.duration_since(at) < held));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen));
        self.sessions = sessions;
        self.listed = true;
    }

    /// Returns the sessions that may hold busy, the most recently seen first.
    pub(super) fn holders(&self) -> &[OtherSession] {
        &self.sessions
    }

    /// Returns until when the server itself may hold a busy from before its restart.
    pub(super) fn held_until(&self) -> Option<Timestamp> {
        self.lost_busy_at.and_then(|at| at.checked_add(HELD).ok())
    }

    pub(super) fn is_warned(&self) -> bool {
        self.warned
    }

    /// Notes that the person has read the warning.
    pub(super) fn on_warned(&mut self) {
        self.warned = true;
    }
}
