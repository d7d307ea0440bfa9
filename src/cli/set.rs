//! `whosin set` and `whosin hold`: which state, with what, and for how long.

use clap::{Args, ValueEnum};

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
pub struct Set {
    /// The state.
    #[command(flatten)]
    pub wish: Wish,

    /// Do not wait until others see it; print nothing.
    #[arg(long)]
    pub no_wait: bool,
}

/// A state with all that goes with it.
#[derive(Args, Debug)]
pub struct Wish {
    /// The state; free is online, and away is unavailable.
    pub state: OwnState,

    /// The status message; without it the one that is there stays.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Remove the status message.
    #[arg(long, conflicts_with = "message")]
    pub clear_message: bool,

    /// For how long: 45m, 1h30m; a number alone is minutes.
    #[arg(long = "for", value_name = "LENGTH", conflicts_with = "until")]
    pub length: Option<String>,

    /// Until when: 15:00, "tomorrow 9:00", "fri 9:00".
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// The states that one can set; free is online, and away is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum OwnState {
    Busy,
    #[value(alias = "free")]
    Online,
    #[value(alias = "away")]
    Unavailable,
    Offline,
}
