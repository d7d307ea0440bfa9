//! What a command that begins to watch beside the program is told first.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;

use super::{App, Connection, Dashboard, Stage};
use crate::model::{
    event::Update,
    presence::{PresenceEvent, Status},
};

impl App {
    /// All that is known of somebody's contacts, as updates that could have led to it: none before all of it is true.
    /// `None` where somebody else is signed in, or nobody.
    #[must_use]
    pub fn snapshot(&self, user_id: &UserId, now: Timestamp) -> Option<Vec<Update>> {
        match &self.stage {
            Stage::Dashboard(dashboard) if dashboard.account.user_id == user_id => {
                let live = dashboard.connection == Connection::Live;
                Some(if live { dashboard.snapshot(now) } else { Vec::new() })
            }
            Stage::Dashboard(_) | Stage::SignIn(_) => None,
        }
    }
}

impl Dashboard {
    fn snapshot(&self, now: Timestamp) -> Vec<Update> {
        let mut synced = self.contacts.synced(now);
        let own =
            |seen: &Status| PresenceEvent { sender: self.account.user_id.clone(), content: seen.clone() };
        synced.presence.extend(self.own.report().seen.map(own));
        let (rooms, failed) = (self.contacts.members(), self.rooms_not_loaded);
        vec![Update::Synced(synced), Update::Members { rooms, missing: 0, failed }]
    }
}
