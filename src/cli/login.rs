//! `whosin login`: sign in and keep the session.

use std::{
    io::{IsTerminal, Read, stderr, stdin},
    sync::Arc,
};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr, bail};

use super::{
    config,
    output::{message, print_lines},
    session::files,
};
use crate::{
    host::desktop,
    model::{
        session::{SavedSession, SessionKind},
        text,
    },
    server::{
        ErrorKind, Session,
        auth::{Choice, Homeserver, Proof, Wanted, Way, sign_out},
        is_in_the_clear,
    },
    store::{
        profile,
        secrets::{self, Patience, SystemKeyring, TokenStorePreference},
        session_store::{SessionStore, StoreError},
    },
};

mod dialogue;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin login @you:example.org          in the way that the server prefers
  whosin login example.org --device      by a code, typed in a browser anywhere
  whosin login example.org --sso=google  by single sign-on with this provider
  whosin login --homeserver https://matrix.example.org --user you
  pass show matrix | whosin login @you:example.org --password-stdin

Without an option, the server decides: a browser, a code where there is no browser, or a password. whosin prompts for
the password and does not show it.";

/// The options of `login`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct LoginArgs {
    /// Your full user ID, whose homeserver whosin finds, or your server's name.
    #[arg(value_name = "@USER:SERVER", required_unless_present = "homeserver")]
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
    let store = files()?.session.with_dialog();
    let server = login.homeserver.as_ref().or(login.user_id.as_ref()).cloned().unwrap_or_default();
    let user = login.user.clone().or_else(|| login.user_id.clone().filter(|id| id.starts_with('@')));
    let before = before(&store, &login).await?;
    // Before the browser opens: a sign-in whose tokens have no place would be lost.
    let token_store = secrets::choose(preference(&login)?, &SystemKeyring(Patience::Dialog))?;

    let homeserver = Homeserver::find(&server).await?;
    let wanted = Wanted { user, device_id: None };
    let mut session = sign_in(&homeserver, &login, wanted).await?;
    session.token_store = token_store;
    if let Err(error) = store.save(&session) {
        // A session that nobody can use again would only stand in the account's list of devices.
        if session.kind != SessionKind::Token {
            let _ = sign_out(&session).await;
        }
        return Err(error).wrap_err("cannot save the session");
    }
    end_replaced(before, &session).await;
    if is_in_the_clear(&session.homeserver) {
        message(format_args!(
            "{} is not encrypted: others on the network can read your token and what whosin shows",
            text::clean(&session.homeserver)
        ));
    }
    if session.kind == SessionKind::Token && homeserver.has_oauth() {
        message("this token expires, and whosin cannot renew it: only the program that it is from can");
        message(
            "logging out would end the session of that program. To forget it here: whosin logout --forget",
        );
    }
    let profile = profile::current().option();
    let line = format!("Signed in as {}. To open the dashboard, run whosin{profile}", session.user_id);
    Ok(print_lines([line]).await?)
}

fn preference(login: &LoginArgs) -> Result<TokenStorePreference> {
    Ok(match login.token_store {
        None => config::load()?.token_store,
        Some(TokenStore::Auto) => TokenStorePreference::Auto,
        Some(TokenStore::Keyring) => TokenStorePreference::Keyring,
        Some(TokenStore::File) => TokenStorePreference::File,
    })
}

/// The session that is there, if it is alive and may be replaced. A dead or damaged one is in nobody's way.
async fn before(store: &SessionStore, login: &LoginArgs) -> Result<Option<SavedSession>> {
    let session = match store.load() {
        Ok(Some(session)) => session,
        Ok(None) | Err(StoreError::NoTokens) => return Ok(None),
        Err(error @ StoreError::File { .. }) => {
            message(format_args!("{error}; signing in anew"));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let user_id = session.user_id.clone();
    let running = Session::restore(session, Some(Arc::new(store.clone()))).await?;
    match running.check().await {
        Err(error) if error.kind == ErrorKind::SignedOut => return Ok(None),
        _ if login.replace => {}
        _ => {
            let profile = profile::current().option();
            if !stdin().is_terminal() || login.password_stdin || login.token_stdin {
                bail!(
                    "you are signed in already as {user_id}; to sign in again, run whosin{profile} login --replace"
                );
            }
            if !dialogue::confirm(&format!("You are signed in as {user_id}. Replace that session?")).await {
                bail!("the session of {user_id} stays");
            }
        }
    }
    Ok(Some(running.saved()))
}

/// Ends the session that was replaced, unless it is the same device again.
async fn end_replaced(before: Option<SavedSession>, now: &SavedSession) {
    let Some(before) = before else { return };
    let is_same = before.user_id == now.user_id && before.device_id == now.device_id;
    if !is_same
        && before.kind != SessionKind::Token
        && let Err(error) = sign_out(&before).await
    {
        message(format_args!("the replaced session may live on: {error}"));
    }
}

async fn sign_in(homeserver: &Homeserver, login: &LoginArgs, wanted: Wanted) -> Result<SavedSession> {
    if login.token_stdin {
        let token = read_line("access token")?;
        return Ok(homeserver.sign_in(Proof::Token(token), &wanted).await?);
    }
    if login.password_stdin {
        return by_password(homeserver, read_line("password")?, wanted).await;
    }
    match choice(homeserver, login)? {
        Some(choice) => dialogue::run(homeserver, choice, wanted, !login.no_qr).await,
        None => by_password(homeserver, ask_password(homeserver)?, wanted).await,
    }
}

async fn by_password(homeserver: &Homeserver, password: String, wanted: Wanted) -> Result<SavedSession> {
    let user = wanted.user.clone().unwrap_or_default();
    Ok(homeserver.sign_in(Proof::Password { user, password }, &wanted).await?)
}

/// The way to sign in: what was asked for, else what the server prefers. `None` is a password.
fn choice(homeserver: &Homeserver, login: &LoginArgs) -> Result<Option<Choice>> {
    let ways = homeserver.ways();
    if login.device {
        return Ok(Some(Choice::DeviceCode));
    }
    if let Some(provider) = &login.sso {
        return Ok(Some(Choice::Sso(provider_id(homeserver, provider)?)));
    }
    let has_code = ways.contains(&Way::DeviceCode);
    Ok(match ways.first() {
        Some(Way::Browser) if has_code && !desktop::has_browser() => Some(Choice::DeviceCode),
        Some(Way::Browser) => Some(Choice::Browser),
        _ if ways.contains(&Way::Password) => None,
        Some(Way::Sso(_)) => Some(Choice::Sso(provider_id(homeserver, "")?)),
        _ => bail!(
            "{} takes access tokens only. Sign in with one: whosin login --token-stdin",
            homeserver.name()
        ),
    })
}

/// The identifier of a provider that was given by identifier or name.
fn provider_id(homeserver: &Homeserver, given: &str) -> Result<Option<String>> {
    let sso = homeserver.ways().iter().find_map(|way| match way {
        Way::Sso(providers) => Some(providers),
        _ => None,
    });
    let Some(providers) = sso else { bail!("{} has no single sign-on", homeserver.name()) };
    if given.is_empty() {
        return Ok(None);
    }
    let is_given = |text: &str| text.eq_ignore_ascii_case(given);
    if let Some(provider) = providers.iter().find(|it| is_given(&it.id) || is_given(&it.name)) {
        return Ok(Some(provider.id.clone()));
    }
    let names: Vec<&str> = providers.iter().map(|it| it.name.as_str()).collect();
    bail!("{} has no provider {given}; it has: {}", homeserver.name(), names.join(", "))
}

fn ask_password(homeserver: &Homeserver) -> Result<String> {
    if !stdin().is_terminal() {
        bail!("no terminal to prompt for the password; use --password-stdin");
    }
    if stderr().is_terminal() && homeserver.ways().iter().any(|way| matches!(way, Way::Sso(_))) {
        message("without a password: whosin login --sso");
    }
    rpassword::prompt_password("Password: ").wrap_err("cannot read the password")
}

/// Reads standard input to its end and drops the line break that `echo` and password managers add.
fn read_line(what: &str) -> Result<String> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).wrap_err_with(|| format!("cannot read the {what}"))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("standard input has no {what}");
    }
    Ok(line.to_owned())
}
