//! The desktop's keyring, by the Secret Service interface of D-Bus.
//!
//! Each call connects anew, which takes 13 ms. A connection that is kept does not survive a restart of the keyring. And
//! a failed one would stay failed in a status bar that waits for the keyring.

use std::collections::HashMap;

use secret_service::{
    EncryptionType, Error,
    blocking::{Collection, Item, SecretService},
};

use super::{KeyringError, Patience, SERVICE, unavailable};

/// Returns the text of an entry.
pub(super) fn get(entry: &str, patience: Patience) -> Result<Option<String>, KeyringError> {
    let service = connect()?;
    let found = find(&service, entry, patience)?;
    let Some(item) = found.first() else { return Ok(None) };
    let secret = item.get_secret().map_err(explain)?;
    // Not by the error of the conversion, which holds the bytes.
    String::from_utf8(secret).map(Some).map_err(|_| KeyringError::Unreliable)
}

/// Writes an entry, in the collection of an entry that is there or else in the default one.
pub(super) fn set(entry: &str, text: &str, patience: Patience) -> Result<(), KeyringError> {
    let service = connect()?;
    if let Some(item) = find(&service, entry, patience)?.first() {
        return item.set_secret(text.as_bytes(), "text/plain").map_err(explain);
    }
    let Some(collection) = default_collection(&service)? else {
        // To make one would open a dialog for its password.
        return Err(KeyringError::Unavailable("it has no default collection".to_owned()));
    };
    unlock(&collection, patience)?;
    let label = format!("whosin: {entry}");
    let item = collection.create_item(&label, attributes(entry), text.as_bytes(), true, "text/plain");
    item.map(drop).map_err(explain)
}

/// Deletes an entry, if it is there.
pub(super) fn delete(entry: &str, patience: Patience) -> Result<(), KeyringError> {
    let service = connect()?;
    find(&service, entry, patience)?.iter().try_for_each(|item| item.delete().map_err(explain))
}

fn connect() -> Result<SecretService<'static>, KeyringError> {
    SecretService::connect(EncryptionType::Dh).map_err(explain)
}

fn attributes(entry: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", entry)])
}

/// Returns the items of an entry, unlocked. Without patience no dialog opens, and a lock is an error.
fn find<'a>(
    service: &'a SecretService<'a>,
    entry: &str,
    patience: Patience,
) -> Result<Vec<Item<'a>>, KeyringError> {
    let found = service.search_items(attributes(entry)).map_err(explain)?;
    if !found.unlocked.is_empty() {
        return Ok(found.unlocked);
    }
    if found.locked.is_empty() {
        // A locked collection does not tell what is in it.
        let Some(collection) = default_collection(service)? else { return Ok(Vec::new()) };
        if !collection.is_locked().map_err(explain)? {
            return Ok(Vec::new());
        }
        unlock(&collection, patience)?;
        return Ok(service.search_items(attributes(entry)).map_err(explain)?.unlocked);
    }
    if patience == Patience::Immediate {
        return Err(KeyringError::Locked);
    }
    for item in &found.locked {
        item.unlock().map_err(explain)?;
    }
    Ok(found.locked)
}

/// Returns the default collection. `None`: the keyring has none, as on WSL.
fn default_collection<'a>(service: &'a SecretService<'a>) -> Result<Option<Collection<'a>>, KeyringError> {
    match service.get_default_collection() {
        Ok(collection) => Ok(Some(collection)),
        Err(Error::NoResult) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

fn unlock(collection: &Collection<'_>, patience: Patience) -> Result<(), KeyringError> {
    match collection.is_locked().map_err(explain)? {
        false => Ok(()),
        true if patience == Patience::Immediate => Err(KeyringError::Locked),
        true => collection.unlock().map_err(explain),
    }
}

fn explain(error: Error) -> KeyringError {
    match error {
        // A dialog that cannot open, or that the person closes, leaves it locked.
        Error::Locked | Error::Prompt | Error::PromptDisconnected => KeyringError::Locked,
        error => unavailable(&error),
    }
}
