//! The files that outlive the program.

use std::fmt::Display;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    model::{own::SavedPresence, preferences::Preferences},
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

/// A file that makes no sense is worth a line in the log, and no more: it will be replaced.
pub(crate) fn left<T: Serialize + DeserializeOwned>(file: &StateFile<T>) -> Option<T> {
    let kept = file.load();
    kept.inspect_err(|error| tracing::warn!(%error, "what was kept cannot be read")).ok().flatten()
}

pub(crate) fn cannot_be_written<T: Serialize + DeserializeOwned>(
    file: &StateFile<T>,
    error: &impl Display,
) -> String {
    format!("{} cannot be written: {error}", file.path().display())
}
