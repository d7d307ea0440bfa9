//! `whosin history`: print or delete the history.

use clap::{Args, Subcommand};
use color_eyre::eyre::{Result, WrapErr};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    config,
    output::{message, print_lines},
    session::files,
    table::{Cell, Table},
};
use crate::{
    model::{
        history::{History as Log, LogEntry},
        text,
    },
    store::files::Files,
    store::history::Archive,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin history              the last 50 entries
  whosin history -n 1000 | grep busy
  whosin history forget       delete all of it

whosin keeps a history only if the configuration sets a time, such as history = \"30d\"; see whosin config. Prints a \
table in a terminal. Elsewhere each line has time, user ID, change and message, separated by tabs.";

/// The options of `history`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct HistoryArgs {
    /// The command; without one, print the last entries.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,

    /// The number of entries.
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    pub last: usize,
}

/// The commands of `history`.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Delete the whole history, without confirmation.
    Forget,
}

/// Returns the history of the profile, in a file beside the session.
pub(super) fn archive(files: &Files, keep: SignedDuration) -> Archive {
    Archive::new(files.session.path().with_file_name("history.sqlite"), keep)
}

/// Prints the last entries, or deletes all.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or deleted.
pub async fn run(args: &HistoryArgs) -> Result<()> {
    let archive = archive(&files()?, SignedDuration::MAX);
    let path = archive.path().display();
    match args.command {
        Some(HistoryCommand::Forget) => {
            let any = archive.forget().wrap_err_with(|| format!("cannot delete {path}"))?;
            let line = if any { format!("Deleted {path}.") } else { "There is no history.".to_owned() };
            Ok(print_lines([line]).await?)
        }
        None => {
            let entries = entries(&archive).wrap_err_with(|| format!("cannot read the history in {path}"))?;
            print(&entries, args.last).await
        }
    }
}

fn entries(archive: &Archive) -> Result<Vec<LogEntry>> {
    let mut entries = Vec::new();
    for account in archive.accounts()? {
        let mut log = Log::default();
        archive.recall(&account, Timestamp::MIN)?.iter().for_each(|entry| _ = log.record(entry));
        entries.extend(log.entries().cloned());
    }
    entries.sort_by_key(LogEntry::at);
    Ok(entries)
}

async fn print(entries: &[LogEntry], last: usize) -> Result<()> {
    if entries.is_empty() {
        return explain_absence();
    }
    let zone = TimeZone::system();
    let mut table = Table::default();
    for entry in &entries[entries.len().saturating_sub(last)..] {
        let time = Cell::text(zone.to_datetime(entry.at()).strftime("%F %H:%M").to_string());
        match entry {
            LogEntry::Changed(episode) => {
                let message = episode.change.status_msg.as_deref().unwrap_or_default();
                table.row([
                    time,
                    Cell::text(text::id(episode.change.user_id.as_str())),
                    Cell::text(text::clean(&episode.words()).into_owned()),
                    Cell::text(text::clean(message)),
                ]);
            }
            LogEntry::Status(change) => {
                let status = change.to.as_ref().map(ToString::to_string).unwrap_or_default();
                table.row([
                    time,
                    Cell::text(text::id(change.user_id.as_str())),
                    Cell::text(change.words()),
                    Cell::text(status),
                ]);
            }
            LogEntry::Missed { since, .. } => {
                let since = zone.to_datetime(*since).strftime("%F %H:%M");
                let words = format!("nothing heard since {since}");
                table.row([time, Cell::text(""), Cell::text(words), Cell::text("")]);
            }
        }
    }
    Ok(table.print().await?)
}

/// Says on standard error why there is nothing to print.
fn explain_absence() -> Result<()> {
    message(match config::load()?.history {
        Some(_) => "the history is empty",
        None => {
            "no history is kept; to keep one, set history = \"30d\" in the file that whosin config --check names"
        }
    });
    Ok(())
}
