//! `whosin completions`: what a shell needs to complete commands and options.

use std::io::{Write, stdout};

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use color_eyre::eyre::Result;

use crate::cli::Cli;

/// Prints the completions for a shell.
///
/// # Errors
///
/// When standard output takes nothing.
pub fn run(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "whosin", &mut script);
    stdout().write_all(&script)?;
    Ok(())
}
