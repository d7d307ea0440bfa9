//! The files that outlive the program.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    model::{Saved, own::SavedPresence, preferences::Preferences},
    server::SessionFile,
    store::{history::Archive, state_file::StateFile},
};

/// Where things are kept that outlive the program.
#[derive(Clone)]
pub struct Files {
    /// The session.
    pub session: SessionFile,
    /// What is remembered of the own presence.
    pub presence: StateFile<SavedPresence>,
    /// What the person has chosen in the dashboard.
    pub preferences: StateFile<Preferences>,
    /// What happened; `None` where that is not to be kept.
    pub history: Option<Archive>,
}

impl Files {
    /// Returns what an earlier process has saved. A file that cannot be read is worth a line in the log: it will be
    /// replaced.
    #[must_use]
    pub fn saved(&self) -> Saved {
        Saved { presence: load(&self.presence), preferences: load(&self.preferences) }
    }
}

fn load<T: Serialize + DeserializeOwned>(file: &StateFile<T>) -> Option<T> {
    let saved = file.load();
    saved.inspect_err(|error| tracing::warn!(%error, "a state file cannot be read")).ok().flatten()
}
