//! What the person has configured that the model depends on.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{contacts::Hiding, presence::Presence};

/// The settings of one engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The state at the start.
    pub start: Start,
    /// What quitting leaves behind.
    pub on_quit: OnQuit,
    /// After how long at no key online becomes unavailable; `None` for never.
    pub idle_after: Option<SignedDuration>,
    /// Whether a call in another session makes busy.
    pub busy_in_calls: bool,
    /// Whether to leave the own presence alone.
    pub watch_only: bool,
    /// Whether nothing is notified while busy is wanted.
    pub quiet_when_busy: bool,
    /// Whether what happens is written to disk.
    pub recorded: bool,
    /// Whom to leave out.
    pub hiding: Hiding,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start: Start::Online,
            on_quit: OnQuit::Offline,
            idle_after: Some(SignedDuration::from_mins(10)),
            busy_in_calls: true,
            watch_only: false,
            quiet_when_busy: false,
            recorded: false,
            hiding: Hiding::default(),
        }
    }
}

/// The state at the start. A busy that others see already is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Online.
    Online,
    /// What others see at that moment.
    Keep,
    /// Unavailable.
    #[serde(alias = "away")]
    Unavailable,
    /// Busy.
    Busy,
    /// Offline.
    Offline,
}

impl Start {
    /// What is wanted before the server has said anything.
    pub(super) fn presence(self) -> Presence {
        match self {
            Self::Online | Self::Keep => Presence::Online,
            Self::Busy => Presence::Busy,
            Self::Unavailable => Presence::Unavailable,
            Self::Offline => Presence::Offline,
        }
    }
}

/// What quitting leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnQuit {
    /// Offline, as far as this session goes.
    Offline,
    /// What others see, as long as the server keeps it.
    Keep,
}
