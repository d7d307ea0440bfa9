//! The shutdown: sends the last state, and tells the person what others still see.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::ServerName;
use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    model::{
        deadline,
        event::{Answer, PresenceUpdate},
        own::Shutdown,
        presence::{BusyName, Presence, Visibility},
        quirks::ServerKind,
        settings::{OnQuit, Settings},
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
    let Shutdown { put, busy, server_kind } = shutdown;
    let server = session.account().user_id.server_name();
    let until = match server_kind.busy_lasts() {
        Some(time) => format!("until {} at the latest", clock_in(time)),
        None => server_kind.busy_ends().to_owned(),
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
        LastState::StillBusy => say(&held(server, server_kind, &until)),
        LastState::NotSent if busy => {
            say(&format!("{server} did not end busy; others may still see it, {until}."));
        }
        LastState::Sent | LastState::NotSent => {}
    }
}

/// Words a busy that is not ours to end.
fn held(server: &ServerName, server_kind: ServerKind, until: &str) -> String {
    if server_kind.ranks_sessions() {
        return "another session of yours holds busy: others still see it, until that session sets another state, or \
                5 min after it is closed."
            .to_owned();
    }
    if server_kind.last_sync_wins() {
        return "another session of yours sets busy: others still see it, until that session sets another state."
            .to_owned();
    }
    format!("another session of yours, or {server} itself, holds busy: others still see it, {until}.")
}

/// Ends the own presence before the session ends on the server: afterwards nothing could. Keeps a state as configured,
/// unless it is busy, and one that may be another session's, where a server does not tell sessions apart.
pub(crate) async fn leave_for_good(session: &Session, settings: &Settings, say: impl Fn(&str)) {
    let Some(Visibility::Shown(seen)) = session.look_up_own().await else { return };
    let software = session.features().await.ok().and_then(|features| features.software);
    let server_kind = ServerKind::if_known(software.as_ref());
    let busy = seen.presence == Presence::Busy;
    let others = server_kind.last_sync_wins() && !busy;
    if settings.watch_only || seen.presence == Presence::Offline || others {
        return;
    }
    let presence = match settings.on_quit {
        OnQuit::Offline => Presence::Offline,
        OnQuit::Keep if busy => Presence::Online,
        OnQuit::Keep => return,
    };
    // Where each session has its own message, no other one can clear it once this session has ended.
    let status_msg = seen.status_msg.filter(|_| !server_kind.ranks_sessions());
    let status_msg = status_msg.map(String::from).unwrap_or_default();
    let put = Some(PresenceUpdate { presence, status_msg });
    shut_down(session, Shutdown { put, busy, server_kind }, say).await;
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
            Answer::Accepted => match seen(session).await {
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

/// Sends offline once more if a `/sync` that was cut off has reached the server later and undone it.
pub(super) async fn stay_offline(session: &Session, put: PresenceUpdate) {
    let stay = async {
        if seen(session).await.is_some_and(|presence| presence != put.presence) {
            let answer = session.publish(put, BusyName::default()).await;
            tracing::info!(?answer, "offline was undone, and sent again");
        }
    };
    let _ = timeout(LIMIT, stay).await;
}

async fn seen(session: &Session) -> Option<Presence> {
    session.look_up_own().await.and_then(Visibility::shown).map(|seen| seen.presence)
}

/// Returns the time of day after a while.
fn clock_in(time: Duration) -> String {
    let now = Timestamp::now();
    deadline::words(now.checked_add(time).unwrap_or(now), now, &TimeZone::system())
}
