//! The timeline of one contact: a series of states without flaps.

use std::collections::VecDeque;

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::FLAP;
use crate::model::{
    contacts::Group,
    presence::{Change, Presence},
};

/// How many states are kept of a contact: one for each five minutes of a day.
const MOST: usize = 288;
/// How many recently left states are kept: nobody flickers between more.
const MOST_LEFT: usize = 8;

/// A contact's states, each from its start to the next. `None` is unknown.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Timeline {
    steps: VecDeque<(Timestamp, Option<Group>)>,
    /// States left less than [`FLAP`] ago and when, the latest last.
    left: Vec<(Presence, Timestamp)>,
    pub(super) entry: Option<usize>,
}

impl Timeline {
    /// Adds a change. Returns whether it is a flap. `began` is since when the state before the change is known, if
    /// nothing else is.
    pub(super) fn add(&mut self, change: &Change, began: Timestamp) -> bool {
        if self.steps.back().is_none_or(|(_, state)| state.is_none()) {
            self.step(began, Some(Group::of(change.from.as_ref())));
        }
        self.settle(change.at, Group::of(Some(&change.to)));
        if change.is_of_message() {
            return false;
        }
        self.left.retain(|(_, at)| change.at.duration_since(*at) < FLAP);
        let flap = self.left.iter().any(|(state, _)| *state == change.to);
        // On most servers no presence means offline.
        let from = change.from.clone().unwrap_or(Presence::Offline);
        self.left.retain(|(state, _)| *state != from);
        self.left.push((from, change.at));
        if self.left.len() > MOST_LEFT {
            self.left.remove(0);
        }
        flap
    }

    /// Marks the state as unknown from now on.
    pub(super) fn lose(&mut self, at: Timestamp) {
        self.step(at, None);
    }

    /// Returns since when the latest state holds.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.steps.back().filter(|(_, state)| state.is_some()).map(|(since, _)| *since)
    }

    /// Returns the states with their starts.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Timestamp, Option<Group>)> {
        self.steps.iter().copied()
    }

    /// Removes states that ended before `end`. Returns whether any are left.
    pub(super) fn forget_before(&mut self, end: Timestamp) -> bool {
        while self.steps.get(1).is_some_and(|(since, _)| *since <= end) {
            self.steps.pop_front();
        }
        self.steps.len() > 1 || self.steps.back().is_some_and(|(since, _)| *since > end)
    }

    /// Enters a state. If that ends a flap, removes the states in between.
    fn settle(&mut self, at: Timestamp, state: Group) {
        let last = self.steps.iter().rposition(|(_, other)| *other == Some(state));
        let left = last.and_then(|last| self.steps.get(last + 1));
        match (last, left) {
            (Some(_), None) => {}
            (Some(last), Some((left, _))) if at.duration_since(*left) < FLAP => self.steps.truncate(last + 1),
            _ => self.step(at, Some(state)),
        }
    }

    fn step(&mut self, at: Timestamp, state: Option<Group>) {
        // Drops states of no length, and states in the future after the clock was set back.
        while self.steps.back().is_some_and(|(since, _)| *since >= at) {
            self.steps.pop_back();
        }
        self.steps.push_back((at, state));
        if self.steps.len() > MOST {
            self.steps.pop_front();
        }
    }
}
