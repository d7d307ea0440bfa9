//! `whosin list`: which contacts to print.

use clap::Args;

use super::State;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin list --state online
  whosin list --state busy,unavailable --json | jq -r .displayname

In a terminal it is a table. Elsewhere each line has user ID, state, last activity, name and message, with tabs between
them.";

/// Which contacts to print, and how.
#[derive(Args, Debug)]
pub struct List {
    /// Only those in one of these states; free is online, and away is unavailable.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<State>,

    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
}
