//! The Keychain of macOS. It asks by itself, and nothing forbids that.

use super::{KeyringError, Patience, SERVICE, unavailable};

/// Returns the text of an entry.
pub(super) fn get(entry: &str, _: Patience) -> Result<Option<String>, KeyringError> {
    match open(entry)?.get_password() {
        Ok(text) => Ok(Some(text)),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(&error)),
    }
}

/// Writes an entry.
pub(super) fn set(entry: &str, text: &str, _: Patience) -> Result<(), KeyringError> {
    open(entry)?.set_password(text).map_err(|error| explain(&error))
}

/// Deletes an entry, if it is there.
pub(super) fn delete(entry: &str, _: Patience) -> Result<(), KeyringError> {
    match open(entry)?.delete_credential() {
        Err(keyring::Error::NoEntry) => Ok(()),
        done => done.map_err(|error| explain(&error)),
    }
}

fn open(entry: &str) -> Result<keyring::Entry, KeyringError> {
    keyring::Entry::new(SERVICE, entry).map_err(|error| explain(&error))
}

fn explain(error: &keyring::Error) -> KeyringError {
    match error {
        keyring::Error::NoStorageAccess(_) => KeyringError::Locked,
        keyring::Error::TooLong(..) => KeyringError::TooLong,
        // Its words are about the platform. Those of other errors may hold what is kept.
        keyring::Error::PlatformFailure(why) => unavailable(why),
        keyring::Error::NoDefaultStore | keyring::Error::NotSupportedByStore(_) => {
            KeyringError::Unavailable("no store".to_owned())
        }
        _ => KeyringError::Unreliable,
    }
}
