//! Notifications about contacts, and their words.

use std::borrow::Cow;

use matrix_sdk::ruma::UserId;

use crate::model::{
    contacts::Contact,
    event::Notice,
    preferences::Preferences,
    presence::{Change, Presence},
    profile::StatusChange,
    text,
};

/// Returns the notification for a change, if the person asked for one. Removes the contact from
/// [`Preferences::notify_once`] once they are free.
pub fn notice(change: &Change, contact: &Contact, preferences: &mut Preferences) -> Option<Notice> {
    let free = change.to == Presence::Online && !change.is_of_message();
    let came = free && preferences.notify_once.remove(&change.user_id);
    (came || preferences.notify_each.contains(&change.user_id)).then(|| words(change, contact))
}

/// Returns the notification for a change of a status, if the person asked for one. Where no presence tells that a
/// contact is free, the end of a status or of a call does.
pub(crate) fn status_notice(
    change: &StatusChange,
    contact: &Contact,
    preferences: &mut Preferences,
) -> Option<Notice> {
    let ended = change.from.is_some() && change.to.is_none();
    let left = change.call_before && change.call.is_none();
    let free = contact.heard.is_none() && (ended || left) && change.to.is_none() && change.call.is_none();
    let came = free && preferences.notify_once.remove(&change.user_id);
    (came || preferences.notify_each.contains(&change.user_id)).then(|| {
        let title = format!("{} {}", name(&change.user_id, contact), change.words());
        Notice { title, body: change.to.as_ref().or(change.from.as_ref()).map(ToString::to_string) }
    })
}

/// Returns the display name. Appends the user ID if another contact's name looks the same.
#[must_use]
pub fn name<'a>(user_id: &UserId, contact: &'a Contact) -> Cow<'a, str> {
    if contact.shares_name {
        format!("{} ({})", contact.name, text::id(user_id.as_str())).into()
    } else {
        (&*contact.name).into()
    }
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
