//! The outcome of a requested presence, in the words that commands print.

use jiff::Timestamp;

use super::{
    Model, age,
    connection::{Connection, SIGNED_OUT},
    event::OtherSession,
    own::Reason,
    presence::Presence,
};

/// The outcome of a requested presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How far the request has come.
    pub verdict: Verdict,
    /// The state that others see, if known.
    pub presence: Option<Presence>,
    /// The message that others see.
    pub status_msg: Option<String>,
    /// Why others see something else.
    pub why: Option<String>,
}

/// How far a request has come. Later variants are more final; the last three are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The server has not answered.
    Pending,
    /// The server accepted it. Others do not see it yet.
    Accepted,
    /// Others see it.
    Seen,
    /// Others see something else, and will for now.
    Differs,
    /// It cannot be set.
    Failed,
}

impl Verdict {
    fn of(reason: Reason<'_>) -> Self {
        match reason {
            Reason::Disconnected | Reason::Limited(_) | Reason::Failing(_) | Reason::Sending => Self::Pending,
            Reason::Unconfirmed => Self::Accepted,
            Reason::NoBusy
            | Reason::HeldBusy(..)
            | Reason::Outranked(_)
            | Reason::Contested
            | Reason::Unshared
            | Reason::MessageGone
            | Reason::MessageBack
            | Reason::MessageStays
            | Reason::MessageElsewhere => Self::Differs,
            Reason::Untracked | Reason::Watching | Reason::Refused(_) => Self::Failed,
        }
    }
}

impl Model {
    /// Returns the outcome of the latest request.
    #[must_use]
    pub fn outcome(&self, now: Timestamp) -> Outcome {
        if self.connection == Connection::SignedOut {
            let why = Some(SIGNED_OUT.to_owned());
            return Outcome { verdict: Verdict::Failed, presence: None, status_msg: None, why };
        }
        let report = self.own.report();
        let (verdict, why) = match report.reason {
            None => (Verdict::Seen, None),
            // Right now it is our turn.
            Some(Reason::Contested) if report.seen.is_some_and(|seen| seen.presence == *report.wanted) => {
                (Verdict::Seen, None)
            }
            // The status is still being written.
            Some(Reason::Untracked) if self.own.status().changing().is_some() => (Verdict::Pending, None),
            Some(Reason::Untracked) if *report.wanted == Presence::Busy && self.own.status().is_busy() => {
                let why = format!("as your public status: presence is switched off at {}", self.server());
                let presence = Some(Presence::Busy);
                return Outcome { verdict: Verdict::Seen, presence, status_msg: None, why: Some(why) };
            }
            Some(reason) if self.own.awaits_sessions(now) => (Verdict::Accepted, self.why(reason, now)),
            Some(reason) => (Verdict::of(reason), self.why(reason, now)),
        };
        Outcome {
            verdict,
            presence: report.seen.map(|seen| seen.presence.clone()),
            status_msg: report.seen.and_then(|seen| seen.status_msg.as_deref().map(ToOwned::to_owned)),
            why,
        }
    }

    fn why(&self, reason: Reason<'_>, now: Timestamp) -> Option<String> {
        let server = self.server();
        Some(match reason {
            Reason::Sending => return None,
            Reason::Disconnected => match &self.connection {
                Connection::Lost { reason, .. } => reason.to_string(),
                _ => return None,
            },
            Reason::Untracked => format!("presence is switched off at {server}"),
            Reason::Watching => "whosin only watches".to_owned(),
            Reason::NoBusy => format!("{server} has no busy"),
            Reason::Limited(until) => {
                format!("{server} limits changes, the next is in {} s", age::countdown(until, now))
            }
            Reason::Failing(_) => format!("{server} gave no answer"),
            Reason::Refused(words) => format!("{server} refuses: {words}"),
            Reason::Unconfirmed => format!("{server} does not show it yet"),
            Reason::HeldBusy([], _) if self.own.server_kind().ranks_sessions() => {
                "held by a session of yours that is closed or has signed out".to_owned()
            }
            Reason::HeldBusy(sessions, _) => held(server, sessions),
            Reason::Outranked(sessions) => match sessions.first() {
                Some(session) => format!("{} has a stronger state", session.name),
                None => "another session of yours has a stronger state".to_owned(),
            },
            Reason::Contested => {
                format!("another session of yours sets its own with each sync, as {server} lets it")
            }
            Reason::Unshared => "you share no room with anybody yet".to_owned(),
            Reason::MessageGone => "another session removed the message".to_owned(),
            Reason::MessageBack => "the earlier message is back; set it again".to_owned(),
            Reason::MessageStays => format!("{server} cannot clear a message; set another one"),
            Reason::MessageElsewhere => {
                "another session of yours has this message; clear it there".to_owned()
            }
        })
    }
}

fn held(server: &str, sessions: &[OtherSession]) -> String {
    match sessions.first() {
        Some(session) => format!("held by {}", session.name),
        None => format!("held by {server} itself"),
    }
}
