//! A test of whether the server tracks presence, and how fast: whosin appends a space to the status message.
//!
//! The test sends the state that this session has, so what others see does not change. At the end it restores the
//! message. With an open dashboard there is nothing to test: its own state shows what the server does.

use std::time::Duration;

use jiff::Timestamp;

use super::{check::Check, server::switched_off};
use crate::{
    cli::{session::files, viewer::Viewer},
    model::{
        Model,
        event::{Answer, PresenceUpdate},
        own::SessionPresence,
        presence::{BusyName, Presence, Status, Visibility},
        quirks::{ServerKind, Software},
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
pub async fn run(session: &Session, viewer: &mut Viewer, software: Option<&Software>) -> Vec<Check> {
    let server_kind = ServerKind::if_known(software);
    let before = match status_before(session, server_kind).await {
        Ok(before) => before,
        Err(check) => return vec![check],
    };
    if let Some(check) = skipped(session, viewer, &before, software) {
        return vec![check];
    }
    let own = own_presence(session, &before, software);
    let with_message = |status_msg: &str| PresenceUpdate { status_msg: status_msg.to_owned(), ..own.clone() };
    let message = before.message();
    let changed = format!("{message} ");
    let asked = Timestamp::now();
    let sent = send(session, viewer, &with_message(&changed)).await;
    let asked = sent.limit.map_or(asked, |_| Timestamp::now());
    if let Some(check) = refused(session, &sent.answer, server_kind) {
        return vec![check];
    }
    let heard = viewer.until(ECHO, |model| message_seen(model) == Some(&changed)).await;
    let echo = heard.then(|| Timestamp::now().duration_since(asked).as_millis());
    let shown = look_up(session).await;
    let restored = send(session, viewer, &own).await;
    let mut after = look_up(session).await;
    if message_of(after.as_ref()) != message && own.status_msg != message {
        // It was nobody's any more, so the server kept it until now.
        let _ = send(session, viewer, &with_message(message)).await;
        after = look_up(session).await;
    }

    let tracked = !before.is_of_nobody() || echo.is_some() || message_of(shown.as_ref()) == changed;
    let mut checks = if tracked {
        vec![Check::fine("presence", "the server tracks presence"), echoes(echo, server_kind)]
    } else {
        vec![switched_off(session.account().user_id.server_name(), server_kind)]
    };
    checks.push(limit(sent.limit.or(restored.limit)));
    checks.extend(not_restored(after.as_ref(), message));
    checks
}

/// Returns what others see before the test.
///
/// # Errors
///
/// A [`Check`] if the server does not say, so there is nothing to test.
async fn status_before(session: &Session, server_kind: ServerKind) -> Result<Status, Check> {
    let server = session.account().user_id.server_name();
    match session.presence_of(&session.account().user_id).await {
        Ok(Visibility::Shown(before)) => Ok(before),
        Ok(Visibility::SwitchedOff) => Err(switched_off(server, server_kind)),
        Ok(Visibility::NotShared) => {
            let says = format!("{server} shows nobody your presence while you share no room");
            Err(Check::fine("presence", says))
        }
        Err(error) => Err(Check::wrong("presence", "cannot read your presence", error.to_string())),
    }
}

/// Returns what is known without a test, where one would change something for others, or tell nothing new.
fn skipped(
    session: &Session,
    viewer: &Viewer,
    before: &Status,
    software: Option<&Software>,
) -> Option<Check> {
    if !viewer.is_engine_here() {
        let says = match viewer.model().own().is_tracked() {
            Some(true) => "the server tracks presence: it shows the state of the open whosin",
            Some(false) => {
                let server = session.account().user_id.server_name();
                return Some(switched_off(server, ServerKind::if_known(software)));
            }
            None => "the open whosin sets your presence; close it to test more",
        };
        return Some(Check::fine("presence", says));
    }
    if matches!(before.presence, Presence::Busy | Presence::Other(_)) && !before.is_of_nobody() {
        let says = format!(
            "others see you as {}; the test is skipped, because it could prolong that state",
            before.presence
        );
        return Some(Check::fine("presence", says));
    }
    let would_stay = before.status_msg.is_none() && software.is_some_and(Software::cannot_clear_message);
    would_stay.then(|| {
        let says =
            "the test is skipped: this version of tuwunel cannot clear a message, so a space would stay";
        Check::fine("presence", says)
    })
}

/// Returns what this session has set last, if that is known.
fn set_by(session: &Session) -> Option<SessionPresence> {
    let saved = files().ok().and_then(|files| files.saved().presence);
    let set = saved.and_then(|saved| saved.session);
    set.filter(|set| set.device_id == session.account().device_id)
}

/// Returns the presence to send so that nothing changes. Where each session has its own, that is not always what others
/// see.
fn own_presence(session: &Session, seen: &Status, software: Option<&Software>) -> PresenceUpdate {
    let server_kind = ServerKind::if_known(software);
    let set = set_by(session);
    let presence = match &set {
        _ if seen.is_of_nobody() => Presence::Offline,
        _ if !server_kind.ranks_sessions() => seen.presence.clone(),
        Some(set) => set.now(&seen.presence, Timestamp::now()),
        None => Presence::Offline,
    };
    // A copy of another session's message would outlive it.
    let has_own_message =
        server_kind.ranks_sessions() && !software.is_some_and(Software::cannot_clear_message);
    let status_msg = if has_own_message {
        set.map(|set| set.status_msg).unwrap_or_default()
    } else {
        seen.message().to_owned()
    };
    PresenceUpdate { presence, status_msg }
}

/// Returns why the server did not take the presence. `None`: it did.
fn refused(session: &Session, answer: &Answer, server_kind: ServerKind) -> Option<Check> {
    let server = session.account().user_id.server_name();
    Some(match answer {
        Answer::Accepted => return None,
        Answer::SwitchedOff => switched_off(server, server_kind),
        Answer::Refused(words) | Answer::Forbidden(words) => {
            Check::wrong("presence", "the server refuses to set your presence", words.to_string())
        }
        Answer::Limited(_) | Answer::Failed => {
            Check::wrong("presence", "the server does not accept your presence", "Try again later.")
        }
    })
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

async fn look_up(session: &Session) -> Option<Status> {
    session.look_up_own().await.and_then(Visibility::shown)
}

fn message_seen(model: &Model) -> Option<&str> {
    model.own().report().seen?.status_msg.as_deref()
}

fn message_of(status: Option<&Status>) -> &str {
    status.map(Status::message).unwrap_or_default()
}

/// Says if others do not see the message from before the test.
fn not_restored(after: Option<&Status>, message: &str) -> Option<Check> {
    if after.is_some() && message_of(after) == message {
        return None;
    }
    let advice = match message {
        "" => "A space stays: the server does not clear messages. Any other message replaces it.",
        _ => "Press m in the dashboard and write it again.",
    };
    Some(Check::wrong("message", "could not restore your status message", advice))
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
