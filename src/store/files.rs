//! The set of files that a profile keeps.

use std::io;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    model::{
        Saved,
        cache::Cache,
        contacts::{Contacts, parts::Whole},
        own::SavedPresence,
        preferences::Preferences,
    },
    store::{history::Archive, session_store::SessionStore, state_file::StateFile},
};

/// The contacts of a cache, as they are in the file. What the server is asked for does not need them.
#[derive(Debug)]
pub struct UnreadContacts(Vec<u8>);

impl From<Vec<u8>> for UnreadContacts {
    fn from(json: Vec<u8>) -> Self {
        Self(json)
    }
}

impl UnreadContacts {
    /// Parses the contacts. `None`: the file is damaged.
    #[must_use]
    pub fn read(&self) -> Option<Contacts> {
        let whole = serde_json::from_slice::<Whole>(&self.0);
        let whole = whole.inspect_err(|error| tracing::warn!(%error, "cannot read the kept contacts"));
        whole.ok().map(Contacts::from).filter(Contacts::is_sound)
    }
}

/// The files of one profile.
#[derive(Clone)]
pub struct Files {
    /// `session.json`: the session, with its tokens where no keyring has them.
    pub session: SessionStore,
    /// `presence.json`: the wanted presence, and what was learned about the server.
    pub presence: StateFile<SavedPresence>,
    /// `preferences.json`: pins and notifications.
    pub preferences: StateFile<Preferences>,
    /// `cache.json`: the contacts for the next start, if the configuration keeps them.
    pub cache: Option<StateFile<Cache>>,
    /// `history.sqlite`, if the configuration keeps a history.
    pub history: Option<Archive>,
}

impl Files {
    /// Returns the state that an earlier process saved. A file that cannot be read is only logged: the next save
    /// replaces it.
    #[must_use]
    pub fn saved(&self) -> Saved {
        Saved { presence: load(&self.presence), preferences: load(&self.preferences) }
    }

    /// Returns what an earlier process has kept for this start.
    #[must_use]
    pub fn cached(&self) -> Option<(Cache, UnreadContacts)> {
        let (cache, rest) = known(self.cache.as_ref()?.load_first_line())?;
        Some((cache, rest.into()))
    }
}

fn load<T: Serialize + DeserializeOwned>(file: &StateFile<T>) -> Option<T> {
    known(file.load())
}

fn known<T>(read: io::Result<Option<T>>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%error, "cannot read a state file")).ok().flatten()
}
