//! A test of whether the server tracks presence, and how fast: whosin appends a space to the status message.
//!
//! The test sends the state that others see, so it does not change. At the end it restores the message.

use std::time::Duration;

use jiff::Timestamp;

use super::check::Check;
use crate::{
    cli::viewer::Viewer,
    model::{
        Model,
        event::{Answer, PresenceUpdate},
        presence::{BusyName, Presence, Status},
        quirks::ServerKind,
    },
    server::Session,
};

/// The time limit for an echo.
const ECHO: Duration = Duration::from_secs(10);
/// The most attempts to send, if the server limits changes or does not answer.
const TRIES: usize = 5;

/// The outcome of a PUT.
struct Sent {
    answer: Answer,
    /// The wait that the server demanded.
    limit: Option<Duration>,
}

/// Runs the test.
pub async fn run(session: &Session, viewer: &mut Viewer, server_kind: ServerKind) -> Vec<Check> {
    let before = match session.presence_of(&session.account().user_id).await {
        Ok(Some(before)) => before,
        Ok(None) => return vec![switched_off(session)],
        Err(error) => {
            return vec![Check::wrong("presence", "cannot read your presence", error.to_string())];
        }
    };
    if matches!(before.presence, Presence::Busy | Presence::Other(_)) {
        let says = format!(
            "others see you as {}; the test is skipped, because it could prolong that state",
            before.presence
        );
        return vec![Check::fine("presence", says)];
    }
    let message = before.status_msg.as_deref().unwrap_or_default().to_owned();
    let put = |status_msg: String| PresenceUpdate { presence: before.presence.clone(), status_msg };
    let changed = format!("{message} ");
    let asked = Timestamp::now();
    let sent = send(session, viewer, &put(changed.clone())).await;
    let asked = sent.limit.map_or(asked, |_| Timestamp::now());
    match &sent.answer {
        Answer::Accepted => {}
        Answer::SwitchedOff => return vec![switched_off(session)],
        Answer::Refused(words) => {
            return vec![Check::wrong(
                "presence",
                "the server refuses to set your presence",
                words.to_string(),
            )];
        }
        Answer::Limited(_) | Answer::Failed => {
            return vec![Check::wrong(
                "presence",
                "the server does not accept your presence",
                "Try again later.",
            )];
        }
    }
    let heard = viewer.until(ECHO, |model| message_seen(model) == Some(&changed)).await;
    let echo = heard.then(|| Timestamp::now().duration_since(asked).as_millis());
    let shown = session.presence_of(&session.account().user_id).await.ok().flatten();
    let restored = send(session, viewer, &put(message.clone())).await;
    let after = session.presence_of(&session.account().user_id).await;

    let tracked = !before.is_of_nobody() || echo.is_some() || message_of(shown.as_ref()) == changed;
    let mut checks = vec![if tracked {
        Check::fine("presence", "the server tracks presence")
    } else {
        switched_off(session)
    }];
    if tracked {
        checks.push(echoes(echo, server_kind));
    }
    checks.push(limit(sent.limit.or(restored.limit)));
    if after.is_err() || message_of(after.ok().flatten().as_ref()) != message {
        let advice = "Press m in the dashboard and write it again.";
        checks.push(Check::wrong("message", "could not restore your status message", advice));
    }
    checks
}

/// Sends a presence as soon as the server's limit allows.
async fn send(session: &Session, viewer: &mut Viewer, put: &PresenceUpdate) -> Sent {
    let mut limit = None;
    let mut answer = Answer::Failed;
    for _ in 0..TRIES {
        answer = session.publish(put.clone(), BusyName::default()).await;
        match answer {
            Answer::Limited(wait) => {
                limit = limit.max(Some(wait));
                viewer.pause(wait).await;
            }
            Answer::Failed => viewer.pause(Duration::from_secs(1)).await,
            _ => break,
        }
    }
    Sent { answer, limit }
}

fn message_seen(model: &Model) -> Option<&str> {
    model.own().report().seen?.status_msg.as_deref()
}

fn message_of(status: Option<&Status>) -> &str {
    status.and_then(|status| status.status_msg.as_deref()).unwrap_or_default()
}

fn switched_off(session: &Session) -> Check {
    Check::wrong(
        "presence",
        format!("presence is switched off at {}", session.account().user_id.server_name()),
        "Ask the administrator of the server to switch presence on.",
    )
}

fn echoes(echo: Option<i128>, server_kind: ServerKind) -> Check {
    match echo {
        Some(took) => Check::fine("echo", format!("a change arrives after {took} ms")),
        None if !server_kind.echoes() => {
            Check::fine("echo", "this server does not send your own changes; whosin asks for them")
        }
        None => Check::wrong(
            "echo",
            format!("a change has not arrived within {} s", ECHO.as_secs()),
            "Changes show late. A proxy in front of the server must allow /sync to take 60 s.",
        ),
    }
}

fn limit(limit: Option<Duration>) -> Check {
    let says = match limit {
        Some(wait) => {
            format!(
                "the server accepts one change in {} s; whosin sends the newest",
                wait.as_secs_f64().ceil()
            )
        }
        None => "the server does not limit changes".to_owned(),
    };
    Check::fine("limit", says)
}
