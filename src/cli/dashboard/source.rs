//! Where the configuration of a dashboard comes from: the file, the command line and the demo.

use color_eyre::eyre::Result;

use crate::{
    cli::config::{self, Config, Watcher},
    ui::settings::Setting,
};

/// The keys that a demo takes from the file of the person. The presence of a trial is nobody's, and its cast decides
/// whom to show.
const OWN: [&str; 7] = ["keys", "theme", "mouse", "title", "notify", "chat", "on_change"];

/// The configuration of a dashboard.
pub(super) struct Source {
    watcher: Watcher,
    /// What the file says.
    file: Config,
    /// Whether this dashboard never changes the presence, from its start to its end.
    watch_only: bool,
    /// What the file said of that at the start.
    file_watches: bool,
    /// The rest of a demo's configuration, as a file. `None`: no demo.
    demo: Option<String>,
}

impl Source {
    /// Reads the configuration, and begins to follow it. `demo` is what a demo has of its own.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake.
    pub(super) fn load(watch_only: bool, demo: Option<String>) -> Result<Self> {
        let (file, watcher) = Watcher::load()?;
        let file_watches = file.watch_only;
        let watch_only = watch_only || (file_watches && demo.is_none());
        Ok(Self { watcher, file, watch_only, file_watches, demo })
    }

    /// Returns the configuration in force.
    pub(super) fn config(&self) -> Config {
        let watch_only = self.watch_only;
        let Some(demo) = &self.demo else { return Config { watch_only, ..self.file.clone() } };
        let Config { notify, chat, on_change, theme, mouse, title, keymap, keys, .. } = self.file.clone();
        // It was checked when it was written.
        let demo = config::parse(demo).unwrap_or_default();
        Config { watch_only, notify, chat, on_change, theme, mouse, title, keymap, keys, ..demo }
    }

    /// Waits until the file says something else. Cancel safe.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the file cannot be read or has a mistake. What it said before stays in
    /// force.
    pub(super) async fn changed(&mut self) -> Result<()> {
        self.file = self.watcher.changed().await?;
        Ok(())
    }

    /// Like [`Source::changed`] where the system does not tell of changes. `None`: the file says the same.
    pub(super) fn read_if_unwatched(&mut self) -> Option<Result<()>> {
        let read = self.watcher.read_if_unwatched()?;
        Some(read.map(|config| self.file = config))
    }

    /// Returns the key whose change counts from the next start.
    pub(super) fn needs_restart(&self) -> Option<&'static str> {
        (self.demo.is_none() && self.file.watch_only != self.file_watches).then_some("watch_only")
    }

    /// Writes a setting to the file, or to what a demo has of its own. Returns whether it outlives this dashboard.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the value is none, or the file cannot be written or has a mistake.
    pub(super) fn keep(&mut self, setting: &Setting) -> Result<bool> {
        let table = setting.key.split('.').next().unwrap_or_default();
        if let Some(demo) = self.demo.as_mut().filter(|_| !OWN.contains(&table)) {
            *demo = config::changed(demo, setting)?;
            return Ok(false);
        }
        config::keep(setting)?;
        self.file = self.watcher.read()?;
        Ok(true)
    }
}
