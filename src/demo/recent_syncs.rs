//! How Dendrite derives a user's state from the syncs of all sessions.

use std::time::Duration;

use super::{rules::Rules, state::Presence};

/// How long the state of a sync counts.
const WINDOW: Duration = Duration::from_secs(10);

/// The states that one user's syncs asked for within the window.
#[derive(Default)]
pub struct RecentSyncs {
    seen: Vec<(Presence, Duration)>,
    /// The highest of them, as it was last written. A sync that does not change it writes nothing, so a PUT stays.
    written: Option<Presence>,
    /// When to look again after a sync that asked for offline, which a recent online outranks.
    recheck: Option<Duration>,
}

impl RecentSyncs {
    /// Adds a sync. Returns the state to write, if there is one.
    pub fn add(&mut self, asked: Presence, now: Duration) -> Option<Presence> {
        self.recheck = (asked == Presence::Offline).then(|| now + WINDOW);
        self.weigh(asked, now)
    }

    /// Looks again at a sync that asked for offline, once.
    pub fn recheck(&mut self, now: Duration) -> Option<Presence> {
        self.recheck.take_if(|at| *at <= now)?;
        self.weigh(Presence::Offline, now)
    }

    fn weigh(&mut self, asked: Presence, now: Duration) -> Option<Presence> {
        self.seen.retain(|(it, at)| *it != asked && now.saturating_sub(*at) < WINDOW);
        self.seen.push((asked, now));
        let highest = self.seen.iter().map(|(it, _)| it).max_by_key(|it| Rules::rank(it)).cloned();
        if highest == self.written {
            return None;
        }
        self.written.clone_from(&highest);
        highest
    }
}
