//! Who is looked up, because a server says of people who are offline only what it is asked.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::{Dashboard, Line};
use crate::model::{contacts::Group, event::Effect, presence::Status};

/// How many answers may be outstanding.
const AT_ONCE: usize = 4;

/// Whose presence was asked for, each once on a connection.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    asked: HashSet<OwnedUserId>,
    /// Whose answer is outstanding, and whether something newer was heard of them meanwhile.
    under_way: HashMap<OwnedUserId, bool>,
}

impl LookUps {
    /// A connection begins, on which everybody may be asked for again.
    pub fn connected(&mut self) {
        self.asked.clear();
    }

    /// The server has spoken of somebody by itself.
    pub fn heard(&mut self, user_id: &UserId) {
        if let Some(overtaken) = self.under_way.get_mut(user_id) {
            *overtaken = true;
        }
    }

    /// An answer has come; whether nothing newer was heard before.
    fn answered(&mut self, user_id: &UserId) -> bool {
        self.under_way.remove(user_id) == Some(false)
    }

    /// Whom to ask for now. Nobody waits in a queue: whoever is not in sight any more is not asked for.
    fn next<'a>(&mut self, in_sight: impl Iterator<Item = &'a UserId>) -> Vec<OwnedUserId> {
        let new = in_sight.filter(|&it| !self.asked.contains(it) && !self.under_way.contains_key(it));
        let next: Vec<_> = new.take(AT_ONCE - self.under_way.len()).map(ToOwned::to_owned).collect();
        self.asked.extend(next.iter().cloned());
        self.under_way.extend(next.iter().map(|user_id| (user_id.clone(), false)));
        next
    }
}

impl Dashboard {
    /// Who is to be looked up of those who stand in so many rows around the selected contact, who comes first.
    pub(super) fn look_up(&mut self, rows: usize) -> Vec<Effect> {
        if !self.connection.is_live() || !self.is_presence_tracked() {
            return Vec::new();
        }
        let mut look_ups = std::mem::take(&mut self.look_ups);
        let selected = self.selected.as_deref();
        let selected = selected.and_then(|user_id| Some((user_id, self.contacts.get(user_id)?)));
        let listed = self.lines(rows).filter_map(|line| match line {
            Line::Contact(user_id, contact) => Some((user_id, contact)),
            Line::Heading(_) => None,
        });
        let in_sight = selected.into_iter().chain(listed);
        let next = look_ups.next(in_sight.filter(|(_, it)| it.is_half_known()).map(|(user_id, _)| user_id));
        self.look_ups = look_ups;
        next.into_iter().map(Effect::LookUp).collect()
    }

    /// Takes in what the server says of somebody when asked, unless it says nothing.
    pub(super) fn looked_up(&mut self, user_id: &UserId, status: Option<Status>, now: Timestamp) {
        let newest = self.look_ups.answered(user_id);
        let Some(status) = status.filter(|_| newest && self.is_presence_tracked()) else { return };
        self.contacts.learn(user_id, status, now);
    }

    /// Whether the server is known to share presence: else it says that everybody is offline.
    fn is_presence_tracked(&self) -> bool {
        let reached = |(group, count): (Group, usize)| group < Group::Offline && count > 0;
        let somebody = || self.contacts.known().chain(self.contacts.counts()).any(reached);
        self.own.is_tracked().unwrap_or_else(somebody)
    }
}
