//! `whosin config`: print the default configuration, or check the file.

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    super::output::{print, print_lines},
    file::{locate, read},
    printed,
};

/// The options of `config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Check the configuration file and name the line of a mistake.
    #[arg(long)]
    pub check: bool,
}

/// Prints the default configuration with explanations, or checks the file.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake, or standard output cannot be written
/// to.
pub async fn run(args: &ConfigArgs) -> Result<()> {
    if !args.check {
        return Ok(print(&printed()).await?);
    }
    let path = locate()?;
    let directory = path.parent().unwrap_or(&path).display();
    let line = match read()? {
        Some(_) => format!("{} is fine.", path.display()),
        None => format!(
            "{path} does not exist, so the defaults apply. To create it, run mkdir -p {directory} && whosin config > {path}",
            path = path.display(),
        ),
    };
    Ok(print_lines([line]).await?)
}
