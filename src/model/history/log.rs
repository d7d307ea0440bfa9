//! The log: changes of contacts as lines, flaps folded into one.

use std::collections::VecDeque;

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::FLAP;
use crate::model::presence::{Change, Presence};

/// How many entries are kept.
const MOST: usize = 2_000;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogEntry {
    /// A contact changed.
    Changed(Episode),
    /// Nothing was heard for a while, so that changes may be missing.
    Missed {
        /// When the server was last heard before.
        since: Timestamp,
        /// When it was heard again.
        until: Timestamp,
    },
}

impl LogEntry {
    /// When it was, or was over.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Changed(episode) => episode.change.at,
            Self::Missed { until, .. } => *until,
        }
    }
}

/// One change of a contact, or several so close together that they are told as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// From the state before the first change to the state and message after the last; when it began.
    pub change: Change,
    /// The state after the first change, which one that comes back has flapped to.
    pub via: Presence,
    /// How many changes of state there were; none where only the message became another.
    pub turns: usize,
    /// When the last of them was.
    pub until: Timestamp,
    /// Whether it was heard when a connection came back, and may have happened long before.
    pub late: bool,
}

impl Episode {
    fn new(change: &Change, late: bool) -> Self {
        let turns = usize::from(!change.is_of_message());
        Self { change: change.clone(), via: change.to.clone(), turns, until: change.at, late }
    }

    /// Whether the state was left and has come back.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.turns > 1 && self.change.from.as_ref().unwrap_or(&Presence::Offline) == &self.change.to
    }

    /// What the contact did, in words that follow the name, and that the message follows.
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

/// The entries, oldest first. Each has a number, which it keeps.
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

    /// Notes a change; returns the number of the entry that tells it. A flap, and a new message that follows at
    /// once, belong to the contact's last entry.
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
