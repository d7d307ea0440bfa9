//! The end: what the server is told, and what the person is told that others go on seeing.

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

/// How long taking leave may take.
const LEAVE: Duration = Duration::from_secs(3);
/// How long it may take if others would go on seeing busy: one turn of the server's limit.
const LEAVE_BUSY: Duration = Duration::from_secs(12);

/// How it went.
enum Left {
    Well,
    /// The server accepts the last state, and others see busy all the same.
    Held,
    NotAtAll,
}

/// Tells the server good-bye, and the person what others go on seeing if they see busy.
pub(super) async fn shut_down(session: &Session, shutdown: Shutdown, say: impl Fn(&str)) {
    let Shutdown { put, busy, busy_lasts } = shutdown;
    let server = session.account().user_id.server_name();
    let until = match busy_lasts {
        Some(time) => format!("until {} at the latest", clock_in(time)),
        None => "until you set another state: this server never ends it".to_owned(),
    };
    let Some(put) = put else {
        if busy {
            say(&format!("others go on seeing you as busy, {until}."));
        }
        return;
    };
    let limit = if busy { LEAVE_BUSY } else { LEAVE };
    let left = select! {
        left = timeout(limit, try_to_leave(session, put, busy, &say)) => left.unwrap_or(Left::NotAtAll),
        _ = tokio::signal::ctrl_c() => Left::NotAtAll,
    };
    match left {
        Left::Held => say(&format!(
            "another session of yours, or {server} itself, holds busy: others go on seeing it, {until}."
        )),
        Left::NotAtAll if busy => {
            say(&format!("{server} did not end busy; others may go on seeing it, {until}."));
        }
        Left::Well | Left::NotAtAll => {}
    }
}

/// Sends the last state; where the server limits changes, waits for a turn if leaving busy depends on it.
async fn try_to_leave(session: &Session, put: PresenceUpdate, busy: bool, say: &impl Fn(&str)) -> Left {
    loop {
        match session.publish(put.clone(), BusyName::default()).await {
            // Accepted is not seen.
            Answer::Accepted if busy => {
                let seen = session.look_up_own().await;
                let held = seen.is_some_and(|seen| seen.presence == Presence::Busy);
                return if held { Left::Held } else { Left::Well };
            }
            Answer::Accepted => return Left::Well,
            Answer::Limited(wait) if busy => {
                let seconds = wait.as_secs_f64().ceil();
                say(&format!("ending busy in {seconds} s, when the server takes it. Ctrl-C: leave it."));
                sleep(wait).await;
            }
            _ => return Left::NotAtAll,
        }
    }
}

/// The time of day after so long.
fn clock_in(time: Duration) -> String {
    let now = Timestamp::now();
    deadline::words(now.checked_add(time).unwrap_or(now), now, &TimeZone::system())
}
