//! `whosin status`: the state of some users, asked for directly.

use std::fmt::Display;

use color_eyre::eyre::{Result, bail};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::{
    print, signed_in,
    table::{Cell, Table},
    users::user_id,
};
use crate::{
    cli::{Exit, Status},
    model::{age, contacts::Heard, record::Record, text},
    server::Session,
};

/// How many to ask about at a time.
const AT_A_TIME: usize = 8;

/// Prints the state of each.
///
/// # Errors
///
/// When nobody is signed in, or somebody is asked for who cannot exist.
pub async fn run(args: Status) -> Result<Exit> {
    let session = signed_in().await?;
    let me = &session.account().user_id;
    let users = args.users.iter().map(|typed| user_id(typed, me)).collect::<Result<Vec<_>, _>>()?;
    let users = if users.is_empty() { vec![me.clone()] } else { users };
    let answers: Vec<_> =
        stream::iter(&users).map(|user| ask(&session, user)).buffered(AT_A_TIME).collect().await;
    let mut exit = Exit::Done;
    let mut told = Vec::new();
    for (user, answer) in users.into_iter().zip(answers) {
        match answer {
            Ok(heard) => told.push((user, heard)),
            Err(unknown) => {
                eprintln!("whosin: {unknown}");
                exit = Exit::Unknown;
            }
        }
    }
    tell(&told, args.json)?;
    Ok(exit)
}

/// What others may know of somebody.
///
/// # Errors
///
/// When it cannot be told, with the reason.
pub(super) async fn ask(session: &Session, user: &UserId) -> Result<Heard> {
    let server = session.account().user_id.server_name();
    let Some(status) = session.presence_of(user).await? else {
        bail!("{server} does not tell you of {user}: there is no such user, or you share no room");
    };
    if status.is_of_nobody() && is_nobody(session).await? {
        let whom = if *user == session.account().user_id { "you" } else { &format!("{user} or of you") };
        bail!(tells_nothing(server, whom));
    }
    Ok(Heard::new(status, Timestamp::now()))
}

fn tell(told: &[(OwnedUserId, Heard)], json: bool) -> Result<()> {
    let now = Timestamp::now();
    if json {
        return Ok(print(told.iter().map(|(user, heard)| Record::of_status(user, Some(heard), now)))?);
    }
    let mut table = Table::default();
    for (user, heard) in told {
        let message = heard.status_msg.as_deref().unwrap_or_default();
        table.row([
            Cell::text(text::clean(user.as_str())),
            Cell::state(Some(heard)),
            Cell::text(last_active(heard, now)),
            Cell::text(message),
        ]);
    }
    Ok(table.print()?)
}

/// Says so of a server that may keep it to itself.
pub(super) fn tells_nothing(server: impl Display, whom: &str) -> String {
    format!(
        "{server} tells nothing of {whom}: presence may be switched off there, or was never set; see: whosin doctor"
    )
}

/// Whether the server tells nothing of us either: where presence is switched off it says so of everybody, and where it
/// says more of us, it means what it says of others.
pub(super) async fn is_nobody(session: &Session) -> Result<bool> {
    let own = session.presence_of(&session.account().user_id).await?;
    Ok(own.is_none_or(|own| own.is_of_nobody()))
}

/// When somebody was last active, in words; nothing where that is not known.
pub(super) fn last_active(heard: &Heard, now: Timestamp) -> String {
    match heard.last_active {
        _ if heard.currently_active => "active".to_owned(),
        Some(since) => age::words(since, now),
        None => String::new(),
    }
}
