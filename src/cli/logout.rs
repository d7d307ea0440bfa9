//! `whosin logout`: end the session on the server and forget it here.

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
/// When the server cannot be told. The session is kept then, so that it can be ended later.
pub async fn run() -> Result<()> {
    let files = files()?;
    let Some(session) = take_up(&files.session).await? else {
        return Ok(print_lines(["Nobody is signed in."]).await?);
    };
    match session.sign_out().await {
        Err(trouble) if trouble.kind != ErrorKind::SignedOut => {
            return Err(trouble).wrap_err("the session goes on, because the server could not be told");
        }
        _ => {}
    }
    let removed = files
        .session
        .remove()
        .and_then(|()| files.presence.remove())
        .and_then(|()| files.preferences.remove());
    removed.wrap_err_with(|| format!("{} cannot be removed", files.session.path().display()))?;
    let mut lines = vec![format!("Signed out {}.", session.account().user_id)];
    if history::archive(&files, SignedDuration::MAX).path().exists() {
        lines.push(
            "What your contacts did is still written down. To delete it: whosin history forget".to_owned(),
        );
    }
    Ok(print_lines(lines).await?)
}
