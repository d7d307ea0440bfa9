//! The kept session and the files beside it.

use std::{sync::Arc, time::Duration};

use color_eyre::eyre::{Report, Result, WrapErr, eyre};
use jiff::Timestamp;
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::{
    color,
    config::{self, Config},
    exit::is_locked,
    history,
    output::{causes, message},
};
use crate::{
    model::{contacts::Contacts, event::Account, session::TokenStore},
    server::{Session, is_in_the_clear},
    store::{
        files::Files,
        profile,
        secrets::Patience,
        session_store::{SessionStore, StoreError},
        state_file::StateFile,
    },
    ui::theme::Theme,
};

/// How long the keyring takes without a word. A command is through with it by then.
const UNNOTICED: Duration = Duration::from_secs(3);

/// How often to look whether the keyring is unlocked.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Returns the files of the profile.
pub(super) fn files() -> Result<Files> {
    let files = SessionStore::locate(Patience::Immediate).and_then(|session| {
        let presence = StateFile::locate("presence.json")?;
        Ok(Files {
            session,
            presence,
            preferences: StateFile::locate("preferences.json")?.formerly("choices.json"),
            cache: Some(StateFile::locate("cache.json")?),
            history: None,
        })
    });
    files.wrap_err("cannot tell where to keep a session; set HOME")
}

/// Returns the files of the profile, without a history. Contacts that the configuration does not keep are removed.
pub(super) fn configured_files(config: &Config) -> Result<Files> {
    let mut files = files()?;
    if let Some(cache) = files.cache.take_if(|_| !config.cache) {
        cache.remove().wrap_err("cannot remove the kept contacts")?;
    }
    Ok(files)
}

/// Returns the files of the profile, with the history that the configuration keeps.
pub(super) fn files_with_history(config: &Config) -> Result<Files> {
    let mut files = configured_files(config)?;
    files.history = config.history.map(|keep| history::archive(&files, keep));
    Ok(files)
}

/// Runs work that can open the keyring's dialog, and says so when that takes a while.
pub(super) async fn with_keyring<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let mut work = spawn_blocking(work);
    let done = if let Ok(done) = timeout(UNNOTICED, &mut work).await {
        done
    } else {
        message("waiting for the keyring: look for its dialog");
        work.await
    };
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Begins something that needs the session, and tries again while the keyring is locked. Status bars and the daemon
/// often start before anybody has unlocked it. `on_locked` is called once.
pub(super) async fn when_unlocked<T>(
    mut begin: impl AsyncFnMut() -> Result<T>,
    on_locked: impl AsyncFnOnce(&Report) -> Result<()>,
) -> Result<T> {
    let mut on_locked = Some(on_locked);
    loop {
        match begin().await {
            Err(error) if is_locked(&error) => {
                if let Some(on_locked) = on_locked.take() {
                    message(format_args!("{} Waiting for it.", causes(&error)));
                    on_locked(&error).await?;
                }
                sleep(LOOK_AGAIN).await;
            }
            done => return done,
        }
    }
}

/// Restores the kept session, if there is one. Its renewals never open a dialog, whatever the patience of the start.
pub(super) async fn restore(store: &SessionStore, patience: Patience) -> Result<Option<Session>> {
    let Some(stored) = store.stored().map_err(explain)? else { return Ok(None) };
    let kept = store.with_patience(patience);
    let session = match stored.token_store {
        // A thread for the keyring would take as long as an answer of the engine.
        TokenStore::File => kept.complete(stored),
        TokenStore::Keyring => with_keyring(move || kept.complete(stored)).await,
    };
    let session = session.map_err(explain)?;
    Ok(Some(Session::restore(session, Some(Arc::new(store.clone())))?))
}

/// Adds what to do about a session that cannot be read.
pub(super) fn explain(error: StoreError) -> Report {
    let is_damaged = matches!(error, StoreError::File { .. });
    let report = Report::new(error);
    if is_damaged { report.wrap_err("cannot use the session; sign in again: whosin login") } else { report }
}

/// Restores the kept session. Fails if nobody is signed in.
pub(super) async fn signed_in() -> Result<Session> {
    restore(&files()?.session, Patience::Immediate).await?.ok_or_else(not_signed_in)
}

/// Returns the account of the kept session, without its tokens. Fails without a session.
pub(super) fn account() -> Result<Account> {
    let stored = files()?.session.stored().map_err(explain)?.ok_or_else(not_signed_in)?;
    Ok(Account {
        in_the_clear: is_in_the_clear(&stored.homeserver),
        user_id: stored.user_id,
        homeserver: stored.homeserver,
        device_id: stored.device_id.to_string(),
    })
}

/// The contacts that an earlier process has kept.
pub(super) struct KeptContacts {
    pub contacts: Contacts,
    pub as_of: Timestamp,
}

/// Returns the contacts that an earlier process of this session has kept.
pub(super) fn kept_contacts(account: &Account) -> Option<Box<KeptContacts>> {
    let (cache, contacts) = files().ok()?.cached().filter(|(cache, _)| cache.is_of(account))?;
    Some(Box::new(KeptContacts { contacts: contacts.read()?, as_of: cache.as_of() }))
}

fn not_signed_in() -> Report {
    let profile = profile::current().option();
    eyre!("nobody is signed in; run whosin{profile} login @you:example.org")
}

/// Returns the theme of this terminal.
pub(super) fn theme(config: &Config) -> Theme {
    Theme::for_terminal(config.theme, color::variable)
}

/// Returns the theme of printed results. A configuration that cannot be read costs them only their colors.
pub(super) fn print_theme() -> Theme {
    theme(&config::load().unwrap_or_default())
}
