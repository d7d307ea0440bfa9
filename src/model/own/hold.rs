//! Holds: states that commands such as `whosin hold` set for as long as they run.

use serde::{Deserialize, Serialize};

use crate::model::{event::PresenceUpdate, request::HoldId};

/// The active holds, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Holds(Vec<Hold>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Hold {
    id: HoldId,
    /// The presence that was wanted before it.
    before: PresenceUpdate,
}

impl Holds {
    pub(super) fn begin(&mut self, id: HoldId, before: PresenceUpdate) {
        self.0.push(Hold { id, before });
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = HoldId> {
        self.0.iter().map(|hold| hold.id)
    }

    pub(super) fn contains(&self, id: HoldId) -> bool {
        self.0.iter().any(|hold| hold.id == id)
    }

    /// Ends a hold. Returns the presence to restore. `None`: a newer hold is active, and restores it later.
    pub(super) fn end(&mut self, id: HoldId) -> Option<PresenceUpdate> {
        let at = self.0.iter().position(|hold| hold.id == id)?;
        let before = self.0.remove(at).before;
        match self.0.get_mut(at) {
            Some(newer) => {
                newer.before = before;
                None
            }
            None => Some(before),
        }
    }

    /// Ends all holds because of another request. Returns the presence from before the oldest.
    pub(super) fn forget(&mut self) -> Option<PresenceUpdate> {
        self.0.drain(..).next().map(|hold| hold.before)
    }

    /// Returns the presence that returns after all holds.
    pub(super) fn before(&self) -> Option<&PresenceUpdate> {
        self.0.first().map(|hold| &hold.before)
    }

    /// Replaces the presence that returns after all holds. Hands it back if there are none.
    pub(super) fn replace_before(&mut self, before: PresenceUpdate) -> Option<PresenceUpdate> {
        match self.0.first_mut() {
            Some(hold) => {
                hold.before = before;
                None
            }
            None => Some(before),
        }
    }
}
