//! Whom to tell the person about, and in which words: those who are waited for, and those who are watched.

use std::borrow::Cow;

use matrix_sdk::ruma::UserId;

use crate::model::{
    contacts::Contact,
    event::Notice,
    preferences::Preferences,
    presence::{Change, Presence},
};

/// What a change that is worth telling makes known to the person, if they have asked for it. Whoever was waited for
/// has come then.
pub fn notice(change: &Change, contact: &Contact, preferences: &mut Preferences) -> Option<Notice> {
    let free = change.to == Presence::Online && !change.is_of_message();
    let came = free && preferences.notify_once.remove(&change.user_id);
    (came || preferences.notify_each.contains(&change.user_id)).then(|| words(change, contact))
}

/// The name, with the user ID where another contact has the same one.
#[must_use]
pub fn name<'a>(user_id: &UserId, contact: &'a Contact) -> Cow<'a, str> {
    if contact.shares_name { format!("{} ({user_id})", contact.name).into() } else { (&*contact.name).into() }
}

fn words(change: &Change, contact: &Contact) -> Notice {
    let name = name(&change.user_id, contact);
    let title = match &change.to {
        Presence::Online if !change.is_of_message() => format!("{name} is free"),
        state if !change.is_of_message() => format!("{name} is {state}"),
        _ if change.status_msg.is_some() => format!("{name} has a new message"),
        _ => format!("{name} has no message any more"),
    };
    Notice { title, body: change.status_msg.as_deref().map(ToOwned::to_owned) }
}
