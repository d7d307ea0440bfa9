//! How it stands with the own presence, in the words that commands print.

use jiff::Timestamp;

use super::{App, Connection, Dashboard, Stage};
use crate::model::{
    age,
    control::{Outcome, Verdict},
    event::OtherSession,
    own::Reason,
};

impl App {
    /// How it stands with what was asked for last.
    #[must_use]
    pub fn outcome(&self, now: Timestamp) -> Outcome {
        match &self.stage {
            Stage::SignIn(_) => Outcome {
                verdict: Verdict::Failed,
                presence: None,
                status_msg: None,
                why: Some("nobody is signed in any more; sign in again: whosin login".to_owned()),
            },
            Stage::Dashboard(dashboard) => dashboard.outcome(now),
        }
    }
}

impl Dashboard {
    fn outcome(&self, now: Timestamp) -> Outcome {
        let report = self.own.report();
        let (verdict, why) = match report.reason {
            None => (Verdict::Seen, None),
            Some(reason) => (verdict(reason), self.why(reason, now)),
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
                Connection::Lost { reason, .. } => reason.clone(),
                _ => return None,
            },
            Reason::Untracked => format!("{server} shares no presence"),
            Reason::Watching | Reason::Second => "whosin only watches".to_owned(),
            Reason::NoBusy => format!("{server} has no busy"),
            Reason::Limited(until) => {
                format!("{server} limits changes, the next is in {} s", age::countdown(until, now))
            }
            Reason::Failing(_) => format!("{server} gave no answer"),
            Reason::Refused(words) => format!("{server} refuses: {words}"),
            Reason::Unconfirmed => format!("{server} does not show it yet"),
            Reason::HeldBusy(sessions, _) => held(server, sessions),
            Reason::Outranked => "another session of yours says so".to_owned(),
            Reason::MessageGone => "another session removed the message".to_owned(),
        })
    }
}

fn verdict(reason: Reason<'_>) -> Verdict {
    match reason {
        Reason::Disconnected | Reason::Limited(_) | Reason::Failing(_) | Reason::Sending => Verdict::Pending,
        Reason::Unconfirmed => Verdict::Accepted,
        Reason::NoBusy | Reason::HeldBusy(..) | Reason::Outranked | Reason::MessageGone => Verdict::Differs,
        Reason::Untracked | Reason::Watching | Reason::Second | Reason::Refused(_) => Verdict::Failed,
    }
}

fn held(server: &str, sessions: &[OtherSession]) -> String {
    match sessions.first() {
        Some(session) => format!("held by {}", session.name),
        None => format!("held by {server} itself"),
    }
}
