//! `whosin doctor`: how to tell what is wrong.

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin doctor
  whosin doctor --json | jq -r 'select(.ok | not) | .advice'

To see whether your server tracks presence, your status message gets a blank at its end for a moment. Your state stays as \
it is, and so does the message in the end. While you are busy this is left out.

Exit status 0: nothing is wrong. 1: something is.";

/// How to tell it.
#[derive(Args, Debug)]
pub struct Doctor {
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
}
