//! `whosin list`: which contacts to print.

use clap::{Args, ValueEnum};

use super::State;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin list --state online
  whosin list --view 'Tea kitchen' --sort activity
  whosin list --state busy,unavailable --json | jq -r .displayname

In a terminal it is a table. Elsewhere each line has user ID, state, last activity, name and message, with tabs between \
them.";

/// Which contacts to print, and how.
#[derive(Args, Debug)]
pub struct List {
    /// Only those in one of these states; free is online, and away is unavailable.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<State>,

    /// Only this part of them: favourites, direct, people, everyone, or a room or space by name, address or ID. Without
    /// it, what the configuration says.
    #[arg(long, value_name = "VIEW")]
    pub view: Option<String>,

    /// Who comes first.
    #[arg(long, value_enum, default_value_t = Order::State)]
    pub sort: Order,

    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// Who comes first.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Order {
    /// Who is free.
    State,
    /// By name.
    Name,
    /// Who was active last.
    Activity,
}
