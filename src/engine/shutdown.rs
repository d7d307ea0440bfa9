//! The shutdown: sends the last state, and tells the person what others still see.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    model::{
        deadline,
        event::{Answer, PresenceUpdate},
        own::Shutdown,
        presence::{BusyName, Presence},
    },
    server::Session,
};

/// The time limit of the shutdown.
const LIMIT: Duration = Duration::from_secs(3);
/// The time limit while others see busy: the server's rate limit allows one more change in it.
const LIMIT_BUSY: Duration = Duration::from_secs(12);

/// The result of the shutdown.
enum LastState {
    Sent,
    /// The server accepts the last state, but others still see busy.
    StillBusy,
    NotSent,
}

/// Sends the last state. Tells the person if others still see busy.
pub(super) async fn shut_down(session: &Session, shutdown: Shutdown, say: impl Fn(&str)) {
    let Shutdown { put, busy, busy_lasts } = shutdown;
    let server = session.account().user_id.server_name();
    let until = match busy_lasts {
        Some(time) => format!("until {} at the latest", clock_in(time)),
        None => "until you set another state: this server never ends it".to_owned(),
    };
    let Some(put) = put else {
        if busy {
            say(&format!("others still see you as busy, {until}."));
        }
        return;
    };
    let limit = if busy { LIMIT_BUSY } else { LIMIT };
    let left = select! {
        left = timeout(limit, send_last_state(session, put, busy, &say)) => left.unwrap_or(LastState::NotSent),
        _ = tokio::signal::ctrl_c() => LastState::NotSent,
    };
    match left {
        LastState::StillBusy => say(&format!(
            "another session of yours, or {server} itself, holds busy: others still see it, {until}."
        )),
        LastState::NotSent if busy => {
            say(&format!("{server} did not end busy; others may still see it, {until}."));
        }
        LastState::Sent | LastState::NotSent => {}
    }
}

/// Sends the last state. Waits for the server's rate limit if others see busy.
async fn send_last_state(
    session: &Session,
    put: PresenceUpdate,
    busy: bool,
    say: &impl Fn(&str),
) -> LastState {
    let mut undone = false;
    loop {
        match session.publish(put.clone(), BusyName::default()).await {
            // Accepted does not mean seen. A `/sync` that was cut off can reach the server later and undo it.
            Answer::Accepted => match session.look_up_own().await.map(|seen| seen.presence) {
                Some(Presence::Busy) if busy => return LastState::StillBusy,
                Some(presence) if presence != put.presence && !undone => undone = true,
                _ => return LastState::Sent,
            },
            Answer::Limited(wait) if busy => {
                let seconds = wait.as_secs_f64().ceil();
                say(&format!("ending busy in {seconds} s, when the server allows it; Ctrl-C to skip."));
                sleep(wait).await;
            }
            _ => return LastState::NotSent,
        }
    }
}

/// Returns the time of day after a while.
fn clock_in(time: Duration) -> String {
    let now = Timestamp::now();
    deadline::words(now.checked_add(time).unwrap_or(now), now, &TimeZone::system())
}
