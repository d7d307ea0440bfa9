//! How it stands with the own presence, in the words that commands print.

use jiff::Timestamp;

use super::{App, Connection, Dashboard, Stage};
use crate::model::{
    age,
    control::{Standing, Verdict},
    event::OtherSession,
    own::Reason,
};

impl App {
    /// How it stands with what was asked for last.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.stage {
            Stage::SignIn(_) => Standing {
                verdict: Verdict::Failed,
                presence: None,
                status_msg: None,
                why: Some("nobody is signed in any more; sign in again: whosin login".to_owned()),
            },
            Stage::Dashboard(dashboard) => dashboard.standing(now),
        }
    }
}

impl Dashboard {
    fn standing(&self, now: Timestamp) -> Standing {
        let report = self.own.report();
        let (verdict, why) = match report.reason {
            None => (Verdict::Seen, None),
            Some(reason) => (verdict(reason), self.why(reason, now)),
        };
        Standing {
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
            Reason::Held(sessions, _) => held(server, sessions),
            Reason::Outdone => "another session of yours says so".to_owned(),
            Reason::MessageGone => "another session removed the message".to_owned(),
        })
    }
}

fn verdict(reason: Reason<'_>) -> Verdict {
    match reason {
        Reason::Disconnected | Reason::Limited(_) | Reason::Failing(_) | Reason::Sending => Verdict::Waiting,
        Reason::Unconfirmed => Verdict::Taken,
        Reason::NoBusy | Reason::Held(..) | Reason::Outdone | Reason::MessageGone => Verdict::Otherwise,
        Reason::Untracked | Reason::Watching | Reason::Second | Reason::Refused(_) => Verdict::Failed,
    }
}

fn held(server: &str, sessions: &[OtherSession]) -> String {
    match sessions.first() {
        Some(session) => format!("held by {}", session.name),
        None => format!("held by {server} itself"),
    }
}
