//! A state as people type it.

use clap::ValueEnum;

/// The states that can be asked for; free is online, and away is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum State {
    #[value(alias = "free")]
    Online,
    Busy,
    #[value(alias = "away")]
    Unavailable,
    /// A state that whosin does not know.
    Other,
    Offline,
}
