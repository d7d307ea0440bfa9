//! States that commands have lent to them for as long as they run, and what returns after each.

use crate::model::{control::LeaseId, event::Put};

/// The leases, oldest first.
#[derive(Debug, Default)]
pub(super) struct Leases(Vec<Lease>);

#[derive(Debug)]
struct Lease {
    id: LeaseId,
    /// What was asked for when it began.
    before: Put,
}

impl Leases {
    pub(super) fn begin(&mut self, id: LeaseId, before: Put) {
        self.0.push(Lease { id, before });
    }

    pub(super) fn contains(&self, id: LeaseId) -> bool {
        self.0.iter().any(|lease| lease.id == id)
    }

    /// Ends one, and says what returns. Where a newer one goes on, that is for the newer one to bring back.
    pub(super) fn end(&mut self, id: LeaseId) -> Option<Put> {
        let at = self.0.iter().position(|lease| lease.id == id)?;
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
    pub(super) fn forget(&mut self) -> Option<Put> {
        self.0.drain(..).next().map(|lease| lease.before)
    }

    /// What returns when all have ended.
    pub(super) fn before(&self) -> Option<&Put> {
        self.0.first().map(|lease| &lease.before)
    }

    /// Something else is to return then; gives it back where there are none.
    pub(super) fn replace_before(&mut self, before: Put) -> Option<Put> {
        match self.0.first_mut() {
            Some(lease) => {
                lease.before = before;
                None
            }
            None => Some(before),
        }
    }
}
