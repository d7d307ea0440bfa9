//! What happened: a log of changes without their flaps, how each contact's day went, and how many were there.
//!
//! A fold of [`Entry`]s, live and from the archive alike. A change is a *flap* if it brings back a state of less than
//! [`FLAP`] before: servers let people flicker, and nobody wants to be told.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use serde::{Deserialize, Serialize};

use crate::model::{
    contacts::Group,
    event::{Counts, Entry},
    presence::Change,
};

mod log;
mod scale;
mod span;
mod timeline;

use log::Log;
pub use log::{Episode, LogEntry};
pub use scale::Scale;
pub use span::Span;
use span::{Gap, spans};
use timeline::Timeline;

/// A state that returns sooner than this was never really left.
pub const FLAP: SignedDuration = SignedDuration::from_secs(45);
/// How far back the strips reach.
pub const REACH: SignedDuration = SignedDuration::from_hours(24);

/// How many gaps and counts are kept: one count a minute, and more gaps than a bad day has.
const MOST: usize = 24 * 60;

/// What happened lately, as far as the program knows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct History {
    log: Log,
    /// Only of those who have changed at all.
    timelines: HashMap<OwnedUserId, Timeline, RandomState>,
    tallies: VecDeque<(Timestamp, Counts)>,
    gaps: VecDeque<Gap>,
    /// Since when everybody's state is known without a break but for the gaps.
    began: Option<Timestamp>,
    /// The time of the first fact, and of the last.
    first: Option<Timestamp>,
    told: Option<Timestamp>,
    /// When timelines were last looked through for old ones.
    swept: Option<Timestamp>,
}

impl History {
    /// Takes in a fact. Says whether it is a change worth telling at once: not a flap, and not one of those that are
    /// heard when a connection comes back, which may have happened long before.
    pub fn record(&mut self, fact: &Entry) -> bool {
        let notable = match fact {
            Entry::Began(at) => {
                self.begin(*at);
                false
            }
            Entry::Changed(change) => self.change(change),
            Entry::Missed { since, until } => {
                self.miss(Gap { since: *since, until: *until });
                false
            }
            Entry::Counted(at, counts) => {
                self.count(*at, *counts);
                false
            }
            Entry::Ended(_) => false,
        };
        self.first.get_or_insert(fact.at());
        self.told = Some(fact.at());
        notable
    }

    /// The log, oldest first.
    #[must_use]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.log.entries()
    }

    /// Since when contacts are watched; `None` before the first answer.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// Since when anything is known at all.
    #[must_use]
    pub fn known_since(&self) -> Option<Timestamp> {
        self.first
    }

    /// Since when a contact is in the state that they are in; `None` where they were so already when the program
    /// began to watch, or came back to it.
    #[must_use]
    pub fn since(&self, user_id: &UserId) -> Option<Timestamp> {
        let since = self.timelines.get(user_id)?.since()?;
        let heard_late = self.gaps.iter().any(|gap| gap.until == since);
        (self.began < Some(since) && !heard_late).then_some(since)
    }

    /// How a contact was between two moments, without a break: `None` is not known. `now` is the state that they are
    /// in at the end.
    #[must_use]
    pub fn day(&self, user_id: &UserId, now: Group, from: Timestamp, until: Timestamp) -> Vec<Span<Group>> {
        let steps = self.timelines.get(user_id).into_iter().flat_map(Timeline::steps);
        let mut steps: Vec<_> = steps.collect();
        // Nobody's timeline is kept who has not changed since.
        if let Some(began) = self.began
            && steps.last().is_none_or(|(since, _)| *since <= began)
        {
            steps.retain(|(since, _)| *since < began);
            steps.push((began, Some(now)));
        }
        spans(steps, &self.gaps, from..until)
    }

    /// How many were there between two moments, without a break: `None` is not known.
    #[must_use]
    pub fn overview(&self, from: Timestamp, until: Timestamp) -> Vec<Span<Counts>> {
        spans(self.tallies.iter().map(|(at, counts)| (*at, Some(*counts))), &self.gaps, from..until)
    }

    /// How many there were at last.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        self.tallies.back().map(|(_, counts)| *counts)
    }

    fn begin(&mut self, at: Timestamp) {
        if let Some(since) = self.told {
            self.miss(Gap { since, until: at });
        }
        // Whoever changes meanwhile is not heard of.
        self.timelines.values_mut().for_each(|timeline| timeline.lose(at));
        self.began = Some(at);
    }

    fn miss(&mut self, gap: Gap) {
        // What is shorter hides nothing that would not be a flap.
        if gap.until.duration_since(gap.since) >= FLAP {
            self.log.push(LogEntry::Missed { since: gap.since, until: gap.until });
        }
        let end = gap.until.saturating_sub(REACH).unwrap_or(Timestamp::MIN);
        self.gaps.push_back(gap);
        while self.gaps.len() > MOST || self.gaps.front().is_some_and(|gap| gap.until <= end) {
            self.gaps.pop_front();
        }
    }

    fn change(&mut self, change: &Change) -> bool {
        self.sweep(change.at);
        let late = self.gaps.back().is_some_and(|gap| gap.until == change.at);
        let began = self.began.unwrap_or(change.at);
        let timeline = self.timelines.entry(change.user_id.clone()).or_default();
        let flap = timeline.turn(change, began);
        // Strangers would drown everybody else.
        if !change.in_large_rooms_only {
            timeline.entry = Some(self.log.note(change, timeline.entry, flap, late));
        }
        !flap && !late
    }

    fn count(&mut self, at: Timestamp, counts: Counts) {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        match self.tallies.back_mut() {
            Some((since, last)) if minute(*since) == minute(at) => *last = counts,
            Some((_, last)) if *last == counts => {}
            _ => self.tallies.push_back((at, counts)),
        }
        while self.tallies.len() > MOST {
            self.tallies.pop_front();
        }
    }

    /// Once an hour forgets who has not changed for so long that no strip shows it.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept.is_some_and(|swept| now.duration_since(swept) < SignedDuration::from_hours(1)) {
            return;
        }
        self.swept = Some(now);
        let end = now.saturating_sub(REACH).unwrap_or(Timestamp::MIN);
        self.timelines.retain(|_, timeline| timeline.forget_before(end));
    }
}
