//! What the person asks for.

use jiff::Timestamp;

use super::{Gate, Layers, Origin, Own};
use crate::model::{
    control::{HoldId, PresenceCommand},
    deadline::Deadline,
    presence::Presence,
};

impl Own {
    /// Asks for a state; the message stays.
    pub fn ask(&mut self, presence: Presence) {
        self.request(|layers| layers.press(presence));
    }

    /// Asks for busy, or for what was before it.
    pub fn toggle_busy(&mut self) {
        self.request(Layers::toggle_busy);
    }

    /// Asks for busy with an end, at which the state and the message from before return.
    pub fn busy_until(&mut self, end: Deadline) {
        self.request(|layers| layers.until(Presence::Busy, end));
    }

    /// Changes the message, or removes it if empty; the state stays.
    pub fn say(&mut self, status_msg: String) {
        self.request(|layers| layers.say(status_msg));
    }

    /// Does what a command wants. Before the first connection that waits until it is known what there was before, which is
    /// to return in the end.
    pub fn grant(&mut self, want: PresenceCommand) {
        if self.busy_offered.is_none() {
            self.asked.push(want);
            return;
        }
        self.request(|layers| match want {
            PresenceCommand::Set(ask) => layers.grant(ask),
            PresenceCommand::Hold(id, ask) => layers.hold(id, ask),
            PresenceCommand::Return(id) => layers.release(id),
        });
    }

    /// Whether a state is lent under this name, or will be once there is a connection. It is not any more when something
    /// else has been set since.
    #[must_use]
    pub fn is_holding(&self, id: HoldId) -> bool {
        self.layers.is_holding(id)
            || self.asked.iter().any(|want| matches!(want, PresenceCommand::Hold(asked, _) if *asked == id))
    }

    /// Leaves the own presence alone from now on: another dashboard of the account has it.
    pub fn only_watch(&mut self) {
        (self.second, self.config.watch_only) = (true, true);
        self.layers.never_idle();
    }

    /// Somebody is at the keys, or was at some time.
    pub fn active(&mut self, at: Timestamp) {
        self.layers.active(at);
    }

    /// The message that is wanted.
    #[must_use]
    pub fn status_msg(&self) -> &str {
        self.layers.status_msg()
    }

    /// Asking again for what others do not see sends it again.
    fn request(&mut self, change: impl FnOnce(&mut Layers)) {
        if self.config.watch_only {
            return;
        }
        change(&mut self.layers);
        let wanted = self.layers.effective();
        if self.wanted == wanted && !self.is_confirmed() {
            self.sent = None;
            self.refused = None;
        }
        self.wanted = wanted;
        self.origin = Origin::Pressed;
        if matches!(self.gate, Gate::FirstSync | Gate::Echo(_)) {
            self.gate = Gate::Nothing;
        }
    }
}
