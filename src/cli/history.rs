//! `whosin history`: what was written down, and how to be rid of it.

use clap::{Args, Subcommand};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin history              the last 50 entries
  whosin history -n 1000 | grep busy
  whosin history forget       delete it

Something is there only where the configuration says for how long, such as history = \"30d\"; see whosin config. \
In a terminal it is a table. Elsewhere each line has time, user ID, what happened and message, with tabs between \
them.";

/// What to do with the history.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct History {
    /// What to do; without it, print the last entries.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,

    /// How many entries.
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    pub last: usize,
}

/// What else to do with the history.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Delete all of it, without asking.
    Forget,
}
