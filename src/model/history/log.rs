//! The log of changes. A flap and the change before it are one entry.

use std::collections::VecDeque;

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::FLAP;
use crate::model::{
    presence::{Change, Presence},
    profile::StatusChange,
};

/// How many entries are kept.
const MOST: usize = 2_000;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogEntry {
    /// A contact changed.
    Changed(Episode),
    /// A contact's status, or the call in the profile, changed.
    Status(StatusChange),
    /// Nothing was received for a while, so changes may be missing.
    Missed {
        /// When the server was last heard before.
        since: Timestamp,
        /// When it was heard again.
        until: Timestamp,
    },
}

impl LogEntry {
    /// Returns when the entry began, or for a gap when it ended.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Changed(episode) => episode.change.at,
            Self::Status(change) => change.at,
            Self::Missed { until, .. } => *until,
        }
    }
}

/// One change of a contact, or several in quick succession.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// From the state before the first change to the state and message after the last. `at` is the first change.
    pub change: Change,
    /// The state after the first change. A contact who is back has flapped to it.
    pub via: Presence,
    /// The number of state changes. Zero: only the message changed.
    pub turns: usize,
    /// When the last change happened.
    pub until: Timestamp,
    /// Whether the change arrived when a connection returned. It may be old.
    pub late: bool,
}

impl Episode {
    fn new(change: &Change, late: bool) -> Self {
        let turns = usize::from(!change.is_of_message());
        Self { change: change.clone(), via: change.to.clone(), turns, until: change.at, late }
    }

    /// Returns whether the contact is back in the first state.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.turns > 1 && self.change.from.as_ref().unwrap_or(&Presence::Offline) == &self.change.to
    }

    /// Returns what the contact did, in words that follow the name and precede the message.
    #[must_use]
    pub fn words(&self) -> String {
        let to = &self.change.to;
        match (self.turns, self.turns / 2) {
            (0, _) if self.change.status_msg.is_none() => "took the message away".to_owned(),
            (0, _) => "says".to_owned(),
            (_, times) if self.is_back() => {
                let returns = match (&self.via, to) {
                    (Presence::Offline, _) => "went offline and came back".to_owned(),
                    (via, Presence::Offline) => format!("became {via} and went offline"),
                    (via, to) => format!("became {via} and {to} again"),
                };
                if times > 1 { format!("{returns}, {times} times") } else { returns }
            }
            _ if self.late => format!("is {to} by now"),
            (turns, _) => {
                let again = if turns > 1 { " again" } else { "" };
                match to {
                    Presence::Offline => format!("went offline{again}"),
                    to => format!("became {to}{again}"),
                }
            }
        }
    }
}

/// The entries, oldest first. Each has a permanent number.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Log {
    entries: VecDeque<LogEntry>,
    dropped: usize,
}

impl Log {
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.entries.iter()
    }

    pub(super) fn push(&mut self, entry: LogEntry) -> usize {
        if self.entries.len() == MOST {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(entry);
        self.dropped + self.entries.len() - 1
    }

    /// Adds a change. Returns the number of its entry. A flap, or a message that follows a change at once, extends
    /// the contact's last entry.
    pub(super) fn note(&mut self, change: &Change, last: Option<usize>, flap: bool, late: bool) -> usize {
        let number = last.and_then(|number| number.checked_sub(self.dropped));
        let Some((last, LogEntry::Changed(episode))) =
            number.and_then(|index| Some((last?, self.entries.get_mut(index)?)))
        else {
            return self.push(LogEntry::Changed(Episode::new(change, late)));
        };
        let soon = change.at.duration_since(episode.until) < FLAP;
        if !(flap || (change.is_of_message() && soon)) {
            return self.push(LogEntry::Changed(Episode::new(change, late)));
        }
        episode.turns += usize::from(!change.is_of_message());
        episode.change.to = change.to.clone();
        episode.change.status_msg.clone_from(&change.status_msg);
        episode.until = change.at;
        last
    }
}
