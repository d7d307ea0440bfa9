//! The kept session and the files beside it.
use color_eyre::eyre::{Result, WrapErr, eyre};

use super::config::{self, Config};
use crate::{
    server::{Kept, SESSION, Session, SessionFile},
    store::files::Files,
    store::{profile, state_file::StateFile},
    ui::theme::Theme,
};

/// Returns the files of the profile.
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
    files.wrap_err("cannot tell where to keep a session; set HOME")
}

/// Reads the kept session, if there is one.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or is damaged.
pub(super) fn load(file: &SessionFile) -> Result<Option<Kept>> {
    file.load().wrap_err_with(|| {
        format!("cannot read the session in {}; remove the file and sign in again", file.path().display())
    })
}

/// Restores the kept session, if there is one.
pub(super) async fn take_up(file: &SessionFile) -> Result<Option<Session>> {
    match load(file)? {
        Some(kept) => Ok(Some(Session::take_up(kept).await?)),
        None => Ok(None),
    }
}

/// Restores the kept session. Fails without one.
pub(super) async fn signed_in() -> Result<Session> {
    let session = take_up(&files()?.session).await?;
    let profile = profile::current().option();
    session.ok_or_else(|| eyre!("nobody is signed in; run whosin{profile} login @you:example.org"))
}

/// The theme of this terminal.
pub(super) fn theme(config: &Config) -> Theme {
    Theme::for_terminal(config.theme, |name| std::env::var(name).ok())
}

/// The theme of printed results. A configuration that cannot be read costs them only their colors.
pub(super) fn print_theme() -> Theme {
    theme(&config::load().unwrap_or_default())
}
