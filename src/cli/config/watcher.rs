//! The configuration of a program that stays: the file is read anew when it changes.

use color_eyre::eyre::Result;

use super::{
    Config,
    file::{candidates, parsed, text},
};
use crate::host::file_watch::FileWatch;

/// Follows the configuration file.
pub(in crate::cli) struct Watcher {
    files: FileWatch,
    /// What the file said when it was read last. An error is its sentence.
    last: Result<Option<String>, String>,
}

impl Watcher {
    /// Reads the configuration file, and begins to follow it.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake.
    pub(in crate::cli) fn load() -> Result<(Config, Self)> {
        // The watch comes first, so that no change is lost.
        let mut watcher = Self { files: FileWatch::new(candidates()?), last: Ok(None) };
        let config = watcher.read()?;
        Ok((config, watcher))
    }

    /// Waits until the file says something else, and reads it. Cancel safe.
    pub(in crate::cli) async fn changed(&mut self) -> Result<Config> {
        loop {
            self.files.changed().await;
            if let Some(config) = self.read_if_changed() {
                return config;
            }
        }
    }

    /// Reads the file if it says something else than before. An error is returned once.
    pub(in crate::cli) fn read_if_changed(&mut self) -> Option<Result<Config>> {
        let text = text();
        let is_new = self.last != remembered(&text);
        is_new.then(|| self.on_text(text))
    }

    /// Like [`Watcher::read_if_changed`] where the system does not tell of changes.
    pub(in crate::cli) fn read_if_unwatched(&mut self) -> Option<Result<Config>> {
        if self.files.is_told() { None } else { self.read_if_changed() }
    }

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake.
    pub(in crate::cli) fn read(&mut self) -> Result<Config> {
        self.on_text(text())
    }

    fn on_text(&mut self, text: Result<Option<String>>) -> Result<Config> {
        self.last = remembered(&text);
        text?.map_or_else(|| Ok(Config::default()), |text| parsed(&text))
    }
}

fn remembered(text: &Result<Option<String>>) -> Result<Option<String>, String> {
    match text {
        Ok(text) => Ok(text.clone()),
        Err(error) => Err(format!("{error:#}")),
    }
}
