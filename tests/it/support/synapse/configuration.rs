//! The choices a test has about its Synapse, and the configuration files for them.

use std::{fs, io, path::Path};

/// The setup of a Synapse. Tests with the same setup share one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Setup {
    pub busy: Busy,
    pub presence: Tracking,
    pub limits: Limits,
    pub timers: Timers,
    pub profiles: Profiles,
}

/// `include_profile_updates_in_sync`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Profiles {
    /// Not mentioned in the configuration: changes of profiles are not sent.
    #[default]
    Default,
    /// `/sync` has the changes (MSC4429).
    Pushed,
}

/// How Synapse was told about MSC3026.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Busy {
    #[default]
    On,
    /// Configured, and switched off.
    Off,
    /// Not mentioned in the configuration.
    Absent,
}

/// `presence.enabled`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Tracking {
    #[default]
    On,
    Off,
    Untracked,
}

/// The rate limit of presence. Every other limit is always lifted.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Limits {
    #[default]
    Lifted,
    /// Once in ten seconds for all sessions of a user together.
    Default,
}

/// The time after which Synapse makes a quiet user idle or offline.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Timers {
    /// Synapse's defaults: offline after 30 s without a sync, idle after five minutes.
    #[default]
    Default,
    /// Offline after one second without a sync. The other timers are long.
    SoonOffline,
    /// Idle after two seconds inside one sync.
    SoonIdle,
}

impl Setup {
    /// Writes everything `python -m synapse.app.homeserver` reads into `directory`.
    pub(super) fn write(self, directory: &Path, port: u16, more: &str) -> io::Result<()> {
        let dir = directory.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        fs::write(directory.join("homeserver.yaml"), self.homeserver_yaml(dir, port) + more)?;
        fs::write(directory.join("log.yaml"), log_yaml(dir))?;
        fs::write(directory.join("signing.key"), signing_key())
    }

    fn homeserver_yaml(self, dir: &str, port: u16) -> String {
        let experimental = match self.busy {
            Busy::On => "{msc3026_enabled: true}",
            Busy::Off => "{msc3026_enabled: false}",
            Busy::Absent => "{}",
        };
        let presence = match self.presence {
            Tracking::On => "true",
            Tracking::Off => "false",
            Tracking::Untracked => "untracked",
        };
        let rc_presence = match self.limits {
            Limits::Lifted => "rc_presence: {per_user: {per_second: 10000, burst_count: 10000}}",
            Limits::Default => "",
        };
        let (active, offline, idle) = match self.timers {
            Timers::Default => ("60s", "30s", "5m"),
            Timers::SoonOffline => ("60s", "1s", "61s"),
            Timers::SoonIdle => ("1s", "1s", "2s"),
        };
        let profiles = match self.profiles {
            Profiles::Default => "",
            Profiles::Pushed => "include_profile_updates_in_sync: true",
        };
        include_str!("homeserver.yaml")
            .replace("@PROFILES@", profiles)
            .replace("@PORT@", &port.to_string())
            .replace("@DIR@", dir)
            .replace("@EXPERIMENTAL@", experimental)
            .replace("@PRESENCE@", presence)
            .replace("@RC_PRESENCE@", rc_presence)
            .replace("@ACTIVE@", active)
            .replace("@OFFLINE@", offline)
            .replace("@IDLE@", idle)
    }
}

fn log_yaml(dir: &str) -> String {
    format!(
        "version: 1\n\
         handlers: {{file: {{class: logging.FileHandler, filename: '{dir}/homeserver.log'}}}}\n\
         root: {{level: WARNING, handlers: [file]}}\n"
    )
}

/// 32 random bytes in unpadded Base64: 43 characters, the last of which carries only four bits.
fn signing_key() -> String {
    let key: String = (0..42).map(|_| fastrand::alphanumeric()).collect();
    format!("ed25519 a_test {key}A\n")
}
