//! `whosin set`: set the own state from the shell.

use std::time::Duration;

use clap::Args;
use color_eyre::eyre::{Result, bail};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    exit::Exit,
    output::{message, print_lines},
    presence_args::{PresenceArgs, connect, line, request},
};
use crate::{
    engine::{Client, Role},
    model::{
        deadline,
        event::Command,
        outcome::{Outcome, Verdict},
        presence::Presence,
        request::PresenceRequest,
        text,
    },
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin set busy -m \"in a meeting\" --for 45m
  whosin set busy --until 15:00
  whosin set online --clear-message
  whosin set away || echo \"others see something else\"

Waits until others see the state, and prints what they see. A running dashboard sets it. Without one, the state lasts \
as long as the server keeps it; standard error says how long. To keep a state, use whosin hold. When the time of --for \
or --until is over, the running dashboard restores the previous state and message. If none is open, the next one does.

Exit status 0: others see the state. 3: set, but others see a different state; the line says why. 4: not set.";

/// The options of `set`.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// The state.
    #[command(flatten)]
    pub presence: PresenceArgs,

    /// Do not wait until others see the state, and print nothing.
    #[arg(long)]
    pub no_wait: bool,
}

/// Two rounds of Synapse's rate limit (10 s each), and 10 s for answers.
const LIMIT: Duration = Duration::from_secs(30);

/// Sets the state and prints what others see.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or the engine of the profile cannot be used.
pub async fn run(args: SetArgs) -> Result<Exit> {
    let request = request(&args.presence)?;
    let mut client = connect(Role::Command).await?;
    let is_here = client.is_engine_here();
    client.send(Command::Set(request.clone()));
    let is_final = |verdict| {
        let enough = if args.no_wait { Verdict::Pending } else { Verdict::Accepted };
        verdict > enough || (args.no_wait && !is_here)
    };
    let outcome = client.outcome(LIMIT, is_final, wait_for).await;
    let hint = hint(&client, &request);
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
    Ok(exit)
}

/// Says what a slow `set` waits for.
fn wait_for(outcome: &Outcome) {
    if let (Verdict::Pending, Some(why)) = (outcome.verdict, &outcome.why) {
        message(format_args!("waiting: {}", text::clean(why)));
    }
}

fn failure(outcome: &Outcome, ask: &PresenceRequest) -> String {
    let why = outcome.why.as_deref().unwrap_or("the server does not answer");
    format!("cannot set {}: {why}; for details, run whosin doctor", ask.presence.label())
}

/// How long the state lasts without a dashboard.
fn hint(client: &Client, ask: &PresenceRequest) -> Option<String> {
    if !client.is_engine_here() {
        return None;
    }
    let server_kind = client.model().own().server_kind();
    let state = ask.presence.label();
    let lasts = match ask.presence {
        Presence::Offline | Presence::Other(_) => None,
        Presence::Busy => Some(match server_kind.busy_lasts() {
            Some(time) => format!("for {} at most", span(time)),
            None => "until you set another state".to_owned(),
        }),
        Presence::Online | Presence::Unavailable => Some(format!(
            "for about {}, unless another client of yours says so too",
            span(server_kind.lasts())
        )),
    };
    let lasts = lasts.map(|lasts| format!("No dashboard is running: others see {state} {lasts}."));
    let ends = ask.until.map(|end| {
        let at = deadline::words(end.at, Timestamp::now(), &TimeZone::system());
        format!("A dashboard ends it at {at}, or when it is opened next. To end it without a dashboard, use whosin hold.")
    });
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
