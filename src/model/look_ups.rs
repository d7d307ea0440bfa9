//! Look-ups of contacts. Servers send no presence of people who are offline unless asked.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

use super::presence::Status;

/// How many answers may be outstanding.
pub(crate) const AT_ONCE: usize = 4;
/// How many contacts may wait: more than any screen shows.
const MOST: usize = 256;

/// The contacts to look up, each once per connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LookUps {
    /// Waiting contacts, the most important first.
    wanted: VecDeque<OwnedUserId>,
    asked: HashSet<OwnedUserId>,
    /// Contacts whose answer is outstanding, and whether `/sync` has sent newer presence of them.
    under_way: HashMap<OwnedUserId, bool>,
    /// Contacts whose look-up had no answer.
    unanswered: BTreeSet<OwnedUserId>,
    /// Answers of a bare offline. They mean nothing on a server that may not share presence.
    unproven: Vec<(OwnedUserId, Status, Timestamp)>,
    /// How many answers there were.
    #[serde(skip)]
    pub(super) answers: usize,
}

impl LookUps {
    /// Allows every contact to be looked up again on a new connection.
    pub(super) fn on_connected(&mut self) {
        self.asked.clear();
        self.unanswered.clear();
        self.unproven.clear();
    }

    /// Notes that `/sync` has sent a contact's presence.
    pub(super) fn on_heard(&mut self, user_id: &UserId) {
        if let Some(overtaken) = self.under_way.get_mut(user_id) {
            *overtaken = true;
        }
        self.unproven.retain(|(unproven, ..)| unproven != user_id);
    }

    /// Notes the end of a look-up, and whether there was an answer. Returns whether it is newer than what `/sync` has
    /// sent.
    pub(super) fn on_answer(&mut self, user_id: &UserId, answered: bool) -> bool {
        if answered {
            self.answers += 1;
        } else {
            self.unanswered.insert(user_id.to_owned());
        }
        self.under_way.remove(user_id) == Some(false)
    }

    /// Keeps an answer until the server is known to share presence.
    pub(super) fn keep_unproven(&mut self, user_id: OwnedUserId, status: Status, at: Timestamp) {
        self.unproven.push((user_id, status, at));
    }

    pub(super) fn has_unproven(&self) -> bool {
        !self.unproven.is_empty()
    }

    pub(super) fn take_unproven(&mut self) -> Vec<(OwnedUserId, Status, Timestamp)> {
        std::mem::take(&mut self.unproven)
    }

    /// Puts contacts before those that wait already.
    pub(super) fn want(&mut self, user_ids: Vec<OwnedUserId>) {
        for user_id in user_ids.into_iter().rev() {
            self.wanted.retain(|other| *other != user_id);
            self.wanted.push_front(user_id);
        }
        self.wanted.truncate(MOST);
    }

    /// Returns whether a contact was looked up on this connection, and no answer is outstanding.
    pub(super) fn has_asked(&self, user_id: &UserId) -> bool {
        self.asked.contains(user_id) && !self.under_way.contains_key(user_id)
    }

    /// Returns whether the look-up of a contact had no answer on this connection.
    pub(super) fn has_failed(&self, user_id: &UserId) -> bool {
        self.unanswered.contains(user_id)
    }

    /// Returns whether nobody waits and no answer is outstanding.
    pub(super) fn is_done(&self) -> bool {
        self.wanted.is_empty() && self.under_way.is_empty()
    }

    /// Returns the contacts to look up now.
    pub(super) fn next(&mut self) -> Vec<OwnedUserId> {
        let mut next = Vec::new();
        while self.under_way.len() < AT_ONCE {
            // Skips contacts whose answer from an earlier connection is outstanding.
            let ready = self.wanted.iter().position(|user_id| !self.under_way.contains_key(user_id));
            let Some(user_id) = ready.and_then(|at| self.wanted.remove(at)) else { break };
            if self.asked.insert(user_id.clone()) {
                self.under_way.insert(user_id.clone(), false);
                next.push(user_id);
            }
        }
        next
    }
}
