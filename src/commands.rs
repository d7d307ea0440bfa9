//! The commands, each a front end of its own on the same session.

use std::{
    fmt::{Display, Write as _},
    io::{self, Write, stdout},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};
use color_eyre::eyre::{Result, WrapErr, eyre};

use crate::{
    cli::config::Config,
    server::{SESSION, Session, SessionFile},
    store::files::Files,
    store::{profile, state_file::StateFile},
    ui::theme::Theme,
};

pub mod completions;
pub mod config;
pub mod dashboard;
pub mod doctor;
pub mod history;
pub mod hold;
pub mod is;
pub mod list;
pub mod login;
pub mod logout;
pub mod man;
mod observe;
pub mod set;
pub mod status;
mod table;
mod users;
pub mod watch;
mod wish;

/// Where things are kept that outlive the program.
fn files() -> Result<Files> {
    let files = SessionFile::locate(SESSION).and_then(|session| {
        let presence = StateFile::locate("presence.json")?;
        Ok(Files {
            session,
            presence,
            preferences: StateFile::locate("preferences.json")?.formerly("choices.json"),
            history: None,
        })
    });
    files.wrap_err("there is no place to keep a session; set HOME")
}

/// Takes up the kept session, if there is one.
async fn take_up(file: &SessionFile) -> Result<Option<Session>> {
    let path = file.path().display();
    let kept = file.load().wrap_err_with(|| {
        format!("the session in {path} cannot be read; remove the file and sign in again")
    })?;
    match kept {
        Some(kept) => Ok(Some(Session::take_up(kept).await?)),
        None => Ok(None),
    }
}

/// The kept session, which a command needs.
async fn signed_in() -> Result<Session> {
    let session = take_up(&files()?.session).await?;
    let profile = profile::current().option();
    session.ok_or_else(|| eyre!("nobody is signed in; sign in first: whosin{profile} login @you:example.org"))
}

/// The theme of the terminal that this is.
fn theme(config: &Config) -> Theme {
    Theme::for_terminal(config.theme, |name| std::env::var(name).ok())
}

/// The same for what is printed. A configuration that cannot be read costs it nothing but its colours.
fn print_theme() -> Theme {
    theme(&config::load().unwrap_or_default())
}

/// Writes lines to standard output, at once and whole, without colours where they are not wanted.
///
/// # Errors
///
/// When it takes no more.
fn print(lines: impl IntoIterator<Item = impl Display>) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        writeln!(text, "{line}").expect("a string takes everything");
    }
    let mut out = stdout().lock();
    if AutoStream::choice(&out) == ColorChoice::Never {
        text = strip_str(&text).to_string();
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}
