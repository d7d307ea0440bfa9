//! `whosin status` and `whosin is`: the state of users, from the open dashboard or by one request each.

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
    engine::{Client, Role, Setup, protocol::Scope},
    model::{
        age, contacts::Heard, event::ProfileAnswer, presence::Visibility, profile::Profile, record::Record,
        settings::Settings, text,
    },
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
    let client = inquire(session, &users).await;
    let answers: Vec<_> =
        stream::iter(&users).map(|user| ask_both(&client, user)).buffered(AT_A_TIME).collect().await;
    let mut exit = Exit::Done;
    let mut told = Vec::new();
    for (user_id, (presence, profile)) in users.into_iter().zip(answers) {
        let profile = match profile {
            ProfileAnswer::Found { profile, .. } if !profile.is_empty() => Some(*profile),
            _ => None,
        };
        match presence {
            Ok(heard) => told.push(Told { user_id, heard: Some(heard), profile }),
            // A status is there where presence is switched off.
            Err(_) if profile.is_some() => told.push(Told { user_id, heard: None, profile }),
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
    let client = inquire(session, std::slice::from_ref(&user)).await;
    let heard = ask(&client, &user).await?;
    Ok(if args.state.is(&heard.presence) { Exit::Done } else { Exit::No })
}

/// Asks the open whosin about users, if there is one.
async fn inquire(session: Session, users: &[OwnedUserId]) -> Client {
    let settings = Settings { watch_only: true, ..Settings::default() };
    let setup = Setup { session, files: None, settings, role: Role::Inquirer, scope: Scope::Own };
    Client::inquire(setup, users).await
}

/// Returns the state of a user, and the profile.
async fn ask_both(client: &Client, user: &UserId) -> (Result<Heard>, ProfileAnswer) {
    tokio::join!(ask(client, user), client.session().profile_of(user))
}

/// Returns the state of a user: from the open whosin if it knows it, else from the server.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the server does not answer or returns no presence.
async fn ask(client: &Client, user: &UserId) -> Result<Heard> {
    let me = &client.session().account().user_id;
    let server = me.server_name();
    let status = match client.presence_of(user).await? {
        Visibility::Shown(status) => status,
        Visibility::SwitchedOff => bail!(switched_off(server)),
        Visibility::NotShared if *user == *me => {
            bail!("you share no room with anybody yet, so {server} shows nobody your presence")
        }
        Visibility::NotShared => bail!(
            "{server} does not share the presence of {}: the user does not exist, or you share no room",
            text::id(user.as_str())
        ),
    };
    if status.is_of_nobody()
        && let Some(why) = why_nobody(client.session()).await?
    {
        let whom = if *user == *me { "you" } else { &format!("{} or you", text::id(user.as_str())) };
        bail!(why.words(server, whom));
    }
    Ok(Heard::new(status, Timestamp::now()))
}

/// What the server says of a user.
struct Told {
    user_id: OwnedUserId,
    /// The presence. `None`: the server shares none.
    heard: Option<Heard>,
    /// The profile, if it has a status or a call.
    profile: Option<Profile>,
}

impl Told {
    fn record(&self, now: Timestamp) -> Record<'_> {
        let record = Record::of_status(&self.user_id, self.heard.as_ref(), now);
        match &self.profile {
            Some(profile) => record.with_profile(profile, Some(now)),
            None => record,
        }
    }
}

async fn tell(told: &[Told], json: bool) -> Result<()> {
    let now = Timestamp::now();
    if json {
        return Ok(print_lines(told.iter().map(|told| told.record(now))).await?);
    }
    let mut table = Table::default();
    for Told { user_id, heard, profile } in told {
        let message = heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
        let says = profile.as_ref().and_then(|profile| profile.says(message, now));
        let says = says.or_else(|| message.map(ToOwned::to_owned));
        table.row([
            Cell::text(text::id(user_id.as_str())),
            Cell::state(heard.as_ref()),
            Cell::text(heard.as_ref().map(|heard| last_active(heard, now)).unwrap_or_default()),
            Cell::text(says.unwrap_or_default()),
        ]);
    }
    Ok(table.print().await?)
}

/// Why a server may have no presence of anybody.
pub(super) enum WhyNobody {
    /// It says that presence is switched off.
    SwitchedOff,
    /// It has none of ours either. Some servers say no more while presence is switched off.
    Unknown,
}

impl WhyNobody {
    pub(super) fn words(&self, server: impl Display, whom: &str) -> String {
        match self {
            Self::SwitchedOff => switched_off(server),
            Self::Unknown => format!(
                "{server} returned no presence for {whom}; it may be switched off there. Run whosin doctor"
            ),
        }
    }
}

fn switched_off(server: impl Display) -> String {
    format!("presence is switched off at {server}. Run whosin doctor")
}

/// Looks up the own presence: where presence is switched off, the server has none of anybody. `None`: it has ours.
pub(super) async fn why_nobody(session: &Session) -> Result<Option<WhyNobody>> {
    Ok(match session.presence_of(&session.account().user_id).await? {
        Visibility::Shown(own) if !own.is_of_nobody() => None,
        Visibility::SwitchedOff => Some(WhyNobody::SwitchedOff),
        Visibility::Shown(_) | Visibility::NotShared => Some(WhyNobody::Unknown),
    })
}

/// Words when a user was last active; empty if unknown.
pub(super) fn last_active(heard: &Heard, now: Timestamp) -> String {
    match heard.last_active {
        _ if heard.currently_active => "active".to_owned(),
        Some(since) => age::words(since, now),
        None => String::new(),
    }
}
