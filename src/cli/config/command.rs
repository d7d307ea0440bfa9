//! `whosin config`: print the default configuration, or check or edit the file.

use std::{env, fs, path::Path};

use clap::Args;
use color_eyre::eyre::{Result, WrapErr, bail};
use tokio::{process::Command, select};

use super::{
    super::{
        output::{print, print_lines},
        signals::Signals,
    },
    file::{locate, read},
    printed,
};

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  whosin config                            all keys with their defaults
  whosin config --edit                     change yours; a new file has all keys
  whosin config --check && whosin daemon
  whosin --config quiet.toml               use another file this time";

/// The options of `config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Check the configuration file and name the line of a mistake.
    #[arg(long, group = "action")]
    pub check: bool,

    /// Print the path of the configuration file.
    #[arg(long, group = "action")]
    pub path: bool,

    /// Open the configuration file in $VISUAL or $EDITOR, then check it.
    #[arg(long, group = "action")]
    pub edit: bool,
}

/// Prints the default configuration with explanations, or does something with the file.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake, or standard output cannot be written
/// to.
pub async fn run(args: &ConfigArgs) -> Result<()> {
    let path = locate()?;
    if args.path {
        return Ok(print_lines([path.display()]).await?);
    }
    if args.edit {
        edit(&path).await?;
    } else if !args.check {
        return Ok(print(&printed()).await?);
    }
    let line = match read()? {
        Some(_) => format!("{} is fine.", path.display()),
        None => format!(
            "{} does not exist, so the defaults apply. whosin config --edit creates it.",
            path.display()
        ),
    };
    Ok(print_lines([line]).await?)
}

/// Opens the file in the person's editor. A new file has all keys with their explanations.
async fn edit(path: &Path) -> Result<()> {
    if !path.exists() {
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            fs::write(path, printed())
        };
        write().wrap_err_with(|| format!("cannot write {}", path.display()))?;
    }
    let chosen = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
    let editor =
        chosen.into_iter().find(|editor| !editor.trim().is_empty()).unwrap_or_else(|| "vi".to_owned());
    // By a shell, as git does: the variable may have options.
    let script = format!("{editor} \"$1\"");
    let mut signals = Signals::new()?;
    let mut child = Command::new("sh").args(["-c", &script, "sh"]).arg(path).spawn()?;
    loop {
        select! {
            status = child.wait() => match status?.code() {
                Some(0) => return Ok(()),
                _ => bail!("the editor {editor} has failed; set VISUAL or EDITOR to another one"),
            },
            // Ctrl-C is for the editor.
            _ = signals.next() => {}
        }
    }
}
