//! Checks of the process that runs the engine, and of where the session's secrets are.

use jiff::{Timestamp, tz::TimeZone};

use super::check::Check;
use crate::{
    cli::config::Config,
    engine::{
        Inquiry,
        protocol::{EngineProcess, ProcessKind},
    },
    model::{age, deadline, session::TokenStore},
    store::session_store::SessionStore,
};

/// Says which process runs the engine, what it does by itself, and what it cannot see.
pub fn checks(inquiry: Option<&Inquiry>, config: &Config) -> Vec<Check> {
    let Some(inquiry) = inquiry else {
        let says =
            "no whosin is running, so nothing keeps your presence; whosin daemon does without a terminal";
        return vec![Check::fine("engine", says)];
    };
    let EngineProcess { id, kind, since, .. } = inquiry.process;
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let what = match kind {
        ProcessKind::Dashboard => "a dashboard",
        ProcessKind::Daemon => "whosin daemon",
        ProcessKind::Errand => "a process in the background",
        ProcessKind::Command => "a command",
    };
    let since = match age::words(since, now) {
        ago if ago == "now" => "just now".to_owned(),
        ago => format!("{ago} ago"),
    };
    let does = match kind {
        ProcessKind::Dashboard | ProcessKind::Daemon => by_itself(inquiry, config),
        ProcessKind::Errand | ProcessKind::Command => match inquiry.model.own().report().ends {
            Some(ends) => format!("it ends your state at {}", deadline::words(ends, now, &zone)),
            None => "it sets your state while it runs".to_owned(),
        },
    };
    let says = format!("{what}, process {id}, started {since}: {does}");
    let blind = if kind.notifies() { blind(inquiry) } else { Vec::new() };
    let sees =
        (!blind.is_empty()).then(|| Check::fine("sees", format!("{what} does not see {}", blind.join("; "))));
    [Check::fine("engine", says)].into_iter().chain(sees).collect()
}

/// Lists what the engine does without being asked.
fn by_itself(inquiry: &Inquiry, config: &Config) -> String {
    let settings = inquiry.model.settings();
    if settings.watch_only {
        return "it only watches".to_owned();
    }
    let idle = settings.idle_after.filter(|_| !inquiry.model.own().is_idle_unknown());
    let does = [
        Some("it keeps your presence, ends timed states".to_owned()),
        settings.busy_in_calls.then(|| "is busy in calls".to_owned()),
        idle.map(|length| format!("sets unavailable after {} min without input", length.as_mins())),
        Some("notifies you".to_owned()),
        (!config.on_change.is_empty()).then(|| "runs on_change".to_owned()),
        settings.recorded.then(|| "keeps the history".to_owned()),
    ];
    does.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Lists what the engine's process does not see, with the consequence.
fn blind(inquiry: &Inquiry) -> Vec<&'static str> {
    let EngineProcess { kind, desktop, bus, .. } = inquiry.process;
    let shows_nothing = kind == ProcessKind::Daemon && !(desktop && bus);
    [
        (!desktop).then_some("a desktop, as there is no DISPLAY or WAYLAND_DISPLAY in its environment"),
        (!bus).then_some("your D-Bus"),
        shows_nothing.then_some("a way to show notifications"),
        inquiry.model.own().is_idle_unknown().then_some("when you are away, so online stays"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Says where the session's tokens are.
pub fn secrets(store: &SessionStore) -> Option<Check> {
    let stored = store.stored().ok()??;
    Some(Check::fine(
        "secrets",
        match stored.token_store {
            TokenStore::Keyring => "your tokens are in the system's keyring".to_owned(),
            TokenStore::File => {
                format!("your tokens are in {}, readable only by you", store.path().display())
            }
        },
    ))
}
