//! `whosin hold`: which state, with what, for how long, and while what runs.

use std::ffi::OsString;

use clap::Args;

use super::set::Wish;

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
pub struct Hold {
    /// The state.
    #[command(flatten)]
    pub wish: Wish,

    /// The command to run meanwhile, with its arguments; without one, until Ctrl-C.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
