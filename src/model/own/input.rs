//! What the person asks for.

use jiff::Timestamp;

use super::{Hold, Origin, Own, Wish};
use crate::model::{
    control::{LeaseId, Want},
    deadline::Deadline,
    presence::Presence,
};

impl Own {
    /// Asks for a state; the message stays.
    pub fn ask(&mut self, presence: Presence) {
        self.wish_for(|wish| wish.press(presence));
    }

    /// Asks for busy, or for what was before it.
    pub fn toggle_busy(&mut self) {
        self.wish_for(Wish::toggle_busy);
    }

    /// Asks for busy with an end, at which the state and the message from before return.
    pub fn busy_until(&mut self, end: Deadline) {
        self.wish_for(|wish| wish.until(Presence::Busy, end));
    }

    /// Changes the message, or removes it if empty; the state stays.
    pub fn say(&mut self, status_msg: String) {
        self.wish_for(|wish| wish.say(status_msg));
    }

    /// Does what a command wants. Before the first connection that waits until it is known what there was before, which is
    /// to return in the end.
    pub fn grant(&mut self, want: Want) {
        if self.busy_offered.is_none() {
            self.asked.push(want);
            return;
        }
        self.wish_for(|wish| match want {
            Want::Set(ask) => wish.grant(ask),
            Want::Lease(id, ask) => wish.lease(id, ask),
            Want::Return(id) => wish.give_back(id),
        });
    }

    /// Whether a state is lent under this name, or will be once there is a connection. It is not any more when something
    /// else has been set since.
    #[must_use]
    pub fn lends(&self, id: LeaseId) -> bool {
        self.wish.lends(id)
            || self.asked.iter().any(|want| matches!(want, Want::Lease(asked, _) if *asked == id))
    }

    /// Leaves the own presence alone from now on: another dashboard of the account has it.
    pub fn only_watch(&mut self) {
        (self.second, self.config.watch_only) = (true, true);
        self.wish.never_idle();
    }

    /// Somebody is at the keys, or was at some time.
    pub fn active(&mut self, at: Timestamp) {
        self.wish.active(at);
    }

    /// The message that is wanted.
    #[must_use]
    pub fn status_msg(&self) -> &str {
        self.wish.status_msg()
    }

    /// Asking again for what others do not see sends it again.
    fn wish_for(&mut self, change: impl FnOnce(&mut Wish)) {
        if self.config.watch_only {
            return;
        }
        change(&mut self.wish);
        let wanted = self.wish.effective();
        if self.wanted == wanted && !self.is_confirmed() {
            self.sent = None;
            self.refused = None;
        }
        self.wanted = wanted;
        self.origin = Origin::Pressed;
        if matches!(self.hold, Hold::FirstSync | Hold::Echo(_)) {
            self.hold = Hold::Nothing;
        }
    }
}
