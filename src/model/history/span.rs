//! A span of time with one value, or with none known.

use std::{collections::VecDeque, ops::Range};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A span of time with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T> {
    /// The start.
    pub from: Timestamp,
    /// The end, which is not part of it.
    pub until: Timestamp,
    /// The value. `None` is unknown.
    pub value: Option<T>,
}

impl<T> Span<T> {
    /// Returns the length.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

/// A span without a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

/// Fills a window of time with spans. Each step holds until the next one, except during gaps. Neighboring spans have
/// different values.
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
