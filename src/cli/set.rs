//! `whosin set`: set the own state from the shell.

use std::time::Duration;

use clap::Args;
use color_eyre::eyre::{Result, bail};
use jiff::{Timestamp, tz::TimeZone};
use tokio::time::timeout;

use super::{
    daemon::start_errand,
    exit::{Exit, UsageError},
    output::{message, print_lines},
    presence_args::{PresenceArgs, connect, end, line, request},
};
use crate::{
    engine::{Client, Role},
    model::{
        deadline::{self, Deadline},
        event::Command,
        outcome::{Outcome, Verdict},
        presence::{Presence, State},
        profile::{NewStatus, StatusRequest},
        request::PresenceRequest,
        settings::Start,
        text,
    },
};

mod user_status;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin set busy -m \"in a meeting\" --for 45m
  whosin set busy --until 3pm
  whosin set online --clear-message
  whosin set away || echo \"others see something else\"
  whosin set --status \"🌴 On holiday\" --until friday
  whosin set --clear-status

Waits until others see the state, and prints what they see. A running dashboard or daemon sets it. Without one, the \
state lasts as long as the server keeps it; standard error says how long. To keep a state, use whosin hold. When the \
time of --for or --until is over, whosin restores the previous state and message: the dashboard or the daemon, or a \
process in the background that this command starts.

A user status belongs to your profile (MSC4426). Anyone can read it, also where presence is switched off. --for and \
--until clear it at that time, unless it has changed since.

Exit status 0: others see the state. 3: set, but others see a different state; the line says why. 4: not set.";

/// The options of `set`.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// The state; free means online, away means unavailable.
    #[arg(required_unless_present_any = ["status", "clear_status"])]
    pub state: Option<State>,

    /// The message and the end.
    #[command(flatten)]
    pub presence: PresenceArgs,

    /// Set the user status of your profile, such as "🌴 On holiday". Anyone can read it. --for and --until clear it.
    #[arg(long, value_name = "TEXT")]
    pub status: Option<String>,

    /// Remove the user status.
    #[arg(long, conflicts_with = "status")]
    pub clear_status: bool,

    /// Start no process in the background that ends the state of --for or --until. The next dashboard ends it.
    #[arg(long)]
    pub no_background: bool,

    /// Do not wait until others see the state, and print nothing.
    #[arg(long)]
    pub no_wait: bool,
}

/// Two rounds of Synapse's rate limit (10 s each), and 10 s for answers.
const LIMIT: Duration = Duration::from_secs(30);
/// The most events that may wait behind the outcome.
const WAITING: usize = 100;

/// Sets the state and the status, and prints what others see.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or the engine of the profile cannot be used.
pub async fn run(args: SetArgs) -> Result<Exit> {
    let mut exit = Exit::Done;
    if let Some(request) = status_request(&args)? {
        exit = user_status::set(&args, request).await?;
    }
    match args.state {
        Some(state) => {
            let set = set_presence(state, &args).await?;
            Ok(if exit == Exit::Done { set } else { exit })
        }
        None => Ok(exit),
    }
}

/// Parses the arguments about the status. `None`: there are none.
fn status_request(args: &SetArgs) -> Result<Option<StatusRequest>> {
    let status = args.status.as_deref().map(NewStatus::parse).transpose();
    let status = status.map_err(|why| UsageError(why.to_string()))?;
    if status.is_none() && !args.clear_status {
        return Ok(None);
    }
    let until = end(&args.presence)?.filter(|_| status.is_some());
    Ok(Some(StatusRequest { status, until }))
}

/// Sets the state and prints what others see.
async fn set_presence(state: State, args: &SetArgs) -> Result<Exit> {
    let request = request(state, &args.presence)?;
    let start = request.until.as_ref().map(|_| Start::Keep);
    let mut client = connect(Role::Command, start).await?;
    client.send(Command::Set(request.clone()));
    // The process with the engine may end at any moment. Then the engine is here.
    let is_final = |client: &Client, verdict| {
        let enough = if args.no_wait { Verdict::Pending } else { Verdict::Accepted };
        verdict > enough || (args.no_wait && !client.is_engine_here())
    };
    let outcome = client.outcome(LIMIT, is_final, wait_for).await;
    let is_here = client.is_engine_here();
    catch_up(&mut client).await;
    let not_saved = client.model().presence_not_saved().filter(|_| request.until.is_some());
    let not_saved = not_saved.map(ToOwned::to_owned);
    let in_background = is_here && request.until.is_some() && !args.no_background && not_saved.is_none();
    let hint = if in_background || not_saved.is_some() { None } else { hint(&client, &request, &outcome) };
    let settled = client.is_settled();
    client.stop().await;
    if !settled {
        bail!("the open whosin does not answer; is it stopped? Continue it with fg, or end it");
    }
    let exit = match outcome.verdict {
        _ if args.no_wait && !is_here => return Ok(Exit::Done),
        Verdict::Accepted | Verdict::Seen if args.no_wait => Exit::Done,
        Verdict::Seen if outcome.presence.as_ref() == Some(&request.presence) => Exit::Done,
        Verdict::Seen | Verdict::Differs => Exit::Differs,
        Verdict::Pending | Verdict::Accepted | Verdict::Failed => {
            bail!(text::clean(&failure(&outcome, &request)).into_owned())
        }
    };
    if !args.no_wait {
        print_lines([line(&outcome)]).await?;
    }
    if let Some(hint) = hint {
        message(hint);
    }
    if let Some(why) = not_saved {
        // An end that nobody can remember is not what was asked for.
        let state = request.presence.label();
        message(format_args!(
            "{} ends {state} {}: {}",
            who_remembers(is_here),
            at(&request),
            text::clean(&why)
        ));
        return Ok(Exit::Differs);
    }
    Ok(if in_background { end_in_background(&request, exit).await } else { exit })
}

/// Starts the process that ends the state, and says so. A state that nothing ends is not what was asked for.
async fn end_in_background(request: &PresenceRequest, exit: Exit) -> Exit {
    let state = request.presence.label();
    match start_errand().await {
        Ok(()) => {
            message(format_args!("whosin ends {state} {} in the background", at(request)));
            exit
        }
        Err(error) => {
            message(format_args!("nothing ends {state} {} but the next dashboard: {error:#}", at(request)));
            Exit::Differs
        }
    }
}

/// Handles the events that wait. Whether the end was saved is known, but may wait behind what the server says.
async fn catch_up(client: &mut Client) {
    for _ in 0..WAITING {
        if timeout(Duration::ZERO, client.turn()).await.is_err() {
            break;
        }
    }
}

/// Names who still ends a state whose end could not be saved. `is_here`: the engine goes with this process.
fn who_remembers(is_here: bool) -> &'static str {
    if is_here { "nothing" } else { "only the whosin that is running now" }
}

/// Words when the state ends: `at 15:00`, `tomorrow 15:00`.
fn at(request: &PresenceRequest) -> String {
    let words = |end: &Deadline| deadline::words(end.at, Timestamp::now(), &TimeZone::system());
    let words = request.until.as_ref().map(words).unwrap_or_default();
    if words.starts_with(|first: char| first.is_ascii_digit()) { format!("at {words}") } else { words }
}

/// Says what a slow `set` waits for.
fn wait_for(outcome: &Outcome) {
    if let (Verdict::Pending, Some(why)) = (outcome.verdict, &outcome.why) {
        message(format_args!("waiting: {}", text::clean(why)));
    }
}

fn failure(outcome: &Outcome, ask: &PresenceRequest) -> String {
    let why = outcome.why.as_deref().unwrap_or("the server does not answer").trim_end_matches('.');
    format!("cannot set {}: {why}; for details, run whosin doctor", ask.presence.label())
}

/// Returns how long the state lasts without a dashboard.
fn hint(client: &Client, ask: &PresenceRequest, outcome: &Outcome) -> Option<String> {
    if !client.is_engine_here() {
        return None;
    }
    // How long others see a state that they do not see would be no help.
    let shown = outcome.verdict != Verdict::Differs
        && outcome.why.is_none()
        && outcome.presence.as_ref() == Some(&ask.presence);
    let server_kind = client.model().own().server_kind();
    let state = ask.presence.label();
    let lasts = match ask.presence {
        Presence::Offline | Presence::Other(_) => None,
        Presence::Busy => Some(match server_kind.busy_lasts() {
            Some(time) => format!("for {} at most", span(time)),
            None => server_kind.busy_ends().to_owned(),
        }),
        Presence::Online | Presence::Unavailable => Some(format!(
            "for about {}, unless another client of yours says so too",
            span(server_kind.lasts())
        )),
    };
    let lasts =
        lasts.filter(|_| shown).map(|lasts| format!("No dashboard is running: others see {state} {lasts}."));
    let ends = ask.until.as_ref().map(|_| format!("The next dashboard ends it {}.", at(ask)));
    let hint = [lasts, ends].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!hint.is_empty()).then_some(hint)
}

fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}
