//! What `whosin set` and `whosin hold` ask for, and of whom.

use color_eyre::eyre::Result;
use jiff::{Timestamp, tz::TimeZone};

use super::{config, files, signed_in};
use crate::{
    cli::{
        OwnState, UsageError, Wish,
        config::{Config, Start},
    },
    engine::{attendant::Attendant, instance::Seat, tasks::Link},
    model::{
        app::App,
        control::{Outcome, PresenceRequest},
        deadline,
        presence::Presence,
        text,
    },
};

/// What is asked for.
pub fn ask(wish: &Wish) -> Result<PresenceRequest> {
    let until = wish.length.as_ref().or(wish.until.as_ref());
    let until = until.map(|typed| deadline::parse(typed, Timestamp::now(), &TimeZone::system())).transpose();
    let presence = match wish.state {
        OwnState::Busy => Presence::Busy,
        OwnState::Online => Presence::Online,
        OwnState::Unavailable => Presence::Unavailable,
        OwnState::Offline => Presence::Offline,
    };
    let message = wish.message.as_ref().map(|typed| typed.trim().to_owned());
    let status_msg = message.or_else(|| wish.clear_message.then(String::new));
    Ok(PresenceRequest { presence, status_msg, until: until.map_err(|why| UsageError(why.to_string()))? })
}

/// Begins without a dashboard, with the kept session. What the configuration would change by itself is left: the person
/// has said what to set. `start` is what returns in the end, where nothing else is known to.
pub async fn alone(seat: Seat, start: Option<Start>) -> Result<Attendant> {
    let session = signed_in().await?;
    let configured = config::load()?;
    let start = start.unwrap_or(configured.start);
    let config = Config { start, watch_only: false, idle_after: None, busy_in_calls: false, ..configured };
    let mut link = Link::new(Some(files()?));
    let (saved, preferences) = link.left();
    let account = Some(session.account().clone());
    let app = App::prepared(account, (0, 0), TimeZone::system(), config, saved, preferences);
    link.attach(session);
    Ok(Attendant::new(app, link, seat))
}

/// What others see, in a line: `busy: in a meeting`, `unavailable (example.org has no busy)`.
pub fn line(outcome: &Outcome) -> String {
    let mut line = outcome.presence.as_ref().map_or("unknown", Presence::label).to_owned();
    if let Some(message) = outcome.status_msg.as_ref().filter(|message| !message.is_empty()) {
        line = format!("{line}: {message}");
    }
    if let Some(why) = &outcome.why {
        line = format!("{line} ({why})");
    }
    text::clean(&line).into_owned()
}
