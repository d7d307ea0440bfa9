//! Signing in, and keeping the session.

use tokio::sync::mpsc;

use crate::store::files::cannot_be_written;
use crate::{
    model::event::{Credentials, Update},
    server::{Session, SessionFile},
};

/// A new session.
pub(super) struct SignedIn {
    pub session: Session,
    /// Why it could not be kept, if it could not.
    pub unkept: Option<String>,
}

/// Signs in and keeps the session. One that cannot be kept is used all the same.
pub(super) async fn sign_in_with(
    credentials: Credentials,
    file: Option<SessionFile>,
    sign_in: mpsc::Sender<SignedIn>,
    tell: mpsc::Sender<Update>,
) {
    match Session::sign_in(&credentials).await {
        Ok(session) => {
            let unkept = file.zip(session.kept()).and_then(|(file, kept)| {
                let error = file.save(&kept).err()?;
                Some(format!("the session is not kept, {}", cannot_be_written(&file, &error)))
            });
            let _ = sign_in.send(SignedIn { session, unkept }).await;
        }
        Err(trouble) => {
            let _ = tell.send(Update::SignInFailed(trouble.to_string())).await;
        }
    }
}
