//! When the person last looked at the screen, by keys and by the focus of the terminal.

use jiff::{SignedDuration, Timestamp};

/// Without a key for so long, the person may be away.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// The time that the person spends at the screen, up to a pause.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attention {
    /// The end of the time before the last pause.
    before: Option<Timestamp>,
    /// The last key, or the time at which the focus was lost.
    last: Option<Timestamp>,
    /// Whether the terminal has lost the focus.
    away: bool,
}

impl Attention {
    /// Begins with the first picture.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.last.get_or_insert(now);
    }

    /// Notes a key or another sign that somebody looks.
    pub(super) fn look(&mut self, now: Timestamp) {
        if self.away || self.is_paused(now) {
            self.before = self.last;
        }
        (self.last, self.away) = (Some(now), false);
    }

    /// Notes that the focus is back. Some terminals report it at the start too.
    pub(super) fn return_at(&mut self, now: Timestamp) {
        if self.away {
            self.look(now);
        }
    }

    /// Notes that the focus is lost.
    pub(super) fn leave(&mut self, now: Timestamp) {
        if !self.is_paused(now) {
            self.last = Some(now);
        }
        self.away = true;
    }

    /// Returns until when the person looked before the pause, also while the pause lasts.
    pub(super) fn until(self, now: Timestamp) -> Option<Timestamp> {
        if self.away || self.is_paused(now) { self.last } else { self.before }
    }

    /// Returns when the pause begins without another key.
    pub(super) fn ends_at(self) -> Option<Timestamp> {
        self.last?.checked_add(PAUSE).ok()
    }

    fn is_paused(self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| now.duration_since(last) >= PAUSE)
    }
}
