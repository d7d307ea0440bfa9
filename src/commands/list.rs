//! `whosin list`: the contacts, as the dashboard has them.

use color_eyre::eyre::Result;
use jiff::Timestamp;
use matrix_sdk::ruma::UserId;

use super::{
    observe::{begin, complete, is_in, until_known, watched},
    print,
    status::last_active,
    table::{Cell, Table},
};
use crate::{
    cli::{Exit, List, Order},
    model::{
        contacts::{Contact, Sort},
        record::Record,
        text,
    },
};

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
    let untold = complete(&mut observer, &[], &args.state).await;
    let contacts = &observer.dashboard().contacts;
    let listed = watched(&[], contacts).filter(|(_, contact)| is_in(contact, &args.state));
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
