//! `whosin is`: a question that the exit status answers.

use color_eyre::eyre::Result;

use super::{observe::group, signed_in, status::ask, users::user_id};
use crate::{
    cli::{Exit, Is},
    model::contacts::Group,
};

/// Says whether somebody is in a state.
///
/// # Errors
///
/// When that cannot be told.
pub async fn run(args: Is) -> Result<Exit> {
    let session = signed_in().await?;
    let user = user_id(&args.user, &session.account().user_id)?;
    let heard = ask(&session, &user).await?;
    Ok(if Group::of(Some(&heard.presence)) == group(args.state) { Exit::Done } else { Exit::No })
}
