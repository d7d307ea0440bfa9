//! The last change of the own presence, which can be undone for a moment.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Layers;
use crate::model::presence::Presence;

/// How long a change can be undone.
const UNDO: SignedDuration = SignedDuration::from_secs(10);

/// The layers before a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Undo {
    layers: Layers,
    /// The state that was wanted.
    presence: Presence,
    until: Timestamp,
}

impl Undo {
    /// Remembers these layers, right before the person changes them.
    pub(super) fn new(layers: &Layers, now: Timestamp) -> Self {
        let until = now.saturating_add(UNDO).unwrap_or(now);
        Self { layers: layers.clone(), presence: layers.effective().presence, until }
    }

    /// Returns the layers to return to, unless it is too late.
    pub(super) fn layers(self, now: Timestamp) -> Option<Layers> {
        (now < self.until).then_some(self.layers)
    }

    /// Returns the state that it returns to, and until when it can, unless it is too late.
    pub(super) fn target(&self, now: Timestamp) -> Option<(&Presence, Timestamp)> {
        (now < self.until).then_some((&self.presence, self.until))
    }
}
