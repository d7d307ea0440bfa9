//! The part of the configuration that the model depends on.

use jiff::SignedDuration;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer},
};

use super::{
    contacts::Hiding,
    presence::{Presence, State},
};

/// The settings of one engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Settings {
    /// The state at the start.
    pub start: Start,
    /// What quitting does to the own presence.
    pub on_quit: OnQuit,
    /// How long without input until online becomes unavailable. `None`: never.
    pub idle_after: Option<SignedDuration>,
    /// Whether a call in another session sets busy.
    pub busy_in_calls: bool,
    /// Whether the own presence is never set.
    pub watch_only: bool,
    /// Whether notifications are suppressed while busy is wanted.
    pub quiet_when_busy: bool,
    /// Whether the history is written to disk.
    pub recorded: bool,
    /// Which contacts are hidden.
    pub hiding: Hiding,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start: Start::State(State::Online),
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

/// The state at the start. A busy that others already see is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A fixed state.
    State(State),
    /// The state that others see at that moment.
    Keep,
}

/// The names of [`Start`] values in the configuration.
const START: [&str; 5] = ["online", "keep", "unavailable", "busy", "offline"];

impl Start {
    /// Returns the name in the configuration.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::State(state) => Presence::from(state).label().to_owned(),
            Self::Keep => "keep".to_owned(),
        }
    }

    /// Returns the state that is wanted until the server has answered.
    pub(super) fn presence(self) -> Presence {
        match self {
            Self::State(state) => state.into(),
            Self::Keep => Presence::Online,
        }
    }
}

impl Serialize for Start {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::State(state) => state.serialize(serializer),
            Self::Keep => serializer.serialize_str("keep"),
        }
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "keep" {
            return Ok(Self::Keep);
        }
        let state: Result<State, de::value::Error> = State::deserialize(text.as_str().into_deserializer());
        state.map(Self::State).map_err(|_| de::Error::unknown_variant(&text, &START))
    }
}

/// What quitting does to the own presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnQuit {
    /// Sets offline for this session.
    Offline,
    /// Leaves the state. The server keeps it for a while.
    Keep,
}

impl OnQuit {
    /// Returns the name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Keep => "keep",
        }
    }
}
