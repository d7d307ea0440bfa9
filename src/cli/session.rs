//! The kept session and the files beside it.
use color_eyre::eyre::{Result, WrapErr, eyre};

use super::config::{self, Config};
use crate::{
    server::{SESSION, Session, SessionFile},
    store::files::Files,
    store::{profile, state_file::StateFile},
    ui::theme::Theme,
};

/// Where things are kept that outlive the program.
pub(super) fn files() -> Result<Files> {
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
pub(super) async fn take_up(file: &SessionFile) -> Result<Option<Session>> {
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
pub(super) async fn signed_in() -> Result<Session> {
    let session = take_up(&files()?.session).await?;
    let profile = profile::current().option();
    session.ok_or_else(|| eyre!("nobody is signed in; sign in first: whosin{profile} login @you:example.org"))
}

/// The theme of the terminal that this is.
pub(super) fn theme(config: &Config) -> Theme {
    Theme::for_terminal(config.theme, |name| std::env::var(name).ok())
}

/// The same for what is printed. A configuration that cannot be read costs it nothing but its colours.
pub(super) fn print_theme() -> Theme {
    theme(&config::load().unwrap_or_default())
}
