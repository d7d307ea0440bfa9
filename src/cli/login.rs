//! `whosin login`: sign in and keep the session.

use std::io::{IsTerminal, Read, stdin};

use clap::Args;
use color_eyre::eyre::{Result, WrapErr, bail};

use super::{
    output::print_lines,
    session::{files, load},
};
use crate::{
    model::credentials::{Credentials, Secret},
    server::Session,
    store::profile,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin login @you:example.org
  whosin login --homeserver https://matrix.example.org --user you
  pass show matrix | whosin login @you:example.org --password-stdin

Without --password-stdin or --token-stdin, whosin prompts for the password and does not show it.";

/// The options of `login`.
#[derive(Args, Debug)]
pub struct LoginArgs {
    /// Your full user ID; whosin finds its homeserver.
    #[arg(value_name = "@USER:SERVER", required_unless_present = "homeserver")]
    pub user_id: Option<String>,

    /// The address of the homeserver, if your user ID does not lead to it.
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
}

/// Signs in and keeps the session.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the server refuses the sign-in or the session cannot be saved.
pub async fn run(login: LoginArgs) -> Result<()> {
    let file = files()?.session;
    let profile = profile::current().option();
    if load(&file)?.is_some() {
        bail!("you are signed in already; to sign in again, run whosin{profile} logout first");
    }
    let secret = read_secret(&login)?;
    let server = login.homeserver.or(login.user_id.clone()).unwrap_or_default();
    let user = login.user.or(login.user_id).unwrap_or_default();
    let session = Session::sign_in(&Credentials { server, user, secret }).await?;
    if let Err(error) = session.kept().map_or(Ok(()), |kept| file.save(&kept)) {
        // Otherwise the account keeps a device that nobody can use.
        let _ = session.sign_out().await;
        return Err(error).wrap_err_with(|| format!("cannot save the session in {}", file.path().display()));
    }
    let line =
        format!("Signed in as {}. To open the dashboard, run whosin{profile}", session.account().user_id);
    Ok(print_lines([line]).await?)
}

fn read_secret(login: &LoginArgs) -> Result<Secret> {
    if login.token_stdin {
        return Ok(Secret::Token(read_line("access token")?));
    }
    if login.password_stdin {
        return Ok(Secret::Password(read_line("password")?));
    }
    if !stdin().is_terminal() {
        bail!("no terminal to prompt for the password; use --password-stdin");
    }
    let password = rpassword::prompt_password("Password: ").wrap_err("cannot read the password")?;
    Ok(Secret::Password(password))
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
