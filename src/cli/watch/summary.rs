//! Summaries of contacts for status bars: numbers and names per state.

use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::UserId;

use crate::model::{
    Model,
    connection::Connection,
    contacts::{Contact, Group},
    notices,
    presence::Presence,
    text,
};

/// The most names per state. No bar shows more.
const MOST_NAMES: usize = 20;

/// The most columns of a name. One contact must not fill a whole bar.
const LONGEST_NAME: usize = 40;

/// The watched contacts at a moment.
#[derive(Debug, Default)]
pub struct Summary {
    counts: [usize; Group::COUNT],
    names: [Vec<String>; Group::COUNT],
    /// How many have a status, and how many a call in their profile.
    pub statuses: usize,
    pub in_call: usize,
    /// The own user status, if any.
    pub own_status: Option<String>,
    /// The own state as others see it, if known.
    pub own: Option<Presence>,
    /// Since when the connection is lost, in words, if it is.
    pub lost: Option<String>,
}

impl Summary {
    /// Summarizes contacts.
    pub fn of<'a>(model: &Model, contacts: impl Iterator<Item = (&'a UserId, &'a Contact)>) -> Self {
        let lost = match *model.connection() {
            Connection::Lost { as_of: Some(as_of), .. } | Connection::Resuming { as_of } => {
                Some(format!("as of {}", TimeZone::system().to_datetime(as_of).strftime("%H:%M")))
            }
            Connection::Lost { as_of: None, .. } => Self::not_connected().lost,
            _ => None,
        };
        let own = model.own().report().seen.map(|seen| seen.presence.clone());
        let own_status = model.own().status().shown().map(ToString::to_string);
        let mut summary = Self { own_status, own, lost, ..Self::default() };
        let now = Timestamp::now();
        for (user_id, contact) in contacts {
            summary.statuses += usize::from(contact.status().is_some());
            let in_call = model.calls().is_in_call(user_id, now) || contact.profile_call(now).is_some();
            summary.in_call += usize::from(in_call);
            let group = contact.group() as usize;
            summary.counts[group] += 1;
            if summary.counts[group] <= MOST_NAMES {
                let name = text::cut(&notices::name(user_id, contact), LONGEST_NAME).into_owned();
                summary.names[group].push(name);
            }
        }
        summary
    }

    /// Summarizes what is known before there was a connection.
    pub(crate) fn not_connected() -> Self {
        Self { lost: Some("not connected".to_owned()), ..Self::default() }
    }

    /// Returns the number of contacts in a state.
    pub fn count(&self, group: Group) -> usize {
        self.counts[group as usize]
    }

    /// Returns the names of contacts in a state, and the number of further ones.
    pub fn names(&self, group: Group) -> String {
        let names = &self.names[group as usize];
        match self.count(group) - names.len() {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Returns the percentage of online contacts among those with a known state.
    pub(crate) fn free_percent(&self) -> usize {
        let known: usize = self.counts.iter().sum::<usize>() - self.count(Group::Silent);
        (self.count(Group::Online) * 100).checked_div(known).unwrap_or_default()
    }
}
