//! `whosin logout`: end the session on the server and delete its files.

use color_eyre::eyre::{Result, WrapErr};
use jiff::SignedDuration;

use super::{
    history,
    output::print_lines,
    session::{files, take_up},
};
use crate::server::ErrorKind;

/// Ends the kept session.
///
/// # Errors
///
/// [`ServerError`](crate::server::ServerError) when the server does not answer. The session stays then, so that it can be ended
/// later.
pub async fn run() -> Result<()> {
    let files = files()?;
    let Some(session) = take_up(&files.session).await? else {
        return Ok(print_lines(["Not signed in."]).await?);
    };
    match session.sign_out().await {
        Err(trouble) if trouble.kind != ErrorKind::SignedOut => {
            return Err(trouble).wrap_err("cannot end the session on the server, so it stays");
        }
        _ => {}
    }
    let removed = files
        .session
        .remove()
        .and_then(|()| files.presence.remove())
        .and_then(|()| files.preferences.remove());
    removed.wrap_err_with(|| {
        format!("cannot remove {} and the files beside it", files.session.path().display())
    })?;
    let mut lines = vec![format!("Signed out {}.", session.account().user_id)];
    if history::archive(&files, SignedDuration::MAX).path().exists() {
        lines
            .push("The history of your contacts is kept. To delete it, run whosin history forget".to_owned());
    }
    Ok(print_lines(lines).await?)
}
