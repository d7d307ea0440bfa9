//! `whosin status` and `whosin is`: the state of users, by one request each.

use std::fmt::Display;

use clap::Args;
use color_eyre::eyre::{Result, bail};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::{
    StateFilter,
    exit::Exit,
    output::{message, print_lines},
    session::signed_in,
    table::{Cell, Table},
    users::user_id,
};
use crate::{
    model::{age, contacts::Heard, record::Record, text},
    server::Session,
};

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  whosin status                          what others see of you
  whosin status bob @carol:example.org   bob is on your own server
  whosin status bob --json | jq -r .status_msg

Prints a table in a terminal. Elsewhere each line has user ID, state, last activity and message, separated by tabs. \
Exit status 4: the state of at least one user is unknown; standard error says why.";

pub(super) const IS_EXAMPLES: &str = "\
Examples:
  whosin is bob online && notify-send \"Bob is free\"
  until whosin is bob free; do sleep 60; done

Exit status 0: yes. 1: no. 4: unknown; standard error says why.";

/// The options of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// User IDs, or names of users on your own server; without any, you.
    #[arg(value_name = "USER")]
    pub users: Vec<String>,

    /// Print one JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// The options of `is`.
#[derive(Args, Debug)]
pub struct IsArgs {
    /// A user ID, or the name of a user on your own server.
    pub user: String,

    /// The state; free means online, away means unavailable.
    pub state: StateFilter,
}

/// How many requests run at a time.
const AT_A_TIME: usize = 8;

/// Prints the state of each user.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or a user ID is invalid.
pub async fn run(args: StatusArgs) -> Result<Exit> {
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
                message(unknown);
                exit = Exit::Unknown;
            }
        }
    }
    tell(&told, args.json).await?;
    Ok(exit)
}

/// Tests whether a user is in a state.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or the server does not answer.
pub async fn run_is(args: IsArgs) -> Result<Exit> {
    let session = signed_in().await?;
    let user = user_id(&args.user, &session.account().user_id)?;
    let heard = ask(&session, &user).await?;
    Ok(if args.state.is(&heard.presence) { Exit::Done } else { Exit::No })
}

/// Asks the server for the state of a user.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the server does not answer or returns no presence.
pub(super) async fn ask(session: &Session, user: &UserId) -> Result<Heard> {
    let server = session.account().user_id.server_name();
    let Some(status) = session.presence_of(user).await? else {
        bail!(
            "{server} does not share the presence of {}: the user does not exist, or you share no room",
            text::id(user.as_str())
        );
    };
    if status.is_of_nobody() && is_nobody(session).await? {
        let whom = if *user == session.account().user_id {
            "you"
        } else {
            &format!("{} or you", text::id(user.as_str()))
        };
        bail!(no_presence(server, whom));
    }
    Ok(Heard::new(status, Timestamp::now()))
}

async fn tell(told: &[(OwnedUserId, Heard)], json: bool) -> Result<()> {
    let now = Timestamp::now();
    if json {
        return Ok(
            print_lines(told.iter().map(|(user, heard)| Record::of_status(user, Some(heard), now))).await?
        );
    }
    let mut table = Table::default();
    for (user, heard) in told {
        let message = heard.status_msg.as_deref().unwrap_or_default();
        table.row([
            Cell::text(text::id(user.as_str())),
            Cell::state(Some(heard)),
            Cell::text(last_active(heard, now)),
            Cell::text(message),
        ]);
    }
    Ok(table.print().await?)
}

/// Words an answer without presence.
pub(super) fn no_presence(server: impl Display, whom: &str) -> String {
    format!("{server} returned no presence for {whom}; it may be switched off there. Run whosin doctor")
}

/// Whether the server has no presence of ours either. Where presence is switched off, it has none of anybody.
pub(super) async fn is_nobody(session: &Session) -> Result<bool> {
    let own = session.presence_of(&session.account().user_id).await?;
    Ok(own.is_none_or(|own| own.is_of_nobody()))
}

/// Words when a user was last active; empty if unknown.
pub(super) fn last_active(heard: &Heard, now: Timestamp) -> String {
    match heard.last_active {
        _ if heard.currently_active => "active".to_owned(),
        Some(since) => age::words(since, now),
        None => String::new(),
    }
}
