//! The state that `whosin set` and `whosin hold` ask for.

use clap::Args;
use color_eyre::eyre::Result;
use jiff::{Timestamp, tz::TimeZone};

use super::{
    config,
    exit::UsageError,
    session::{configured_files, signed_in},
};
use crate::{
    engine::{Client, Role, Setup, protocol::Scope},
    model::{
        deadline::{self, Deadline},
        outcome::Outcome,
        presence::{Presence, State},
        request::PresenceRequest,
        settings::{Settings, Start},
        text,
    },
};

/// The message and the end of a state, which is the argument `state`.
#[derive(Args, Debug)]
pub struct PresenceArgs {
    /// The status message; without it the message stays as it is.
    #[arg(short, long, value_name = "TEXT", requires = "state")]
    pub message: Option<String>,

    /// Remove the status message.
    #[arg(long, conflicts_with = "message", requires = "state")]
    pub clear_message: bool,

    /// How long, such as 45m, 1h30m or "half an hour"; a plain number is minutes.
    #[arg(long = "for", value_name = "LENGTH", conflicts_with = "until")]
    pub length: Option<String>,

    /// Until when, such as 15:00, 3pm, "tomorrow 9:00", friday (its beginning) or RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Parses the end.
///
/// # Errors
///
/// [`UsageError`] if it is none.
pub fn end(args: &PresenceArgs) -> Result<Option<Deadline>> {
    let length = args.length.as_ref().map(|typed| format!("for {typed}"));
    let until = length.or_else(|| args.until.as_ref().map(|typed| format!("until {typed}")));
    let until = until.map(|typed| deadline::parse(&typed, Timestamp::now(), &TimeZone::system())).transpose();
    Ok(until.map_err(|why| UsageError(why.to_string()))?)
}

/// Parses the arguments into a request.
///
/// # Errors
///
/// [`UsageError`] if the end is none.
pub fn request(state: State, args: &PresenceArgs) -> Result<PresenceRequest> {
    let message = args.message.as_ref().map(|typed| typed.trim().to_owned());
    let status_msg = message.or_else(|| args.clear_message.then(String::new));
    Ok(PresenceRequest { presence: state.into(), status_msg, until: end(args)? })
}

/// Returns the settings of an engine that does only what the person has asked for: idle time and calls change nothing.
pub fn quiet(settings: Settings) -> Settings {
    Settings { watch_only: false, idle_after: None, busy_in_calls: false, recorded: false, ..settings }
}

/// Connects to the engine of the profile, or runs one on the kept session. `Start::Keep` lets that one restore what
/// others see now. `None`: the configured start.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in, or the engine of the profile cannot be used.
pub async fn connect(role: Role, start: Option<Start>) -> Result<Client> {
    let settings = |configured: Settings| Settings { start: start.unwrap_or(configured.start), ..configured };
    connect_with(role, settings).await
}

/// Connects like [`connect`], and leaves the own presence alone.
///
/// # Errors
///
/// As [`connect`].
pub(crate) async fn connect_to_watch(role: Role) -> Result<Client> {
    connect_with(role, |configured| Settings { watch_only: true, ..configured }).await
}

async fn connect_with(role: Role, settings: impl FnOnce(Settings) -> Settings) -> Result<Client> {
    let session = signed_in().await?;
    let config = config::load()?;
    let settings = settings(quiet(config.settings()));
    let setup = Setup { session, files: Some(configured_files(&config)?), settings, role, scope: Scope::Own };
    Ok(Client::connect(setup).await?)
}

/// Words what others see: `busy: in a meeting`, `unavailable (example.org has no busy)`.
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
