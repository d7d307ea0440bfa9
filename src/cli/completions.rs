//! `whosin completions`: shell completions of commands and options.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use color_eyre::eyre::Result;

use super::{Cli, output::print};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin completions bash > ~/.local/share/bash-completion/completions/whosin
  whosin completions zsh > ~/.zfunc/_whosin
  whosin completions fish > ~/.config/fish/completions/whosin.fish";

/// The options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// Prints the completions for a shell.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard output cannot be written to.
pub async fn run(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "whosin", &mut script);
    Ok(print(&String::from_utf8(script)?).await?)
}
