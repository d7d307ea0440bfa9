//! `whosin is`: a question that the exit status answers.

use color_eyre::eyre::Result;

use super::{signed_in, status::ask, users::user_id};
use crate::{
    cli::{Exit, Is},
    presence::Presence,
};

/// Says whether somebody is in a state.
///
/// # Errors
///
/// When that cannot be told.
pub async fn run(args: Is) -> Result<Exit> {
    let session = signed_in().await?;
    let user = user_id(&args.user, &session.account().user_id)?;
    let asked: Presence = match args.state.as_str() {
        "free" => Presence::Online,
        state => state.parse()?,
    };
    let heard = ask(&session, &user).await?;
    Ok(if heard.presence == asked { Exit::Done } else { Exit::No })
}
