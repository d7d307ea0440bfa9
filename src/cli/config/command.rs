//! `whosin config`: print the default configuration, or check the file.

use clap::Args;
use color_eyre::eyre::Result;

use super::{
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
pub fn run(args: &ConfigArgs) -> Result<()> {
    if !args.check {
        print!("{}", printed());
        return Ok(());
    }
    let path = locate()?;
    let directory = path.parent().unwrap_or(&path).display();
    match read()? {
        Some(_) => println!("{} is fine.", path.display()),
        None => println!(
            "There is no {path}; the defaults hold. To begin one: mkdir -p {directory} && whosin config > {path}",
            path = path.display(),
        ),
    }
    Ok(())
}
