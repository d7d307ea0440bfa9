//! Where tokens are kept: the system's keyring, or the session's file.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use serde::Deserialize;

use crate::model::{session::TokenStore, text};

#[cfg_attr(target_os = "macos", path = "secrets/macos.rs")]
mod system;

/// The name of whosin's entries.
const SERVICE: &str = "whosin";

/// Where tokens are to be kept from the next sign-in on.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum TokenStorePreference {
    /// In the keyring where there is one, else in the file.
    #[default]
    Auto,
    /// In the keyring, or no sign-in.
    Keyring,
    /// In the file.
    File,
}

/// Why the keyring does not do what is asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyringError {
    /// Somebody has to unlock it first.
    #[error("the keyring is locked: unlock it, or run whosin login --token-store file.")]
    Locked,
    /// No answer within the limit. A dialog may be open.
    #[error("the keyring does not answer: look for its dialog, or run whosin login --token-store file.")]
    TimedOut,
    /// There is none.
    #[error("there is no keyring here ({0}): run whosin login --token-store file.")]
    Unavailable(String),
    /// It takes no secret of this length.
    #[error("the keyring takes no tokens of this length: run whosin login --token-store file.")]
    TooLong,
    /// What was read back is something else.
    #[error("the keyring does not keep what is written to it: run whosin login --token-store file.")]
    Unreliable,
}

/// A keyring: text by name.
pub trait Keyring: Send + Sync {
    /// Returns the text of an entry. `None` when there is no such entry, which a locked keyring does not prove.
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    fn get(&self, entry: &str) -> Result<Option<String>, KeyringError>;

    /// Writes an entry.
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    fn set(&self, entry: &str, text: &str) -> Result<(), KeyringError>;

    /// Deletes an entry, if it is there.
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    fn delete(&self, entry: &str) -> Result<(), KeyringError>;
}

/// How long the keyring may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Patience {
    /// It may show a dialog, which the person was told of: up to a minute.
    Dialog,
    /// It must answer at once and show no dialog, as for a status bar.
    Immediate,
}

impl Patience {
    fn limit(self) -> Duration {
        match self {
            Self::Dialog => Duration::from_mins(1),
            Self::Immediate => Duration::from_secs(2),
        }
    }
}

/// The keyring of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemKeyring(pub Patience);

impl Keyring for SystemKeyring {
    fn get(&self, entry: &str) -> Result<Option<String>, KeyringError> {
        let (entry, patience) = (entry.to_owned(), self.0);
        bounded(patience.limit(), move || system::get(&entry, patience))
    }

    fn set(&self, entry: &str, text: &str) -> Result<(), KeyringError> {
        let (entry, text, patience) = (entry.to_owned(), text.to_owned(), self.0);
        bounded(patience.limit(), move || system::set(&entry, &text, patience))
    }

    fn delete(&self, entry: &str) -> Result<(), KeyringError> {
        let (entry, patience) = (entry.to_owned(), self.0);
        bounded(patience.limit(), move || system::delete(&entry, patience))
    }
}

/// Runs blocking work in a thread of its own. A thread that takes too long is left behind: neither D-Bus nor a keyring
/// has a time limit.
fn bounded<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (tell, answer) = channel();
    let thread = thread::Builder::new().name("keyring".to_owned()).spawn(move || tell.send(work()));
    thread.map_err(|error| KeyringError::Unavailable(error.to_string()))?;
    answer.recv_timeout(limit).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(KeyringError::TimedOut),
        RecvTimeoutError::Disconnected => Err(KeyringError::Unavailable("it broke down".to_owned())),
    })
}

fn unavailable(error: &dyn std::fmt::Display) -> KeyringError {
    KeyringError::Unavailable(text::cut(&text::clean(&error.to_string()), 100).into_owned())
}

/// Decides where the tokens of a new session are kept. Called before the browser opens, so that no sign-in is lost.
///
/// # Errors
///
/// [`KeyringError`] where the keyring was asked for, or is there and locked. Tokens never go to the file because a
/// dialog is open.
pub fn choose(preference: TokenStorePreference, keyring: &dyn Keyring) -> Result<TokenStore, KeyringError> {
    if preference == TokenStorePreference::File {
        return Ok(TokenStore::File);
    }
    match (probe(keyring), preference) {
        (Ok(()), _) => Ok(TokenStore::Keyring),
        (Err(KeyringError::Unavailable(why)), TokenStorePreference::Auto) => {
            tracing::info!(why, "no keyring; tokens go to the session's file");
            Ok(TokenStore::File)
        }
        (Err(error), _) => Err(error),
    }
}

/// Writes, reads and deletes an entry.
fn probe(keyring: &dyn Keyring) -> Result<(), KeyringError> {
    let entry = format!("probe {:016x}", fastrand::u64(..));
    keyring.set(&entry, "probe")?;
    let read = keyring.get(&entry);
    keyring.delete(&entry)?;
    if read?.as_deref() == Some("probe") { Ok(()) } else { Err(KeyringError::Unreliable) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Sender;

    use super::*;

    /// Answers everything the same way.
    struct Fixed(Result<Option<&'static str>, KeyringError>);

    impl Keyring for Fixed {
        fn get(&self, _: &str) -> Result<Option<String>, KeyringError> {
            self.0.clone().map(|text| text.map(str::to_owned))
        }

        fn set(&self, _: &str, _: &str) -> Result<(), KeyringError> {
            self.0.clone().map(drop)
        }

        fn delete(&self, _: &str) -> Result<(), KeyringError> {
            self.0.clone().map(drop)
        }
    }

    #[test]
    fn only_the_absence_of_a_keyring_sends_tokens_to_the_file() {
        use TokenStorePreference::{Auto, File, Keyring};
        let absent = || KeyringError::Unavailable("no bus".to_owned());
        let table = [
            (Auto, Ok(Some("probe")), Ok(TokenStore::Keyring)),
            (Auto, Err(absent()), Ok(TokenStore::File)),
            (Auto, Err(KeyringError::Locked), Err(KeyringError::Locked)),
            (Auto, Err(KeyringError::TimedOut), Err(KeyringError::TimedOut)),
            (Auto, Ok(None), Err(KeyringError::Unreliable)),
            (Keyring, Ok(Some("probe")), Ok(TokenStore::Keyring)),
            (Keyring, Err(absent()), Err(absent())),
            (File, Err(KeyringError::Locked), Ok(TokenStore::File)),
        ];
        for (preference, answer, expected) in table {
            assert_eq!(choose(preference, &Fixed(answer.clone())), expected, "{preference:?} {answer:?}");
        }
    }

    #[test]
    fn a_keyring_that_never_answers_is_left_behind() {
        let (never, hang) = channel::<()>();
        let answer = bounded(Duration::from_millis(1), move || {
            let _ = hang.recv();
            Ok(())
        });
        assert_eq!(answer, Err(KeyringError::TimedOut));
        let _: Sender<()> = never;
    }
}
