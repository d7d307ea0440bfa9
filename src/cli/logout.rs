//! `whosin logout`: end the session on the server and delete its files.

use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::{Result, WrapErr, bail};
use jiff::SignedDuration;

use super::{
    config, history,
    output::{message, print_lines},
    prompt::{confirm, has_person},
    session::{explain, files},
};
use crate::{
    engine::leave_for_good,
    model::{
        session::{SavedSession, SessionKind},
        text,
    },
    server::{
        Session,
        auth::{SignOutError, sign_out, sign_out_pasted},
    },
    store::{files::Files, session_store::StoreError, state_file::StateFile},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin logout
  whosin logout --forget                 when the server cannot be told

whosin sets offline first, unless on_quit keeps your state; it ends busy in any case. Then the session ends on the \
server. Without the server's answer the session is kept, so that it can be ended later. If you pasted its token, whosin \
asks first: ending the session signs out the program that the token is from.";

/// How to sign out.
#[derive(Args, Debug)]
pub struct LogoutArgs {
    /// Forget the session here, even when the server cannot be told.
    #[arg(long)]
    pub forget: bool,
}

/// Ends the kept session. One that has ended already is forgotten without more ado.
///
/// # Errors
///
/// When the server cannot be told. The session is kept then, so that it can be ended later, unless it is to be
/// forgotten.
pub async fn run(logout: &LogoutArgs) -> Result<()> {
    let files = files()?;
    if !files.session.path().exists() {
        return Ok(print_lines(["Not signed in."]).await?);
    }
    // A renewal under way would save tokens that are not revoked.
    let _lock = match files.session.hold().await {
        Err(error) if !logout.forget => return Err(explain(error)),
        lock => lock.ok(),
    };
    let session = match files.session.load() {
        Ok(Some(session)) => session,
        Ok(None) => {
            return Ok(print_lines(["Not signed in."]).await?);
        }
        // Nothing is left that could be ended.
        Err(StoreError::NoTokens) => return forget(&files, "Forgot a session without tokens.").await,
        Err(error) if logout.forget => {
            message(&error);
            return forget(&files, "Forgot the session. It may live on at the server.").await;
        }
        Err(error) => return Err(explain(error)),
    };
    let session = end_presence(&files, session).await;
    let ended = match sign_out(&session).await {
        Err(error @ SignOutError::OfAnotherProgram) if !logout.forget => {
            message(&error);
            if !has_person() || !confirm("End that session?")? {
                bail!("the session stays");
            }
            sign_out_pasted(&session).await
        }
        ended => ended,
    };
    match ended {
        Ok(()) => forget(&files, &format!("Signed out {}.", text::id(session.user_id.as_str()))).await,
        Err(error) if logout.forget => {
            message(&error);
            let sentence = format!(
                "Forgot the session of {}. It may live on at the server.",
                text::id(session.user_id.as_str())
            );
            forget(&files, &sentence).await
        }
        Err(error) => Err(error).wrap_err("cannot end the session on the server, so it stays"),
    }
}

/// Ends the own presence as configured: after the session has ended, nothing could. Returns the session, whose tokens
/// may be new.
async fn end_presence(files: &Files, session: SavedSession) -> SavedSession {
    // The session of a pasted token is another program's.
    if session.kind == SessionKind::Token {
        return session;
    }
    let settings = config::load().unwrap_or_default().settings();
    match Session::restore(session.clone(), Some(Arc::new(files.session.clone()))) {
        Ok(restored) => {
            leave_for_good(&restored, &settings, |line| message(line)).await;
            restored.saved()
        }
        Err(_) => session,
    }
}

async fn forget(files: &Files, sentence: &str) -> Result<()> {
    match files.session.remove() {
        // The session is forgotten, and only these words can say what is left.
        Err(error @ StoreError::EntryStays(_)) => message(error),
        removed => removed?,
    }
    let removed = files.presence.remove().and_then(|()| files.preferences.remove());
    let removed = removed.and_then(|()| files.cache.as_ref().map_or(Ok(()), StateFile::remove));
    removed.wrap_err("cannot remove the files beside the session")?;
    let mut lines = vec![sentence];
    if history::archive(files, SignedDuration::MAX).path().exists() {
        lines.push("The history of your contacts is kept. To delete it, run whosin history forget");
    }
    Ok(print_lines(lines).await?)
}
