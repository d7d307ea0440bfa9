//! `--version`: the version, and the commit and the date that it is built from.

use clap::Args;
use color_eyre::eyre::Result;
use serde::Serialize;

use super::output::print_lines;

/// The options about the version.
#[derive(Args, Debug)]
pub struct VersionArgs {
    /// Print the version, with commit and date.
    #[arg(short = 'V', long)]
    pub version: bool,

    /// Print the version as JSON.
    #[arg(long, requires = "version")]
    pub json: bool,
}

/// This build of the program.
#[derive(Debug, Serialize)]
struct Build {
    name: &'static str,
    version: &'static str,
    /// `None`: a development build, or a source that does not tell.
    commit: Option<&'static str>,
    date: Option<&'static str>,
}

const BUILD: Build = Build {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    commit: non_empty(env!("WHOSIN_COMMIT")),
    date: non_empty(env!("WHOSIN_DATE")),
};

const fn non_empty(text: &'static str) -> Option<&'static str> {
    if text.is_empty() { None } else { Some(text) }
}

/// Prints the version.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard output cannot be written to.
pub async fn run(args: &VersionArgs) -> Result<()> {
    if args.json {
        return Ok(print_lines([serde_json::to_string(&BUILD)?]).await?);
    }
    Ok(print_lines([words()]).await?)
}

/// Returns the version in words.
pub(super) fn words() -> String {
    let Build { name, version, commit, date } = BUILD;
    let built: Vec<&str> = commit.into_iter().chain(date).collect();
    match commit {
        Some(_) => format!("{name} {version} ({})", built.join(" ")),
        None => format!("{name} {version} (development build)"),
    }
}
