//! A stretch of time in which something was one way, or in which that is not known.

use std::{collections::VecDeque, ops::Range};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From one moment to another something had one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T> {
    /// The first moment.
    pub from: Timestamp,
    /// The moment at which it ends.
    pub until: Timestamp,
    /// The value; `None` is not known.
    pub value: Option<T>,
}

impl<T> Span<T> {
    /// How long it is.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

/// A time in which nothing was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

/// Fills a window of time with the values that hold from each step on, but for the gaps: without a break, and no two
/// neighbours alike.
pub(super) fn spans<T: Copy + PartialEq>(
    steps: impl IntoIterator<Item = (Timestamp, Option<T>)>,
    gaps: &VecDeque<Gap>,
    window: Range<Timestamp>,
) -> Vec<Span<T>> {
    let mut spans = Spans { window: window.clone(), spans: Vec::new() };
    let mut held = (window.start, None);
    for step in steps.into_iter().chain([(window.end, None)]) {
        spans.hold(held, step.0, gaps);
        held = (held.0.max(step.0), step.1);
    }
    spans.spans
}

struct Spans<T> {
    window: Range<Timestamp>,
    spans: Vec<Span<T>>,
}

impl<T: Copy + PartialEq> Spans<T> {
    fn hold(&mut self, (mut from, value): (Timestamp, Option<T>), until: Timestamp, gaps: &VecDeque<Gap>) {
        let past = gaps.partition_point(|gap| gap.until <= from);
        for gap in gaps.range(past..).take_while(|gap| gap.since < until) {
            self.push(from, gap.since, value);
            self.push(from.max(gap.since), gap.until.min(until), None);
            from = from.max(gap.until);
        }
        self.push(from, until, value);
    }

    fn push(&mut self, from: Timestamp, until: Timestamp, value: Option<T>) {
        let (from, until) = (from.max(self.window.start), until.min(self.window.end));
        if from >= until {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.value == value => last.until = until,
            _ => self.spans.push(Span { from, until, value }),
        }
    }
}
