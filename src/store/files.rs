//! The set of files that a profile keeps.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    model::{Saved, cache::Cache, own::SavedPresence, preferences::Preferences},
    store::{history::Archive, session_store::SessionStore, state_file::StateFile},
};

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

    /// Returns the contacts of an earlier process.
    #[must_use]
    pub fn cached(&self) -> Option<Cache> {
        self.cache.as_ref().and_then(load)
    }
}

fn load<T: Serialize + DeserializeOwned>(file: &StateFile<T>) -> Option<T> {
    let saved = file.load();
    saved.inspect_err(|error| tracing::warn!(%error, "cannot read a state file")).ok().flatten()
}
