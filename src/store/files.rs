//! The set of files that a profile keeps.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

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

/// A cache whose contacts are not parsed yet: what the server is asked for needs only the rest.
pub type UnreadCache = Cache<UnreadContacts>;

/// The contacts of a cache, as they are in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnreadContacts(Box<RawValue>);

impl UnreadContacts {
    /// Parses the contacts. `None`: the file is damaged.
    #[must_use]
    pub fn read(&self) -> Option<Contacts> {
        let whole = serde_json::from_str::<Whole>(self.0.get());
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
    pub cache: Option<StateFile<UnreadCache>>,
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

    /// Returns what an earlier process has kept of the contacts.
    #[must_use]
    pub fn cached(&self) -> Option<UnreadCache> {
        self.cache.as_ref().and_then(load)
    }
}

fn load<T: Serialize + DeserializeOwned>(file: &StateFile<T>) -> Option<T> {
    let saved = file.load();
    saved.inspect_err(|error| tracing::warn!(%error, "cannot read a state file")).ok().flatten()
}
