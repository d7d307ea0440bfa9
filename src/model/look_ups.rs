//! Looks up contacts of whom the server says nothing by itself: of people who are offline it speaks only when asked.

use std::collections::{HashMap, HashSet, VecDeque};

use matrix_sdk::ruma::{OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

/// How many answers may be outstanding.
pub(crate) const AT_ONCE: usize = 4;
/// How many contacts may wait: more than any screen shows.
const MOST: usize = 256;

/// Whose presence is looked up, each once on a connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LookUps {
    /// Who is to be asked for, the most important first.
    wanted: VecDeque<OwnedUserId>,
    asked: HashSet<OwnedUserId>,
    /// Whose answer is outstanding, and whether something newer was heard of them meanwhile.
    under_way: HashMap<OwnedUserId, bool>,
}

impl LookUps {
    /// A connection begins, on which everybody may be asked for again.
    pub(super) fn on_connected(&mut self) {
        self.asked.clear();
    }

    /// The server has spoken of somebody by itself.
    pub(super) fn on_heard(&mut self, user_id: &UserId) {
        if let Some(overtaken) = self.under_way.get_mut(user_id) {
            *overtaken = true;
        }
    }

    /// An answer has come. Returns whether nothing newer was heard before.
    pub(super) fn on_answer(&mut self, user_id: &UserId) -> bool {
        self.under_way.remove(user_id) == Some(false)
    }

    /// Puts these contacts before those who wait already.
    pub(super) fn want(&mut self, user_ids: Vec<OwnedUserId>) {
        for user_id in user_ids.into_iter().rev() {
            self.wanted.retain(|other| *other != user_id);
            self.wanted.push_front(user_id);
        }
        self.wanted.truncate(MOST);
    }

    /// Whether somebody has been asked for on this connection, and no answer is outstanding.
    pub(super) fn has_asked(&self, user_id: &UserId) -> bool {
        self.asked.contains(user_id) && !self.under_way.contains_key(user_id)
    }

    /// Whether nobody waits and no answer is outstanding.
    pub(super) fn is_done(&self) -> bool {
        self.wanted.is_empty() && self.under_way.is_empty()
    }

    /// Returns whom to ask for now.
    pub(super) fn next(&mut self) -> Vec<OwnedUserId> {
        let mut next = Vec::new();
        while self.under_way.len() < AT_ONCE {
            // An answer of an earlier connection may be outstanding: whoever that is about waits for it.
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
