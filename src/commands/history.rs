//! `whosin history`: print what was written down, or delete it.

use color_eyre::eyre::{Result, WrapErr};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    config, files,
    table::{Cell, Table},
};
use crate::{
    cli::{History, HistoryCommand},
    model::{
        history::{History as Log, LogEntry},
        text,
    },
    store::files::Files,
    store::history::Archive,
};

/// Where the history is kept, beside the session.
pub(super) fn archive(files: &Files, keep: SignedDuration) -> Archive {
    Archive::new(files.session.path().with_file_name("history.sqlite"), keep)
}

/// Prints the last entries, or deletes all.
///
/// # Errors
///
/// When the file cannot be read or deleted.
pub fn run(args: &History) -> Result<()> {
    let archive = archive(&files()?, SignedDuration::MAX);
    let path = archive.path().display();
    match args.command {
        Some(HistoryCommand::Forget) => {
            let any = archive.forget().wrap_err_with(|| format!("{path} cannot be deleted"))?;
            println!("{}", if any { format!("Deleted {path}.") } else { "There is no history.".to_owned() });
            Ok(())
        }
        None => print(&archive, args.last).wrap_err_with(|| format!("the history in {path} cannot be read")),
    }
}

fn print(archive: &Archive, last: usize) -> Result<()> {
    let mut entries = Vec::new();
    for account in archive.accounts()? {
        let mut log = Log::default();
        archive.recall(&account, Timestamp::MIN)?.iter().for_each(|fact| _ = log.take(fact));
        entries.extend(log.entries().cloned());
    }
    if entries.is_empty() {
        return say_why_there_is_none();
    }
    entries.sort_by_key(LogEntry::at);
    let zone = TimeZone::system();
    let mut table = Table::default();
    for entry in &entries[entries.len().saturating_sub(last)..] {
        let time = Cell::text(zone.to_datetime(entry.at()).strftime("%F %H:%M").to_string());
        match entry {
            LogEntry::Changed(episode) => {
                let message = episode.change.status_msg.as_deref().unwrap_or_default();
                table.row([
                    time,
                    Cell::text(text::clean(episode.change.user_id.as_str())),
                    Cell::text(text::clean(&episode.words())),
                    Cell::text(text::clean(message)),
                ]);
            }
            LogEntry::Missed { since, .. } => {
                let since = zone.to_datetime(*since).strftime("%F %H:%M");
                let words = format!("nothing heard since {since}");
                table.row([time, Cell::text(""), Cell::text(words), Cell::text("")]);
            }
        }
    }
    Ok(table.print()?)
}

/// Nothing on standard output: there is nothing.
fn say_why_there_is_none() -> Result<()> {
    eprintln!(
        "whosin: {}",
        match config::load()?.history {
            Some(_) => "nothing has been written down yet",
            None =>
                "no history is kept; to keep one, write history = \"30d\" into the file that whosin config \
                     --check names",
        }
    );
    Ok(())
}
