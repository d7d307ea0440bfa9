//! `whosin login`: sign in and keep the session.

use std::io::{IsTerminal, Read, stdin};

use color_eyre::eyre::{Result, WrapErr, bail};

use super::files;
use crate::{
    cli::Login,
    model::event::{Credentials, Secret},
    server::Session,
    store::profile,
};

/// Signs in and keeps the session.
///
/// # Errors
///
/// When the server does not let us in, or the session cannot be kept.
pub async fn run(login: Login) -> Result<()> {
    let file = files()?.session;
    let profile = profile::current().option();
    if file.load().is_ok_and(|kept| kept.is_some()) {
        bail!("you are signed in already; to sign in anew: whosin{profile} logout");
    }
    let secret = read_secret(&login)?;
    let server = login.homeserver.or(login.user_id.clone()).unwrap_or_default();
    let user = login.user.or(login.user_id).unwrap_or_default();
    let session = Session::sign_in(&Credentials { server, user, secret }).await?;
    if let Err(error) = session.kept().map_or(Ok(()), |kept| file.save(&kept)) {
        // A session that nobody can use again would only stand in the account's list of devices.
        let _ = session.sign_out().await;
        return Err(error)
            .wrap_err_with(|| format!("the session cannot be kept in {}", file.path().display()));
    }
    println!("Signed in as {}. Open the dashboard: whosin{profile}", session.account().user_id);
    Ok(())
}

fn read_secret(login: &Login) -> Result<Secret> {
    if login.token_stdin {
        return Ok(Secret::Token(read_line("access token")?));
    }
    if login.password_stdin {
        return Ok(Secret::Password(read_line("password")?));
    }
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask for the password; give it with --password-stdin");
    }
    let password = rpassword::prompt_password("Password: ").wrap_err("the password cannot be read")?;
    Ok(Secret::Password(password))
}

/// Reads standard input to its end, without the line break that `echo` and password managers add.
fn read_line(what: &str) -> Result<String> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).wrap_err_with(|| format!("the {what} cannot be read"))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("there is no {what} on standard input");
    }
    Ok(line.to_owned())
}
