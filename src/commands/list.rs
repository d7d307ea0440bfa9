//! `whosin list`: the contacts, as the dashboard has them.

use color_eyre::eyre::Result;
use jiff::Timestamp;
use matrix_sdk::ruma::UserId;

use super::{
    observe::{begin, explain_silence, is_in, until_known},
    print,
    status::last_active,
    table::{Cell, Table},
};
use crate::{
    cli::{Exit, List, Order, State},
    contacts::{Contact, Contacts, Sort},
    record::Record,
    text,
};

/// How many are asked for of whom the server speaks only when asked: as many as fit on large screens.
const LOOK_UPS: usize = 200;

/// Prints the contacts.
///
/// # Errors
///
/// When nobody is signed in, or the server cannot be reached.
pub async fn run(args: List) -> Result<Exit> {
    let mut observer = begin(args.view.as_deref()).await?;
    until_known(&mut observer).await?;
    observer.sort_by(match args.sort {
        Order::State => Sort::State,
        Order::Name => Sort::Name,
        Order::Activity => Sort::Activity,
    });
    let untold = explain_silence(&observer).await;
    if !untold && (args.state.is_empty() || args.state.contains(&State::Offline)) {
        let half_known = rows(&observer.dashboard().contacts).filter(|(_, contact)| contact.is_half_known());
        let users = half_known.map(|(user, _)| user.to_owned()).take(LOOK_UPS).collect();
        observer.look_up(users, Timestamp::now()).await;
    }
    let contacts = &observer.dashboard().contacts;
    let listed = rows(contacts).filter(|(_, contact)| is_in(contact, &args.state));
    let now = Timestamp::now();
    if args.json {
        print(listed.map(|(user, contact)| Record::of_contact(user, contact, now)))?;
    } else {
        let mut table = Table::default();
        listed.for_each(|(user, contact)| table.row(row(user, contact, now)));
        table.print()?;
    }
    Ok(if untold { Exit::Unknown } else { Exit::Done })
}

/// Everybody who is shown, in the order of the screen.
pub(super) fn rows(contacts: &Contacts) -> impl Iterator<Item = (&UserId, &Contact)> {
    (0..contacts.len()).filter_map(|row| contacts.at(row))
}

fn row(user: &UserId, contact: &Contact, now: Timestamp) -> [Cell; 5] {
    let heard = contact.heard.as_ref();
    let message = heard.and_then(|heard| heard.status_msg.as_deref()).unwrap_or_default();
    [
        Cell::text(text::clean(user.as_str())),
        Cell::state(heard),
        Cell::text(heard.map(|heard| last_active(heard, now)).unwrap_or_default()),
        Cell::text(&*contact.name),
        Cell::text(message),
    ]
}
