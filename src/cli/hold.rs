//! `whosin hold`: a state for as long as a command runs.

use std::{ffi::OsString, io};

use clap::Args;
use color_eyre::eyre::{OptionExt, Result};

use super::{
    exit::Exit,
    output::message,
    wish::{PresenceArgs, alone, ask, line},
};
use crate::{
    cli::config::Start,
    engine::keeper::Keeper,
    model::{
        control::{Outcome, PresenceRequest, Request, Verdict},
        text,
    },
};

mod child;
mod held;

use held::{HeldState, News};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin hold busy -m \"giving a talk\" -- pympress talk.pdf
  whosin hold busy -- make release
  whosin hold busy --for 45m               until then, or Ctrl-C
  whosin hold offline -- bash

The state and the message from before return when the command ends, however it does, or when the time is over. While the \
dashboard is open, the dashboard keeps the state. A lost connection disturbs nothing: the command goes on, and the state \
is set again when the server is back. Whatever else you set meanwhile stays.

The exit status is that of the command: 128 and the signal's number if a signal has ended it, 127 if there is no such \
command, 126 if it cannot be started. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it. Without a command it is 0.";

/// What to keep, and while what runs.
#[derive(Args, Debug)]
pub struct HoldArgs {
    /// The state.
    #[command(flatten)]
    pub wish: PresenceArgs,

    /// The command to run meanwhile, with its arguments; without one, until Ctrl-C.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Keeps it while the command runs, and brings back what was before.
///
/// # Errors
///
/// When nobody is signed in, or somebody has the presence who does not answer; the command does not run then.
pub async fn run(args: HoldArgs) -> Result<Exit> {
    let ask = ask(&args.wish)?;
    let until = ask.until.map(|end| end.at);
    let ask = PresenceRequest { until: None, ..ask };
    let request = Request::Hold(ask.clone());
    // What others see now is what is to return.
    let begin = async |seat| alone(seat, Some(Start::Keep)).await;
    let keeper = Keeper::ask(&request, begin).await?;
    let mut hold = match HeldState::begin(ask, keeper, &args.command, until) {
        Ok(hold) => hold,
        Err(error) => {
            let program = args.command.first().ok_or_eyre("the system does not tell of its signals")?;
            message(format_args!("{} cannot be started: {error}", program.display()));
            return Ok(Exit::Command(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }));
        }
    };
    let mut teller = Teller { alone: args.command.is_empty(), told: None, set: false };
    let status = loop {
        match hold.next().await {
            News::Outcome(outcome) => teller.tell(&outcome),
            News::Left => match Keeper::ask(&request, begin).await {
                Ok(keeper) => hold.keep(keeper),
                Err(error) => message(format_args!("nobody keeps the state any more: {error:#}")),
            },
            News::Over(status) => break status,
        }
    };
    if let Some(outcome) = hold.end(wait_for).await {
        teller.bid_farewell(&outcome);
    }
    Ok(Exit::Command(status))
}

fn wait_for(outcome: &Outcome) {
    if let Some(why) = &outcome.why {
        message(format_args!("bringing back what was before: {}. Ctrl-C: leave it.", text::clean(why)));
    }
}

/// What is said on standard error, which is the command's too: as little as possible.
struct Teller {
    /// Whether no command runs.
    alone: bool,
    told: Option<Verdict>,
    /// Whether the server has ever taken it.
    set: bool,
}

impl Teller {
    /// Says what others see if that is not what was asked for, and when it is again.
    fn tell(&mut self, outcome: &Outcome) {
        let verdict = outcome.verdict;
        self.set |= matches!(verdict, Verdict::Accepted | Verdict::Seen | Verdict::Differs);
        let unclear = verdict == Verdict::Accepted || (verdict == Verdict::Pending && outcome.why.is_none());
        let fine = verdict == Verdict::Seen && self.told.is_none() && !self.alone;
        if unclear || fine || self.told == Some(verdict) {
            return;
        }
        self.told = Some(verdict);
        let hint = if self.alone { ". Ctrl-C ends it." } else { "" };
        match verdict {
            Verdict::Pending | Verdict::Failed => {
                let why = text::clean(outcome.why.as_deref().unwrap_or_default());
                let yet = if verdict == Verdict::Pending { " yet" } else { "" };
                message(format_args!("it cannot be set{yet}: {why}"));
            }
            _ => message(format_args!("others see {}{hint}", line(outcome))),
        }
    }

    /// Says what others go on seeing, if what was before could not be brought back.
    fn bid_farewell(&self, outcome: &Outcome) {
        match outcome.verdict {
            Verdict::Seen | Verdict::Failed => {}
            Verdict::Differs => message(format_args!("others go on seeing {}", line(outcome))),
            Verdict::Pending | Verdict::Accepted if !self.set => {}
            Verdict::Pending | Verdict::Accepted => message(format_args!(
                "what was before could not be brought back; the next whosin does it. Others may go on seeing {}",
                line(outcome)
            )),
        }
    }
}
