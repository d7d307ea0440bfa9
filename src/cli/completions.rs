//! `whosin completions`: shell completions of commands and options.

use std::{fs, path::PathBuf};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::{Generator, Shell, generate};
use color_eyre::eyre::{Result, WrapErr};

use super::{Cli, output::print};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin completions bash > ~/.local/share/bash-completion/completions/whosin
  whosin completions zsh > ~/.zfunc/_whosin
  whosin completions fish > ~/.config/fish/completions/whosin.fish
  whosin completions --all DIR             the files for all shells, for packages";

/// The options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(required_unless_present = "all")]
    pub shell: Option<Shell>,

    /// Write the completions for all shells as files into a directory, for packages: whosin.bash, _whosin, …
    #[arg(long, value_name = "DIR", conflicts_with = "shell")]
    pub all: Option<PathBuf>,
}

/// Prints the completions for a shell, or writes those for all shells.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if a file or standard output cannot be written to.
pub async fn run(args: &CompletionsArgs) -> Result<()> {
    if let Some(directory) = &args.all {
        let write = |shell: &Shell| fs::write(directory.join(shell.file_name("whosin")), script(*shell));
        fs::create_dir_all(directory)
            .and_then(|()| Shell::value_variants().iter().try_for_each(write))
            .wrap_err_with(|| format!("cannot write to {}", directory.display()))?;
    }
    match args.shell {
        Some(shell) => Ok(print(&String::from_utf8(script(shell))?).await?),
        None => Ok(()),
    }
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "whosin", &mut script);
    script
}
