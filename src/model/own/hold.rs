//! States that commands have lent to them for as long as they run, and what returns after each.

use serde::{Deserialize, Serialize};

use crate::model::{event::PresenceUpdate, request::HoldId};

/// The holds, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Holds(Vec<Hold>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Hold {
    id: HoldId,
    /// What was asked for when it began.
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

    /// Ends one, and says what returns. Where a newer one goes on, that is for the newer one to bring back.
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

    /// Forgets them all: something else is asked for. Says what would have returned after the last.
    pub(super) fn forget(&mut self) -> Option<PresenceUpdate> {
        self.0.drain(..).next().map(|hold| hold.before)
    }

    /// What returns when all have ended.
    pub(super) fn before(&self) -> Option<&PresenceUpdate> {
        self.0.first().map(|hold| &hold.before)
    }

    /// Something else is to return then; gives it back where there are none.
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
