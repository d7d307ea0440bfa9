//! `whosin status` and `whosin is`: the state of users, from the running engine or by one request each.

use std::fmt::Display;

use clap::Args;
use clap_complete::ArgValueCompleter;
use color_eyre::eyre::{Report, Result, bail};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use thiserror::Error;
use tokio::sync::OnceCell;

use super::{
    StateFilter, candidates,
    exit::{Exit, is_locked},
    output::{message, print_lines},
    session::{KeptContacts, account, kept_contacts, signed_in},
    table::{Cell, Table},
    users::user_id,
};
use crate::{
    engine::{Inquiry, protocol::Scope},
    model::{
        age,
        contacts::LastPresence,
        event::{Account, ProfileAnswer},
        presence::Visibility,
        profile::Profile,
        record::Record,
        text,
    },
    server::{ServerError, Session},
};

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  whosin status                          what others see of you
  whosin status bob @carol:example.org   bob is on your own server
  whosin status bob --json | jq -r .status_msg
  PS1='$(whosin status --cached 2>/dev/null | cut -f2) $ '

Prints a table in a terminal. Elsewhere each line has user ID, state, last activity and message, separated by tabs. \
With --cached, a fifth column says how old a state is that no running whosin knows; in JSON, at does. \
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
    #[arg(value_name = "USER", add = ArgValueCompleter::new(candidates::users))]
    pub users: Vec<String>,

    /// Never ask the server: answer from the running whosin, or with what the last one knew and how long ago. For
    /// prompts.
    #[arg(long)]
    pub cached: bool,

    /// Print one JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// The options of `is`.
#[derive(Args, Debug)]
pub struct IsArgs {
    /// A user ID, or the name of a user on your own server.
    #[arg(add = ArgValueCompleter::new(candidates::users))]
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
/// A [`Report`] if nobody is signed in or a user ID is invalid.
pub async fn run(args: StatusArgs) -> Result<Exit> {
    let account = account()?;
    let me = &account.user_id;
    let users = args.users.iter().map(|typed| user_id(typed, me)).collect::<Result<Vec<_>, _>>()?;
    let users = if users.is_empty() { vec![me.clone()] } else { users };
    let fallback =
        if args.cached { Fallback::Cache(OnceCell::new()) } else { Fallback::Server(OnceCell::new()) };
    let source = Source::of(account, &users, fallback).await;
    let answers: Vec<_> =
        stream::iter(&users).map(|user| source.ask(user)).buffered(AT_A_TIME).collect().await;
    let mut exit = Exit::Done;
    let mut states = Vec::new();
    for answer in answers {
        match answer {
            Ok(known) => states.push(known),
            Err(Unknown::Report(report)) if is_locked(&report) => return Err(report),
            Err(unknown) => {
                message(unknown);
                exit = Exit::Unknown;
            }
        }
    }
    print(&states, args.json).await?;
    Ok(exit)
}

/// Tests whether a user is in a state.
///
/// # Errors
///
/// A [`Report`] if nobody is signed in or the server does not answer.
pub async fn run_is(args: IsArgs) -> Result<Exit> {
    let account = account()?;
    let user = user_id(&args.user, &account.user_id)?;
    let users = std::slice::from_ref(&user);
    let source = Source::of(account, users, Fallback::Server(OnceCell::new())).await;
    let heard = source.ask_presence(&user).await?;
    Ok(if args.state.is(&heard.presence) { Exit::Done } else { Exit::No })
}

/// Where the states come from: the engine that runs, and something else for whom it does not know.
struct Source {
    account: Account,
    engine: Option<Inquiry>,
    fallback: Fallback,
}

enum Fallback {
    /// The server. The session is taken up for the first who is not known.
    Server(OnceCell<Session>),
    /// What an earlier process has kept. It is read for the first who is not known.
    Cache(OnceCell<Option<Box<KeptContacts>>>),
}

/// What is known of a user's state.
struct UserState {
    user_id: OwnedUserId,
    /// The presence. `None`: the server shares none.
    heard: Option<LastPresence>,
    /// The profile, if it has a status or a call.
    profile: Option<Profile>,
    /// When it was so, if that is not now.
    as_of: Option<Timestamp>,
}

/// Why nothing is known of a user.
#[derive(Debug, Error)]
enum Unknown {
    /// Nobody keeps what others see of the person.
    #[error("no whosin is running that knows what others see of you")]
    Own,
    /// Nothing is kept. A prompt asks often, and a [`Report`] collects where it comes from.
    #[error("nothing is known of {} without the server", text::id(.0.as_str()))]
    NotKept(OwnedUserId),
    /// The server does not say.
    #[error("{0:#}")]
    Report(Report),
}

impl From<Report> for Unknown {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

impl UserState {
    fn record(&self, now: Timestamp) -> Record<'_> {
        let at = self.as_of.unwrap_or(now);
        let record = Record::of_status(&self.user_id, self.heard.as_ref(), at);
        match &self.profile {
            Some(profile) => record.with_profile(profile, Some(at)),
            None => record,
        }
    }
}

impl Source {
    async fn of(account: Account, users: &[OwnedUserId], fallback: Fallback) -> Self {
        let engine = Inquiry::about(&account.user_id, users, Scope::Own).await;
        Self { account, engine, fallback }
    }

    /// Returns what the engine knows of a user.
    fn known_to_engine(&self, user: &UserId) -> Option<UserState> {
        let engine = self.engine.as_ref()?;
        let heard = LastPresence::new(engine.presence_of(user)?.clone(), Timestamp::now());
        let profile = engine.profile_of(user).filter(|profile| !profile.is_empty()).cloned();
        Some(UserState { user_id: user.to_owned(), heard: Some(heard), profile, as_of: None })
    }

    /// Returns the presence and the profile of a user.
    ///
    /// # Errors
    ///
    /// [`Unknown`] if the server does not answer or returns no presence, or nothing is kept.
    async fn ask(&self, user: &UserId) -> Result<UserState, Unknown> {
        if let Some(state) = self.known_to_engine(user) {
            return Ok(state);
        }
        let session = match &self.fallback {
            Fallback::Server(session) => session.get_or_try_init(signed_in).await?,
            Fallback::Cache(cache) => return self.ask_cache(cache, user).await,
        };
        let (heard, profile) = tokio::join!(ask_server(session, user), session.profile_of(user));
        let profile = match profile {
            ProfileAnswer::Found { profile, .. } if !profile.is_empty() => Some(*profile),
            _ => None,
        };
        let heard = match heard {
            Ok(heard) => Some(heard),
            // A status is there where presence is switched off.
            Err(error) if profile.is_some() && !error.is::<ServerError>() => None,
            Err(error) => return Err(error.into()),
        };
        Ok(UserState { user_id: user.to_owned(), heard, profile, as_of: None })
    }

    /// Returns the presence of a user.
    ///
    /// # Errors
    ///
    /// A [`Report`] if the server does not answer or returns no presence.
    async fn ask_presence(&self, user: &UserId) -> Result<LastPresence> {
        if let Some(heard) = self.known_to_engine(user).and_then(|state| state.heard) {
            return Ok(heard);
        }
        ask_server(&signed_in().await?, user).await
    }

    /// Returns what an earlier process has kept of a contact.
    async fn ask_cache(
        &self,
        cache: &OnceCell<Option<Box<KeptContacts>>>,
        user: &UserId,
    ) -> Result<UserState, Unknown> {
        // What others see of the own session ends with the process that has kept it.
        if *user == *self.account.user_id {
            return Err(Unknown::Own);
        }
        let cache = cache.get_or_init(async || kept_contacts(&self.account)).await.as_deref();
        let kept = cache.and_then(|kept| Some((kept.contacts.get(user)?, kept.as_of)));
        let kept = kept.filter(|(contact, _)| contact.heard.is_some());
        let (contact, as_of) = kept.ok_or_else(|| Unknown::NotKept(user.to_owned()))?;
        let profile = contact.profile.as_deref().filter(|profile| !profile.is_empty()).cloned();
        Ok(UserState { user_id: user.to_owned(), heard: contact.heard.clone(), profile, as_of: Some(as_of) })
    }
}

/// Asks the server for the state of a user.
///
/// # Errors
///
/// A [`Report`] if the server does not answer or returns no presence.
async fn ask_server(session: &Session, user: &UserId) -> Result<LastPresence> {
    let me = &session.account().user_id;
    let server = me.server_name();
    let status = match session.presence_of(user).await? {
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
        && let Some(why) = why_nobody(session).await?
    {
        let whom = if *user == *me { "you" } else { &format!("{} or you", text::id(user.as_str())) };
        bail!(why.words(server, whom));
    }
    Ok(LastPresence::new(status, Timestamp::now()))
}

async fn print(states: &[UserState], json: bool) -> Result<()> {
    let now = Timestamp::now();
    if json {
        return Ok(print_lines(states.iter().map(|state| state.record(now))).await?);
    }
    let mut table = Table::default();
    let any_old = states.iter().any(|state| state.as_of.is_some());
    for UserState { user_id, heard, profile, as_of } in states {
        let message = heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
        let says = profile.as_ref().and_then(|profile| profile.says(message, now));
        let says = says.or_else(|| message.map(ToOwned::to_owned));
        let cells = [
            Cell::text(text::id(user_id.as_str())),
            Cell::state(heard.as_ref()),
            Cell::text(heard.as_ref().map(|heard| last_active(heard, now)).unwrap_or_default()),
            Cell::text(says.unwrap_or_default()),
        ];
        let age = as_of.map(|at| format!("as of {}", age::words(at, now))).unwrap_or_default();
        table.row(cells.into_iter().chain(any_old.then(|| Cell::text(age))));
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
pub(super) fn last_active(heard: &LastPresence, now: Timestamp) -> String {
    match heard.last_active {
        _ if heard.currently_active => "active".to_owned(),
        Some(since) => age::words(since, now),
        None => String::new(),
    }
}
