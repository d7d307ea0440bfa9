//! The history: a log of changes without their flaps, a timeline for each contact, and counts over time.
//!
//! Built from [`Entry`] values, live and from the archive alike. A change is a *flap* if it returns to a state left
//! less than [`FLAP`] ago. Servers let people flicker, and nobody wants to read that.

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

/// The longest absence from a state that counts as a flap.
pub const FLAP: SignedDuration = SignedDuration::from_secs(45);
/// How far back timelines reach.
pub(crate) const REACH: SignedDuration = SignedDuration::from_hours(24);

/// How many gaps and counts are kept: one count a minute for a day, and more gaps than a bad day has.
const MOST: usize = 24 * 60;

/// The recent history of an account.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct History {
    log: Log,
    /// Timelines of contacts who have changed at all.
    timelines: HashMap<OwnedUserId, Timeline, RandomState>,
    counts: VecDeque<(Timestamp, Counts)>,
    gaps: VecDeque<Gap>,
    /// Since when all states are known, except during gaps.
    began: Option<Timestamp>,
    /// The times of the first entry and of the last.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// When old timelines were last removed.
    swept: Option<Timestamp>,
}

impl History {
    /// Adds an entry. Returns whether it is a change to notify about.
    ///
    /// Two kinds of change are not:
    /// * flaps;
    /// * changes that arrive when a connection returns, because they may be old.
    pub fn record(&mut self, entry: &Entry) -> bool {
        let notable = match entry {
            Entry::Began(at) => {
                self.begin(*at);
                false
            }
            Entry::Changed(change) => self.change(change),
            Entry::Missed { since, until } => {
                self.miss(Gap { since: *since, until: *until });
                false
            }
            Entry::StatusChanged(change) => {
                if !change.in_large_rooms_only {
                    self.log.push(LogEntry::Status(change.clone()));
                }
                change.is_recent()
            }
            Entry::Counted(at, counts) => {
                self.count(*at, *counts);
                false
            }
            Entry::Ended(_) => false,
        };
        self.first.get_or_insert(entry.at());
        self.last = Some(entry.at());
        notable
    }

    /// Returns the log, oldest first.
    #[must_use]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.log.entries()
    }

    /// Returns since when contacts are watched. `None`: the server has not answered yet.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// Returns the time of the first entry.
    #[must_use]
    pub(crate) fn known_since(&self) -> Option<Timestamp> {
        self.first
    }

    /// Returns since when a contact has had the present state. `None`: the change was not seen, because it came
    /// before the program started or while it was disconnected.
    #[must_use]
    pub fn since(&self, user_id: &UserId) -> Option<Timestamp> {
        let since = self.timelines.get(user_id)?.since()?;
        let heard_late = self.gaps.iter().any(|gap| gap.until == since);
        (self.began < Some(since) && !heard_late).then_some(since)
    }

    /// Returns a contact's states in a window of time, without gaps between the spans. A value of `None` is unknown.
    /// `now` is the state at the end.
    #[must_use]
    pub fn day(&self, user_id: &UserId, now: Group, from: Timestamp, until: Timestamp) -> Vec<Span<Group>> {
        let steps = self.timelines.get(user_id).into_iter().flat_map(Timeline::steps);
        let mut steps: Vec<_> = steps.collect();
        // A contact who has not changed since has no timeline.
        if let Some(began) = self.began
            && steps.last().is_none_or(|(since, _)| *since <= began)
        {
            steps.retain(|(since, _)| *since < began);
            steps.push((began, Some(now)));
        }
        spans(steps, &self.gaps, from..until)
    }

    /// Returns the counts in a window of time, without gaps between the spans. A value of `None` is unknown.
    #[must_use]
    pub fn overview(&self, from: Timestamp, until: Timestamp) -> Vec<Span<Counts>> {
        spans(self.counts.iter().map(|(at, counts)| (*at, Some(*counts))), &self.gaps, from..until)
    }

    /// Returns the latest counts.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        self.counts.back().map(|(_, counts)| *counts)
    }

    fn begin(&mut self, at: Timestamp) {
        if let Some(since) = self.last {
            self.miss(Gap { since, until: at });
        }
        // Changes are not seen until the next connection.
        self.timelines.values_mut().for_each(|timeline| timeline.lose(at));
        self.began = Some(at);
    }

    fn miss(&mut self, gap: Gap) {
        // A shorter gap can only hide a flap.
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
        let flap = timeline.add(change, began);
        // People from large rooms only would fill the log.
        if !change.in_large_rooms_only {
            timeline.entry = Some(self.log.note(change, timeline.entry, flap, late));
        }
        !flap && !late
    }

    fn count(&mut self, at: Timestamp, counts: Counts) {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        match self.counts.back_mut() {
            Some((since, last)) if minute(*since) == minute(at) => *last = counts,
            Some((_, last)) if *last == counts => {}
            _ => self.counts.push_back((at, counts)),
        }
        while self.counts.len() > MOST {
            self.counts.pop_front();
        }
    }

    /// Removes timelines without a change within [`REACH`], once an hour.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept.is_some_and(|swept| now.duration_since(swept) < SignedDuration::from_hours(1)) {
            return;
        }
        self.swept = Some(now);
        let end = now.saturating_sub(REACH).unwrap_or(Timestamp::MIN);
        self.timelines.retain(|_, timeline| timeline.forget_before(end));
    }
}
