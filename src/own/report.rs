//! What the screen says about the own presence.

use jiff::Timestamp;

use super::{Hold, Own, message_of};
use crate::presence::{Presence, Status};

/// What others see, what was asked for, and why the two differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// What others see, as far as the server has said.
    pub seen: Option<&'a Status>,
    /// What was asked for.
    pub wanted: &'a Presence,
    /// Why others do not see that (yet).
    pub reason: Option<Reason<'a>>,
}

/// Why others do not see what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// There is no connection.
    Disconnected,
    /// The server drops every state.
    Untracked,
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
    /// Another session of the account has a state that outranks this one.
    Outdone,
    /// The state is right, the message is not: another session has removed it.
    MessageGone,
}

impl Own {
    /// What to say about the own presence.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report { seen: self.seen.as_ref(), wanted: &self.wanted.presence, reason: self.reason() }
    }

    fn reason(&self) -> Option<Reason<'_>> {
        if !self.connected {
            return Some(Reason::Disconnected);
        }
        if self.tracked == Some(false) {
            return Some(Reason::Untracked);
        }
        let target = self.target();
        if let Some((_, why)) = self.refused.as_ref().filter(|(put, _)| *put == target) {
            return Some(Reason::Refused(why));
        }
        if self.is_confirmed() {
            let fallen_back = target.presence != self.wanted.presence;
            return (fallen_back && self.is_seen(&target)).then_some(Reason::NoBusy);
        }
        if self.is_owed() || self.flying.is_some() {
            return Some(match self.hold {
                Hold::Limit(wait) if self.flying.is_none() => Reason::Limited(wait.until),
                Hold::Failure(wait) if self.flying.is_none() => Reason::Failing(wait.until),
                _ => Reason::Sending,
            });
        }
        if self.is_outdone() {
            return Some(Reason::Outdone);
        }
        let state_seen = self.seen.as_ref().is_some_and(|seen| seen.presence == target.presence);
        let message_gone =
            state_seen && self.check.is_none() && self.seen.as_ref().map(message_of) == Some("");
        Some(if message_gone { Reason::MessageGone } else { Reason::Unconfirmed })
    }
}
