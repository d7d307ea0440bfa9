//! What is wanted, in layers: what the person pressed, then the call they are in, then the idle keyboard.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Holds;
use crate::model::{
    deadline::Deadline,
    event::PresenceUpdate,
    presence::Presence,
    request::{HoldId, PresenceRequest},
};

/// What others are told during a call by somebody who says nothing else.
const IN_A_CALL: &str = "in a call";

/// The layers. The effective state is that of the strongest one that speaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Layers {
    pressed: PresenceUpdate,
    /// What leaving busy goes back to.
    before_busy: Presence,
    timed: Option<Timed>,
    holds: Holds,
    /// Until when another session of ours is in a call, at the latest.
    call: Option<Timestamp>,
    /// Whether the person has pressed a state since the call began, which is worth more.
    call_dismissed: bool,
    idle_after: Option<SignedDuration>,
    last_active: Option<Timestamp>,
    keyboard: Keyboard,
}

/// What is known of whoever sits at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Keyboard {
    InUse,
    /// For long enough, but the desktop around the terminal may be in use.
    Quiet,
    /// So is the desktop, or there is none.
    Idle,
}

/// The end of what was pressed, and what returns then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timed {
    #[serde(flatten)]
    end: Deadline,
    then: PresenceUpdate,
}

/// What of the wish outlives the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLayers {
    pressed: PresenceUpdate,
    timed: Option<Timed>,
}

/// Which layer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// What the person pressed, or nothing but the start.
    Pressed,
    /// A call in another session.
    Call,
    /// Nobody is at the keys.
    Idle,
}

impl Layers {
    pub(super) fn new(presence: Presence, idle_after: Option<SignedDuration>) -> Self {
        Self {
            pressed: PresenceUpdate { presence, status_msg: String::new() },
            before_busy: Presence::Online,
            timed: None,
            holds: Holds::default(),
            call: None,
            call_dismissed: false,
            idle_after,
            last_active: None,
            keyboard: Keyboard::InUse,
        }
    }

    pub(super) fn restore(&mut self, saved: SavedLayers) {
        let start = self.pressed.presence.clone();
        (self.pressed, self.timed) = (saved.pressed, saved.timed);
        // It was before a hold that the program has not survived: no reason to hide whoever starts it now.
        if self.timed.is_none() && self.pressed.presence == Presence::Offline {
            self.pressed.presence = start;
        }
    }

    /// What to keep: what has an end, and what returns after something that ends by itself. Anything else is on
    /// the server already.
    pub(super) fn saved(&self) -> Option<SavedLayers> {
        let before = self.holds.before();
        let ends = self.timed.is_some() || self.layer() == Layer::Call || before.is_some();
        ends.then(|| SavedLayers {
            pressed: before.unwrap_or(&self.pressed).clone(),
            timed: self.timed.clone(),
        })
    }

    /// Takes in that time has passed.
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
        // A clock that was set back begins to count anew.
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

    /// When a tick changes something although nothing happens.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        let end = self.timed.as_ref().map(|timed| timed.end.at);
        let counts = self.keyboard == Keyboard::InUse && self.can_idle();
        let idle = self.last_active.zip(self.idle_after).filter(|_| counts);
        let idle = idle.and_then(|(since, after)| since.checked_add(after).ok());
        [end, self.call, idle].into_iter().flatten().min()
    }

    /// Somebody is or was at the keys.
    pub(super) fn active(&mut self, at: Timestamp) {
        self.last_active = self.last_active.max(Some(at));
    }

    /// Whether a desktop in use would make a difference.
    pub(super) fn is_quiet(&self) -> bool {
        self.keyboard != Keyboard::InUse && self.can_idle()
    }

    /// Nobody is at the desktop either, or there is none.
    pub(super) fn confirm_idle(&mut self) {
        if self.keyboard == Keyboard::Quiet {
            self.keyboard = Keyboard::Idle;
        }
    }

    fn can_idle(&self) -> bool {
        self.pressed.presence == Presence::Online && !self.is_called()
    }

    pub(super) fn layer(&self) -> Layer {
        match self.pressed.presence {
            Presence::Online if self.is_called() => Layer::Call,
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

    /// When what was pressed ends.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        self.timed.as_ref().map(|timed| timed.end.at)
    }

    /// The message that the person has chosen.
    pub(super) fn status_msg(&self) -> &str {
        &self.pressed.status_msg
    }

    /// A state is pressed: it has no end, and outdoes a call that is on.
    pub(super) fn press(&mut self, presence: Presence) {
        if presence == Presence::Busy && self.pressed.presence != Presence::Busy {
            self.before_busy = self.pressed.presence.clone();
        }
        self.timed = None;
        self.holds.forget();
        self.call_dismissed = self.call.is_some();
        self.pressed.presence = presence;
    }

    /// Busy, or back to what was before it.
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

    /// A state until then. A second end replaces the first, and what returns stays the same.
    pub(super) fn until(&mut self, presence: Presence, end: Deadline) {
        let then = self.timed.take().map(|timed| timed.then).or_else(|| self.holds.forget());
        let then = then.unwrap_or_else(|| self.pressed.clone());
        self.press(presence);
        self.timed = Some(Timed { end, then });
    }

    /// A state with all that goes with it.
    pub(super) fn grant(&mut self, ask: PresenceRequest) {
        match ask.until {
            Some(end) => self.until(ask.presence, end),
            None => self.press(ask.presence),
        }
        self.say_if(ask.status_msg);
    }

    /// A state until it is given back; what has an end goes on below it.
    pub(super) fn hold(&mut self, id: HoldId, ask: PresenceRequest) {
        // After another process has taken over the engine, whoever holds asks again.
        if self.holds.contains(id) {
            return;
        }
        self.holds.begin(id, self.pressed.clone());
        self.call_dismissed = self.call.is_some();
        self.pressed.presence = ask.presence;
        self.say_if(ask.status_msg);
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

    /// It is given back, if nothing else was asked for since.
    pub(super) fn release(&mut self, id: HoldId) {
        if let Some(before) = self.holds.end(id) {
            self.pressed = before;
        }
    }

    fn say_if(&mut self, status_msg: Option<String>) {
        if let Some(status_msg) = status_msg {
            self.say(status_msg);
        }
    }

    pub(super) fn say(&mut self, status_msg: String) {
        self.pressed.status_msg = status_msg;
    }

    /// Another session is in a call until then at the latest, or in none.
    pub(super) fn set_call(&mut self, until: Option<Timestamp>) {
        self.call = until;
        if until.is_none() {
            self.call_dismissed = false;
        }
    }

    fn is_called(&self) -> bool {
        self.call.is_some() && !self.call_dismissed
    }

    fn end_timed(&mut self) {
        let then = self.timed.take().map(|timed| timed.then);
        // What a hold has lent stays lent.
        if let Some(then) = then.and_then(|then| self.holds.replace_before(then)) {
            self.pressed = then;
        }
    }
}
