//! The layers of the wanted presence: what the person pressed, the call they are in, the idle timer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Holds;
use crate::model::{
    deadline::Deadline,
    event::PresenceUpdate,
    presence::Presence,
    request::{HoldId, PresenceRequest},
};

/// The message during a call, unless the person has set one.
const IN_A_CALL: &str = "in a call";

/// The layers. The strongest active one decides the wanted state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Layers {
    pressed: PresenceUpdate,
    /// The state that returns when busy is left.
    before_busy: Presence,
    timed: Option<Timed>,
    holds: Holds,
    /// Whether the state to return to is offline only because the person had no front end open.
    absent: bool,
    /// When the call in another session expires. `None`: no call.
    call: Option<Timestamp>,
    /// Whether the person pressed a state during the call. That outranks the call.
    call_dismissed: bool,
    idle_after: Option<SignedDuration>,
    last_active: Option<Timestamp>,
    keyboard: Keyboard,
}

/// Whether the person is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Keyboard {
    InUse,
    /// Idle for long enough, but the person may be at work in another window.
    Quiet,
    /// Idle, and so is the rest of the desktop.
    Idle,
}

/// A deadline, and the presence that returns then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timed {
    #[serde(flatten)]
    end: Deadline,
    then: PresenceUpdate,
}

/// The layers that are saved for the next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLayers {
    pressed: PresenceUpdate,
    timed: Option<Timed>,
    #[serde(default)]
    absent: bool,
}

/// The layer that decides the wanted state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// What the person pressed, or the configured start.
    Pressed,
    /// A call in another session.
    Call,
    /// The idle timer.
    Idle,
}

impl Layers {
    pub(super) fn new(presence: Presence, idle_after: Option<SignedDuration>) -> Self {
        Self {
            pressed: PresenceUpdate { presence, status_msg: String::new() },
            before_busy: Presence::Online,
            timed: None,
            holds: Holds::default(),
            absent: false,
            call: None,
            call_dismissed: false,
            idle_after,
            last_active: None,
            keyboard: Keyboard::InUse,
        }
    }

    pub(super) fn restore(&mut self, saved: SavedLayers) {
        let start = self.pressed.presence.clone();
        (self.pressed, self.timed, self.absent) = (saved.pressed, saved.timed, saved.absent);
        // Offline was wanted before a hold of a process that crashed. The person who starts the program now is not
        // hiding.
        if self.timed.is_none() && self.pressed.presence == Presence::Offline {
            self.pressed.presence = start;
        }
    }

    /// Notes that the state at the start is the offline of a person who had no front end open.
    pub(super) fn was_absent(&mut self) {
        self.absent = true;
    }

    /// Notes that the person has opened a front end that stays. So offline is not the state to return to.
    pub(super) fn arrive(&mut self, start: &Presence) {
        if !std::mem::take(&mut self.absent) {
            return;
        }
        if let Some(timed) = &mut self.timed {
            timed.then.presence = start.clone();
        } else if let Some(before) = self.holds.before() {
            let before = PresenceUpdate { presence: start.clone(), ..before.clone() };
            let _ = self.holds.replace_before(before);
        } else {
            self.pressed.presence = start.clone();
        }
    }

    /// Returns what to save: a state with a deadline, or the state that returns after a hold. The server keeps
    /// anything else.
    pub(super) fn saved(&self) -> Option<SavedLayers> {
        let before = self.holds.before();
        let ends = self.timed.is_some() || self.layer() == Layer::Call || before.is_some();
        ends.then(|| SavedLayers {
            pressed: before.unwrap_or(&self.pressed).clone(),
            timed: self.timed.clone(),
            absent: self.absent,
        })
    }

    /// Applies the passage of time.
    pub(super) fn tick(&mut self, now: Timestamp) {
        if let Some(timed) = &mut self.timed {
            timed.end = timed.end.clamped(now);
            if timed.end.is_over(now) {
                self.end_timed();
            }
        }
        if self.call.is_some_and(|until| until <= now) {
            self.set_call(None);
        }
        // Restarts the idle timer after the clock was set back.
        let since = *self.last_active.get_or_insert(now);
        if now < since {
            self.last_active = Some(now);
        }
        let quiet = self.idle_after.is_some_and(|after| now.duration_since(since) >= after);
        self.keyboard = match (quiet, self.keyboard) {
            (false, _) => Keyboard::InUse,
            (true, Keyboard::InUse) => Keyboard::Quiet,
            (true, keyboard) => keyboard,
        };
    }

    /// Returns when [`Layers::tick`] changes something.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        let end = self.timed.as_ref().map(|timed| timed.end.at);
        let counts = self.keyboard == Keyboard::InUse && self.can_idle();
        let idle = self.last_active.zip(self.idle_after).filter(|_| counts);
        let idle = idle.and_then(|(since, after)| since.checked_add(after).ok());
        [end, self.call, idle].into_iter().flatten().min()
    }

    /// Notes that the person was active at a time.
    pub(super) fn active(&mut self, at: Timestamp) {
        self.last_active = self.last_active.max(Some(at));
    }

    /// Returns to what was pressed earlier. The call and the idle time stay as they are.
    pub(super) fn go_back_to(&mut self, earlier: Self) {
        let Self { pressed, before_busy, timed, holds, absent, call_dismissed, .. } = earlier;
        (self.pressed, self.before_busy, self.timed, self.holds) = (pressed, before_busy, timed, holds);
        self.absent = absent;
        self.call_dismissed = call_dismissed && self.call.is_some();
    }

    /// Returns whether the idle time of the desktop makes a difference.
    pub(super) fn is_quiet(&self) -> bool {
        self.keyboard != Keyboard::InUse && self.can_idle()
    }

    /// Confirms that the desktop is idle too.
    pub(super) fn confirm_idle(&mut self) {
        if self.keyboard == Keyboard::Quiet {
            self.keyboard = Keyboard::Idle;
        }
    }

    fn can_idle(&self) -> bool {
        self.pressed.presence == Presence::Online && !self.is_in_call()
    }

    /// Returns the end of a timed state.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.timed.as_ref().map(|timed| timed.end)
    }

    pub(super) fn layer(&self) -> Layer {
        match self.pressed.presence {
            Presence::Online if self.is_in_call() => Layer::Call,
            Presence::Online if self.keyboard == Keyboard::Idle => Layer::Idle,
            _ => Layer::Pressed,
        }
    }

    pub(super) fn effective(&self) -> PresenceUpdate {
        let mut put = self.pressed.clone();
        match self.layer() {
            Layer::Pressed => {}
            Layer::Idle => put.presence = Presence::Unavailable,
            Layer::Call => {
                put.presence = Presence::Busy;
                if put.status_msg.is_empty() {
                    IN_A_CALL.clone_into(&mut put.status_msg);
                }
            }
        }
        put
    }

    /// Returns the message that the person has set.
    pub(super) fn status_msg(&self) -> &str {
        &self.pressed.status_msg
    }

    /// Presses a state without an end. It outranks the present call.
    pub(super) fn press(&mut self, presence: Presence) {
        if presence == Presence::Busy && self.pressed.presence != Presence::Busy {
            self.before_busy = self.pressed.presence.clone();
        }
        self.timed = None;
        self.absent = false;
        self.holds.forget();
        self.call_dismissed = self.call.is_some();
        self.pressed.presence = presence;
    }

    /// Sets busy, or returns to the state before it.
    pub(super) fn toggle_busy(&mut self) {
        match self.effective().presence {
            Presence::Busy if self.holds.before().is_some_and(|put| put.presence != Presence::Busy) => {
                self.pressed = self.holds.forget().unwrap_or_else(|| self.pressed.clone());
            }
            Presence::Busy if self.timed.is_some() => self.end_timed(),
            Presence::Busy if self.pressed.presence != Presence::Busy => self.call_dismissed = true,
            Presence::Busy => self.press(self.before_busy.clone()),
            _ => self.press(Presence::Busy),
        }
    }

    /// Presses a state with an end. A second end replaces the first, and the presence that returns stays the same.
    pub(super) fn until(&mut self, presence: Presence, end: Deadline) {
        let then = self.timed.take().map(|timed| timed.then).or_else(|| self.holds.forget());
        let then = then.unwrap_or_else(|| self.pressed.clone());
        let absent = self.absent;
        self.press(presence);
        (self.timed, self.absent) = (Some(Timed { end, then }), absent);
    }

    /// Applies a request.
    pub(super) fn apply(&mut self, request: PresenceRequest) {
        match request.until {
            Some(end) => self.until(request.presence, end),
            None => self.press(request.presence),
        }
        self.replace_message(request.status_msg);
    }

    /// Begins a hold. A deadline below it continues.
    pub(super) fn hold(&mut self, id: HoldId, request: PresenceRequest) {
        // A front end repeats its holds after another process has taken over the engine.
        if self.holds.contains(id) {
            return;
        }
        self.holds.begin(id, self.pressed.clone());
        self.call_dismissed = self.call.is_some();
        self.pressed.presence = request.presence;
        self.replace_message(request.status_msg);
    }

    pub(super) fn idle_after(&self) -> Option<SignedDuration> {
        self.idle_after
    }

    pub(super) fn set_idle_after(&mut self, idle_after: Option<SignedDuration>) {
        self.idle_after = idle_after;
    }

    pub(super) fn held_ids(&self) -> impl Iterator<Item = HoldId> {
        self.holds.ids()
    }

    pub(super) fn is_holding(&self, id: HoldId) -> bool {
        self.holds.contains(id)
    }

    /// Ends a hold and restores the presence before it, unless something else was requested since.
    pub(super) fn release(&mut self, id: HoldId) {
        if let Some(before) = self.holds.end(id) {
            self.pressed = before;
        }
    }

    fn replace_message(&mut self, status_msg: Option<String>) {
        if let Some(status_msg) = status_msg {
            self.set_message(status_msg);
        }
    }

    pub(super) fn set_message(&mut self, status_msg: String) {
        self.pressed.status_msg = status_msg;
    }

    /// Sets when the call in another session expires. `None`: no call.
    pub(super) fn set_call(&mut self, until: Option<Timestamp>) {
        self.call = until;
        if until.is_none() {
            self.call_dismissed = false;
        }
    }

    fn is_in_call(&self) -> bool {
        self.call.is_some() && !self.call_dismissed
    }

    fn end_timed(&mut self) {
        let then = self.timed.take().map(|timed| timed.then);
        // The deadline ended below a hold, so the hold continues.
        if let Some(then) = then.and_then(|then| self.holds.replace_before(then)) {
            self.pressed = then;
        }
    }
}
