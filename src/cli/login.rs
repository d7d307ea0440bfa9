//! `whosin login`: sign in and keep the session.

use std::{
    io::{Read, stdin},
    sync::Arc,
};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr, bail};

use super::{
    config,
    exit::UsageError,
    output::{message, print_error, print_lines, text_of},
    prompt::{ask, ask_secret, confirm, has_person},
    session::{files, with_keyring},
};
use crate::{
    host::desktop,
    model::{
        credentials::{Provider, Way},
        session::{SavedSession, SessionKind},
        text,
    },
    server::{
        ErrorKind, Session,
        auth::{BrowserWay, Homeserver, Proof, Wanted, sign_out},
        is_in_the_clear,
    },
    store::{
        profile,
        secrets::{self, Patience, SystemKeyring, TokenStorePreference},
        session_store::{SessionStore, StoreError},
    },
};

mod dialogue;

/// The longest password or token that is read, and more.
const LONGEST_SECRET: u64 = 64 * 1024;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin login @you:example.org          in one of the ways that the server offers
  whosin login example.org --device      by a code, typed in a browser anywhere
  whosin login example.org --sso=google  by single sign-on with this provider
  whosin login                           again, after the session has ended
  whosin login --homeserver https://matrix.example.org --user you
  pass show matrix | whosin login @you:example.org --password-stdin

Without an option, whosin asks the server which ways it offers and lists them, the best first. Over SSH, in a \
container and without a desktop, that is a code. whosin prompts for passwords and tokens and does not show them.";

/// The options of `login`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct LoginArgs {
    /// Your full user ID, whose homeserver whosin finds, or your server's name. Without it, whosin takes those of the
    /// session that has ended, or asks.
    #[arg(value_name = "@USER:SERVER")]
    pub user_id: Option<String>,

    /// The homeserver's address, where it cannot be found by the user ID.
    #[arg(long, value_name = "URL")]
    pub homeserver: Option<String>,

    /// Your user name on that homeserver.
    #[arg(long, value_name = "NAME", requires = "homeserver", conflicts_with = "user_id")]
    pub user: Option<String>,

    /// Read the password from standard input.
    #[arg(long)]
    pub password_stdin: bool,

    /// Read an access token from standard input instead of a password.
    #[arg(long, conflicts_with = "password_stdin")]
    pub token_stdin: bool,

    /// Show an address and a code, for a browser on any machine.
    #[arg(long, conflicts_with_all = ["password_stdin", "token_stdin", "sso"])]
    pub device: bool,

    /// Sign in by single sign-on, with this provider or the server's choice.
    #[arg(long, value_name = "PROVIDER", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(conflicts_with_all = ["password_stdin", "token_stdin"])]
    pub sso: Option<String>,

    /// Where to keep the tokens.
    #[arg(long, value_name = "STORE")]
    pub token_store: Option<TokenStore>,

    /// Replace the session that is there, and end it.
    #[arg(long)]
    pub replace: bool,

    /// Draw no QR code.
    #[arg(long)]
    pub no_qr: bool,
}

/// Where tokens are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum TokenStore {
    /// In the system's keyring where there is one, else in the session's file.
    Auto,
    /// In the keyring.
    Keyring,
    /// In the session's file, which only you can read.
    File,
}

/// Signs in and keeps the session.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the server refuses the sign-in or the session cannot be saved.
pub async fn run(login: LoginArgs) -> Result<()> {
    // A script has nobody who could answer the keyring's dialog.
    let patience = if has_person() { Patience::Dialog } else { Patience::Immediate };
    let store = files()?.session.with_patience(patience);
    let before = existing_session(&store, &login).await?;
    let (server, user) = target(&login, before.as_ref().map(ExistingSession::session))?;
    // Before the browser opens: a sign-in whose tokens have no place would be lost.
    let preference = preference(&login)?;
    let token_store = with_keyring(move || secrets::choose(preference, &SystemKeyring(patience))).await?;

    let homeserver = Homeserver::find(&server).await?;
    let ended = match &before {
        Some(ExistingSession::Ended(session)) => Some(session),
        _ => None,
    };
    let way = match asked_for(&homeserver, &login)? {
        Some(way) => way,
        None => choose(&homeserver, ended)?,
    };
    let mut session = sign_in(&homeserver, &login, way, homeserver.wanted(user, ended)).await?;
    session.token_store = token_store;
    if let Err(error) = keep(&store, &session, before.as_ref()).await {
        // A session that nobody can use again would only stand in the account's list of devices.
        if session.kind != SessionKind::Token {
            let _ = sign_out(&session).await;
        }
        return Err(error).wrap_err("cannot save the session");
    }
    if is_in_the_clear(&session.homeserver) {
        message(format_args!(
            "{} is not encrypted: others on the network can read your token and what whosin shows",
            text::clean(&session.homeserver)
        ));
    }
    if session.kind == SessionKind::Token {
        explain_token(&homeserver);
    }
    let profile = profile::current().option();
    let line = format!(
        "Signed in as {}. To open the dashboard, run whosin{profile}",
        text::id(session.user_id.as_str())
    );
    Ok(print_lines([line]).await?)
}

/// Says what a pasted token means.
fn explain_token(homeserver: &Homeserver) {
    let server = homeserver.name();
    if homeserver.has_oauth() {
        message(format_args!("tokens of {server} expire, and whosin cannot renew a pasted one"));
    }
    message(
        "the token belongs to the session of the program that it is from, and logging out would end that; \
         whosin logout asks first",
    );
}

/// Returns the server, and the user if known: as given, else those of the session before, else as typed.
fn target(login: &LoginArgs, before: Option<&SavedSession>) -> Result<(String, Option<String>)> {
    let typed = match (&login.homeserver, &login.user_id, before) {
        (Some(homeserver), user_id, _) => {
            return Ok((homeserver.clone(), login.user.clone().or_else(|| user_id.clone())));
        }
        (None, Some(user_id), _) => user_id.clone(),
        (None, None, Some(before)) => {
            return Ok((before.homeserver.clone(), Some(before.user_id.to_string())));
        }
        (None, None, None) if has_person() && !login.password_stdin && !login.token_stdin => {
            ask("Your user ID (@you:example.org) or homeserver")?
        }
        (None, None, None) => {
            let words = "who is to sign in? Run whosin login @you:example.org";
            return Err(UsageError(words.to_owned()).into());
        }
    };
    let user = Some(typed.clone()).filter(|typed| typed.starts_with('@'));
    Ok((typed, user))
}

fn preference(login: &LoginArgs) -> Result<TokenStorePreference> {
    Ok(match login.token_store {
        None => config::load()?.token_store,
        Some(TokenStore::Auto) => TokenStorePreference::Auto,
        Some(TokenStore::Keyring) => TokenStorePreference::Keyring,
        Some(TokenStore::File) => TokenStorePreference::File,
    })
}

/// The session that is there.
enum ExistingSession {
    /// It has ended, and is in nobody's way.
    Ended(SavedSession),
    /// It is alive, or nobody knows, and may be replaced.
    Alive(SavedSession),
}

impl ExistingSession {
    fn session(&self) -> &SavedSession {
        match self {
            Self::Ended(session) | Self::Alive(session) => session,
        }
    }
}

/// Returns the session that is there, if it may be replaced. A damaged one counts for nothing.
async fn existing_session(store: &SessionStore, login: &LoginArgs) -> Result<Option<ExistingSession>> {
    let kept = store.clone();
    let session = match with_keyring(move || kept.load()).await {
        Ok(Some(session)) => session,
        Ok(None) | Err(StoreError::NoTokens) => return Ok(None),
        Err(error @ StoreError::File { .. }) => {
            message(format_args!("{error}; signing in anew"));
            return Ok(None);
        }
        // What the errors of the keyring advise.
        Err(StoreError::Keyring(_)) if login.token_store == Some(TokenStore::File) => {
            message("the session before may live on: its tokens stay in the keyring; signing in anew");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let user_id = text::id(session.user_id.as_str()).into_owned();
    let running = Session::restore(session, Some(Arc::new(store.clone())))?;
    match running.check().await {
        Err(error) if error.kind == ErrorKind::SignedOut => {
            return Ok(Some(ExistingSession::Ended(running.saved())));
        }
        _ if login.replace => {}
        _ => {
            let profile = profile::current().option();
            if !has_person() || login.password_stdin || login.token_stdin {
                bail!(
                    "you are signed in already as {user_id}; to sign in again, run whosin{profile} login --replace"
                );
            }
            if !confirm(&format!("You are signed in as {user_id}. Replace that session?"))? {
                bail!("the session of {user_id} stays");
            }
        }
    }
    Ok(Some(ExistingSession::Alive(running.saved())))
}

/// Saves the session, and ends the one that it replaces. A renewal of that one waits, so that it overwrites nothing.
async fn keep(
    store: &SessionStore,
    session: &SavedSession,
    before: Option<&ExistingSession>,
) -> Result<(), StoreError> {
    let _lock = store.hold().await?;
    let alive = match before {
        // As it is now: it may have been renewed while the person was in the browser.
        Some(ExistingSession::Alive(_)) => store.load().unwrap_or_else(|error| {
            message(format_args!("the replaced session may live on: {error}"));
            None
        }),
        _ => None,
    };
    let (vault, saved) = (store.clone(), session.clone());
    with_keyring(move || vault.save(&saved)).await?;
    if let Some(alive) = alive {
        end_replaced(&alive, session).await;
    }
    Ok(())
}

/// Ends the session that was replaced, unless it is the same device again.
async fn end_replaced(before: &SavedSession, now: &SavedSession) {
    let is_same = before.user_id == now.user_id && before.device_id == now.device_id;
    if !is_same
        && before.kind != SessionKind::Token
        && let Err(error) = sign_out(before).await
    {
        message(format_args!("the replaced session may live on: {error}"));
    }
}

async fn sign_in(
    homeserver: &Homeserver,
    login: &LoginArgs,
    way: Way,
    wanted: Wanted,
) -> Result<SavedSession> {
    if let Some(choice) = BrowserWay::of(&way) {
        return dialogue::run(homeserver, choice, wanted, !login.no_qr).await;
    }
    let proof = if way == Way::Token {
        Proof::Token(if login.token_stdin { read_line("access token")? } else { ask_secret("Access token")? })
    } else {
        let user = match &wanted.user {
            Some(user) => user.clone(),
            None if has_person() && !login.password_stdin => ask("User")?,
            None => bail!("whose password is it? Run whosin login @you:example.org"),
        };
        let password = if login.password_stdin { read_line("password")? } else { ask_secret("Password")? };
        Proof::Password { user, password }
    };
    Ok(homeserver.sign_in(proof, &wanted).await?)
}

/// Returns the way that an option asks for.
fn asked_for(homeserver: &Homeserver, login: &LoginArgs) -> Result<Option<Way>> {
    let way = if login.token_stdin {
        Way::Token
    } else if login.password_stdin {
        Way::Password
    } else if login.device {
        Way::DeviceCode
    } else if let Some(provider) = &login.sso {
        sso(homeserver, provider)?
    } else {
        return Ok(None);
    };
    if !homeserver.ways().contains(&way) {
        let ways: Vec<_> = homeserver.ways().iter().map(Way::label).collect();
        let (name, ways) = (homeserver.name(), ways.join(", "));
        bail!("{name} does not offer this way to sign in: {}. It offers: {ways}", way.label());
    }
    Ok(Some(way))
}

/// Returns single sign-on by a provider that is given by identifier or name, or by the server's choice.
fn sso(homeserver: &Homeserver, given: &str) -> Result<Way> {
    let ways = homeserver.ways().iter().filter(|way| matches!(way, Way::Sso(_)));
    let providers: Vec<&Provider> = ways
        .filter_map(|way| match way {
            Way::Sso(provider) => provider.as_ref(),
            _ => None,
        })
        .collect();
    let is_given = |text: &str| text.eq_ignore_ascii_case(given);
    match providers.iter().find(|it| is_given(&it.id) || is_given(&it.name)) {
        Some(provider) => Ok(Way::Sso(Some((*provider).clone()))),
        None if !given.is_empty() && !providers.is_empty() => {
            let names: Vec<&str> = providers.iter().map(|it| &*it.name).collect();
            bail!("{} has no provider {given}; it has: {}", homeserver.name(), names.join(", "))
        }
        None => match providers[..] {
            [] => Ok(Way::Sso(None)),
            [only] => Ok(Way::Sso(Some(only.clone()))),
            _ if has_person() => {
                let ways: Vec<_> = providers.into_iter().cloned().map(Some).map(Way::Sso).collect();
                pick(homeserver, &ways, None)
            }
            [first, ..] => Ok(Way::Sso(Some(first.clone()))),
        },
    }
}

/// Returns the way that the person chooses; by default that of the session that has ended, else the best. Without a
/// person, the best one that needs none of their secrets.
fn choose(homeserver: &Homeserver, ended: Option<&SavedSession>) -> Result<Way> {
    let ways = Way::best_first(homeserver.ways().to_vec(), desktop::has_browser());
    if has_person() {
        // A token is for programs. Where it is the only other way there is no choice to make.
        let others = ways.iter().filter(|way| **way != Way::Token).count();
        return if others == 1 { Ok(ways[0].clone()) } else { pick(homeserver, &ways, ended) };
    }
    match ways.into_iter().find(|way| BrowserWay::of(way).is_some()) {
        Some(way) => Ok(way),
        None => bail!("no terminal to prompt for the password; use --password-stdin or --token-stdin"),
    }
}

/// Lists ways and asks for the number of one.
fn pick(homeserver: &Homeserver, ways: &[Way], ended: Option<&SavedSession>) -> Result<Way> {
    let usual = 1 + ended.and_then(|ended| Way::place_of(ways, ended)).unwrap_or_default();
    let lines = ways.iter().zip(1..).map(|(way, number)| format!("  {number}  {}", way.label()));
    let title = format!("How do you want to sign in to {}?", homeserver.name());
    print_error(format_args!("{}", text_of([title].into_iter().chain(lines))));
    loop {
        let answer = ask(&format!("Number [{usual}]"))?;
        let number = if answer.is_empty() { Ok(usual) } else { answer.parse::<usize>() };
        if let Some(way) = number.ok().and_then(|number| ways.get(number.checked_sub(1)?)) {
            return Ok(way.clone());
        }
    }
}

/// Reads standard input to its end and drops the line break that `echo` and password managers add.
fn read_line(what: &str) -> Result<String> {
    let mut text = String::new();
    let read = stdin().take(LONGEST_SECRET).read_to_string(&mut text);
    let length = read.wrap_err_with(|| format!("cannot read the {what}"))?;
    if length as u64 == LONGEST_SECRET {
        bail!("standard input has no {what}: it is longer than {} kB", LONGEST_SECRET >> 10);
    }
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("standard input has no {what}");
    }
    Ok(line.to_owned())
}
