//! `whosin config`: print the default configuration, or check the file.

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    super::output::{print, print_lines},
    file::{locate, read},
    printed,
};

/// What to do with the configuration.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Say whether the configuration file is right, and if not, in which line and why.
    #[arg(long)]
    pub check: bool,
}

/// Prints the default configuration, every key explained; or says whether the file is right.
///
/// # Errors
///
/// When it is not.
pub async fn run(args: &ConfigArgs) -> Result<()> {
    if !args.check {
        return Ok(print(&printed()).await?);
    }
    let path = locate()?;
    let directory = path.parent().unwrap_or(&path).display();
    let line = match read()? {
        Some(_) => format!("{} is fine.", path.display()),
        None => format!(
            "There is no {path}; the defaults hold. To begin one: mkdir -p {directory} && whosin config > {path}",
            path = path.display(),
        ),
    };
    Ok(print_lines([line]).await?)
}
