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
    pub(super) layers: Layers,
    /// The state that was wanted.
    pub(super) presence: Presence,
    pub(super) until: Timestamp,
}

impl Undo {
    /// Remembers these layers, right before the person changes them.
    pub(super) fn new(layers: &Layers, now: Timestamp) -> Self {
        let until = now.saturating_add(UNDO).unwrap_or(now);
        Self { layers: layers.clone(), presence: layers.effective().presence, until }
    }
}
