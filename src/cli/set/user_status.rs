//! Sets the user status of `whosin set --status`.

use color_eyre::eyre::{Result, bail};
use jiff::{Timestamp, tz::TimeZone};
use tokio::time::timeout;

use super::{LIMIT, SetArgs, catch_up, who_remembers};
use crate::{
    cli::{
        daemon::start_errand,
        exit::Exit,
        output::{message, print_lines},
        presence_args::connect_to_watch,
    },
    engine::{Client, Role},
    model::{
        connection::{Connection, SIGNED_OUT},
        deadline,
        event::Command,
        profile::StatusRequest,
    },
};

/// What is said once, before the first status.
const PUBLIC: &str = "a user status is public: anyone can read it, also without an account";

/// Sets or clears the status, and prints it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in, the engine of the profile cannot be used, or the server
/// refuses.
pub async fn set(args: &SetArgs, request: StatusRequest) -> Result<Exit> {
    let mut client = connect_to_watch(Role::Command).await?;
    if request.status.is_some() && client.model().own().status().is_unexplained() {
        message(PUBLIC);
    }
    client.send(Command::SetStatus(request.clone()));
    let in_time = timeout(LIMIT, until_written(&mut client, args.no_wait)).await.is_ok();
    let is_here = client.is_engine_here();
    catch_up(&mut client).await;
    let not_saved = client.model().presence_not_saved().map(ToOwned::to_owned);
    let (status, server) = (client.model().own().status().clone(), client.model().server().to_owned());
    let why = lost(&client);
    let is_restoring = client.model().own().is_restoring();
    client.stop().await;
    if let Some(refused) = status.refused() {
        bail!("cannot set the status: {server}: {refused}; for details, run whosin doctor");
    }
    if !in_time && is_restoring {
        message(format_args!("others may see you as online: {server} did not accept your previous state"));
    } else if !in_time || (status.changing().is_some() && (is_here || !args.no_wait)) {
        bail!("cannot set the status: {}", why.unwrap_or_else(|| format!("{server} does not answer")));
    }
    if !args.no_wait {
        let line = status.shown().map_or_else(|| "no status".to_owned(), ToString::to_string);
        print_lines([line]).await?;
    }
    let Some(end) = request.until.filter(|_| request.status.is_some()) else { return Ok(Exit::Done) };
    let at = deadline::words(end.at, Timestamp::now(), &TimeZone::system());
    if let Some(why) = not_saved {
        message(format_args!("{} clears the status at {at}: {why}", who_remembers(is_here)));
        return Ok(Exit::Differs);
    }
    if !is_here {
        return Ok(Exit::Done);
    }
    if args.no_background {
        message(format_args!("The next dashboard clears the status at {at}."));
        return Ok(Exit::Done);
    }
    Ok(match start_errand().await {
        Ok(()) => {
            message(format_args!("whosin clears the status at {at} in the background"));
            Exit::Done
        }
        Err(error) => {
            message(format_args!("nothing clears the status at {at} but the next dashboard: {error:#}"));
            Exit::Differs
        }
    })
}

/// Waits until the status is written, or cannot be. `handed_over`: an engine in another process does the rest.
async fn until_written(client: &mut Client, handed_over: bool) {
    loop {
        let handed = handed_over && !client.is_engine_here();
        let own = client.model().own();
        let written = handed || (own.status().changing().is_none() && !own.is_restoring());
        if client.is_settled() && (written || lost(client).is_some()) {
            return;
        }
        client.turn().await;
    }
}

/// Returns why the server cannot be asked, if it never could.
fn lost(client: &Client) -> Option<String> {
    match client.model().connection() {
        Connection::Lost { as_of: None, reason, .. } => Some(reason.to_string()),
        Connection::SignedOut => Some(SIGNED_OUT.to_owned()),
        _ => None,
    }
}
