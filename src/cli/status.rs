//! `whosin status` and `whosin is`: whose state to tell.

use clap::Args;

use super::State;

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  whosin status                          what others see of you
  whosin status bob @carol:example.org   bob is on your own server
  whosin status bob --json | jq -r .status_msg

In a terminal it is a table. Elsewhere each line has user ID, state, last activity and message, with tabs between
them. Exit status 4: at least one of them could not be told, and standard error says why.";

pub(super) const IS_EXAMPLES: &str = "\
Examples:
  whosin is bob online && notify-send \"Bob is free\"
  until whosin is bob free; do sleep 60; done

Exit status 0: yes. 1: no. 4: it could not be told, and standard error says why.";

/// Whose state to print.
#[derive(Args, Debug)]
pub struct Status {
    /// User IDs, or names of users of your own server; without any, you.
    #[arg(value_name = "USER")]
    pub users: Vec<String>,

    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// Who is to be in which state.
#[derive(Args, Debug)]
pub struct Is {
    /// A user ID, or the name of a user of your own server.
    pub user: String,

    /// The state; free is online, and away is unavailable.
    pub state: State,
}
