//! `whosin hold`: a state for as long as a command runs.

use std::{ffi::OsString, io};

use clap::Args;
use color_eyre::eyre::{OptionExt, Result};

use super::{
    exit::Exit,
    output::message,
    presence_args::{PresenceArgs, connect, line, request},
};
use crate::{
    engine::Role,
    model::{
        outcome::{Outcome, Verdict},
        presence::State,
        request::PresenceRequest,
        settings::Start,
        text,
    },
};

mod child;
mod held;

use held::{HeldState, HoldEvent};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin hold busy -m \"giving a talk\" -- pympress talk.pdf
  whosin hold busy -- make release
  whosin hold busy --for 45m               for 45 minutes or until Ctrl-C
  whosin hold offline -- bash

When the command ends or the time is over, whosin restores the previous state and message. While a dashboard is \
running, the dashboard holds the state. When the connection is lost, the command goes on, and whosin sets the state \
again as soon as the server is back. A state that you set meanwhile stays.

The exit status is that of the command: 128 plus the signal number if a signal ended it, 127 if it was not found, 126 \
if it could not be started. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it. Without a command it is 0.";

/// The options of `hold`.
#[derive(Args, Debug)]
pub struct HoldArgs {
    /// The state; free means online, away means unavailable.
    pub state: State,

    /// The message and the end.
    #[command(flatten)]
    pub presence: PresenceArgs,

    /// The command to run, with its arguments; without one, hold until Ctrl-C.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Holds the state while the command runs, then restores the previous one.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in, the engine of the profile cannot be used, or the command
/// cannot be started.
pub async fn run(args: HoldArgs) -> Result<Exit> {
    let request = request(args.state, &args.presence)?;
    let until = request.until.map(|end| end.at);
    let request = PresenceRequest { until: None, ..request };
    let client = connect(Role::Holder, Some(Start::Keep)).await?;
    let mut hold = match HeldState::begin(client, request, &args.command, until) {
        Ok(hold) => hold,
        Err(error) => {
            let program = args.command.first().ok_or_eyre("cannot install signal handlers")?;
            message(format_args!("cannot start {}: {error}", program.display()));
            return Ok(Exit::Command(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }));
        }
    };
    let mut reporter = Reporter { alone: args.command.is_empty(), reported: None, set: false };
    let status = loop {
        match hold.next().await {
            HoldEvent::Outcome(outcome) => reporter.report(&outcome),
            HoldEvent::Over(status) => break status,
        }
    };
    if let Some(outcome) = hold.end(wait_for).await {
        reporter.report_end(&outcome);
    }
    Ok(Exit::Command(status))
}

fn wait_for(outcome: &Outcome) {
    if let Some(why) = &outcome.why {
        message(format_args!("restoring the previous state ({}); Ctrl-C to skip", text::clean(why)));
    }
}

/// Reports to standard error. The command uses the same stream, so the reports are few.
struct Reporter {
    /// Whether no command runs.
    alone: bool,
    reported: Option<Verdict>,
    /// Whether the server has ever accepted the state.
    set: bool,
}

impl Reporter {
    /// Says when others see another state, and when they see this one again.
    fn report(&mut self, outcome: &Outcome) {
        let verdict = outcome.verdict;
        self.set |= matches!(verdict, Verdict::Accepted | Verdict::Seen | Verdict::Differs);
        let unclear = verdict == Verdict::Accepted || (verdict == Verdict::Pending && outcome.why.is_none());
        let fine = verdict == Verdict::Seen && self.reported.is_none() && !self.alone;
        if unclear || fine || self.reported == Some(verdict) {
            return;
        }
        self.reported = Some(verdict);
        let hint = if self.alone { "; Ctrl-C to end" } else { "" };
        match verdict {
            Verdict::Pending | Verdict::Failed => {
                let why = text::clean(outcome.why.as_deref().unwrap_or_default());
                let yet = if verdict == Verdict::Pending { " yet" } else { "" };
                message(format_args!("cannot set the state{yet}: {why}"));
            }
            _ => message(format_args!("others see {}{hint}", line(outcome))),
        }
    }

    /// Says what others still see if the previous state could not be restored.
    fn report_end(&self, outcome: &Outcome) {
        match outcome.verdict {
            Verdict::Seen | Verdict::Failed => {}
            Verdict::Differs => message(format_args!("others still see {}", line(outcome))),
            Verdict::Pending | Verdict::Accepted if !self.set => {}
            Verdict::Pending | Verdict::Accepted => message(format_args!(
                "could not restore the previous state; the next whosin does. Others may still see {}",
                line(outcome)
            )),
        }
    }
}
