//! Whether it has been quiet for longer than rooms with people in them usually are.

use jiff::{SignedDuration, Timestamp};

use super::Dashboard;
use crate::model::contacts::Group;

/// How long nothing is heard before that is worth a word.
const LONG: SignedDuration = SignedDuration::from_mins(10);

impl Dashboard {
    /// Whether the server has said nothing of anybody for so long that it may pass nothing on.
    #[must_use]
    pub fn is_too_quiet(&self, now: Timestamp) -> bool {
        self.too_quiet_at().is_some_and(|at| at <= now)
    }

    /// When the silence becomes that long, unless it is broken; `None` where it is broken already.
    pub(super) fn too_quiet_at(&self) -> Option<Timestamp> {
        let silent = self.contacts.known().all(|(group, count)| group == Group::Silent || count == 0);
        let began = self.history.began().filter(|_| silent && self.contacts.total() > 0)?;
        began.checked_add(LONG).ok()
    }
}
