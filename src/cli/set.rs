//! `whosin set`: one's own state, from the shell.

use std::time::Duration;

use clap::Args;
use color_eyre::eyre::{Result, bail};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    exit::Exit,
    output::{message, print_lines},
    wish::{PresenceArgs, alone, ask, line},
};
use crate::{
    engine::keeper::Keeper,
    model::{
        control::{Outcome, PresenceRequest, Request, Verdict},
        deadline,
        presence::Presence,
        text,
    },
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin set busy -m \"in a meeting\" --for 45m
  whosin set busy --until 15:00
  whosin set online --clear-message
  whosin set away || echo \"others see something else\"

It waits until others see it, and prints what they see. While the dashboard is open, the dashboard does it. Without one \
a state lasts as long as the server keeps it, and standard error says how long that is: whosin hold keeps one. With --for \
and --until the state and the message from before return when that time is over, by the dashboard if it is open then, \
else by the next one.

Exit status 0: others see it. 3: they see something else, and the line says why. 4: it could not be set.";

/// What to set.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// The state.
    #[command(flatten)]
    pub wish: PresenceArgs,

    /// Do not wait until others see it; print nothing.
    #[arg(long)]
    pub no_wait: bool,
}

/// How long it may take: two turns of Synapse's limit, and some.
const LIMIT: Duration = Duration::from_secs(30);

/// Sets it, and prints what others see.
///
/// # Errors
///
/// When it cannot be set.
pub async fn run(args: SetArgs) -> Result<Exit> {
    let ask = ask(&args.wish)?;
    let request = Request::Set(ask.clone());
    // A dashboard may end before it has done it.
    let (keeper, outcome) = loop {
        let mut keeper = Keeper::ask(&request, async |seat| alone(seat, None).await).await?;
        if args.no_wait && matches!(keeper, Keeper::Running { .. }) {
            return Ok(Exit::Done);
        }
        let done = |verdict| verdict > if args.no_wait { Verdict::Pending } else { Verdict::Accepted };
        if let Some(outcome) = keeper.until(LIMIT, done, wait_for).await? {
            break (keeper, outcome);
        }
    };
    let exit = match outcome.verdict {
        Verdict::Accepted | Verdict::Seen if args.no_wait => Exit::Done,
        Verdict::Seen if outcome.presence.as_ref() == Some(&ask.presence) => Exit::Done,
        Verdict::Seen | Verdict::Differs => Exit::Differs,
        Verdict::Pending | Verdict::Accepted | Verdict::Failed => {
            bail!(text::clean(&failure(&outcome, &ask)).into_owned())
        }
    };
    if !args.no_wait {
        print_lines([line(&outcome)]).await?;
    }
    if let Some(hint) = hint(&keeper, &ask) {
        message(hint);
    }
    Ok(exit)
}

/// What takes so long.
fn wait_for(outcome: &Outcome) {
    if let (Verdict::Pending, Some(why)) = (outcome.verdict, &outcome.why) {
        message(format_args!("waiting: {}", text::clean(why)));
    }
}

fn failure(outcome: &Outcome, ask: &PresenceRequest) -> String {
    let why = outcome.why.as_deref().unwrap_or("the server does not answer");
    format!("{} could not be set: {why}; whosin doctor says more", ask.presence.label())
}

/// For how long it lasts, where nobody keeps it.
fn hint(keeper: &Keeper, ask: &PresenceRequest) -> Option<String> {
    let server_kind = keeper.own()?.server_kind();
    let state = ask.presence.label();
    let lasts = match ask.presence {
        Presence::Offline | Presence::Other(_) => None,
        Presence::Busy => Some(match server_kind.busy_lasts() {
            Some(time) => format!("for {} at most", span(time)),
            None => "until you set another state, because this server never ends it".to_owned(),
        }),
        Presence::Online | Presence::Unavailable => Some(format!(
            "for about {}, unless another client of yours says so too",
            span(server_kind.lasts())
        )),
    };
    let lasts = lasts.map(|lasts| format!("No dashboard keeps it: others see {state} {lasts}."));
    let ends = ask.until.map(|end| {
        let at = deadline::words(end.at, Timestamp::now(), &TimeZone::system());
        format!("A dashboard ends it at {at}, or when it is opened next; whosin hold ends it by itself.")
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
