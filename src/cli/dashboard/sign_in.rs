//! Signing in from the dashboard's form.

use tokio::task::spawn_blocking;

use crate::{
    model::credentials::Credentials,
    server::{
        Session,
        auth::{SavedSession, SessionStore},
    },
    store::secrets::{self, Patience, SystemKeyring, TokenStorePreference},
};

/// A new session.
pub(super) struct SignedIn {
    pub session: Session,
    /// Why the session is not there at the next start.
    pub not_saved: Option<String>,
}

/// Signs in and saves the session. One that cannot be saved is used all the same.
///
/// # Errors
///
/// A sentence for the form: the server refuses, or the keyring is locked.
pub(super) async fn sign_in(
    credentials: Credentials,
    store: Option<SessionStore>,
    preference: TokenStorePreference,
) -> Result<SignedIn, String> {
    let ask = async || Session::sign_in(&credentials).await.map_err(|error| error.to_string());
    let Some(store) = store else { return Ok(SignedIn { session: ask().await?, not_saved: None }) };
    // Before the server is asked: a sign-in whose tokens have no place would be lost.
    let chosen = spawn_blocking(move || secrets::choose(preference, &SystemKeyring(Patience::Dialog)));
    let token_store = chosen.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let session = ask().await?;
    let saved = SavedSession { token_store, ..session.saved() };
    if let Err(error) = store.with_dialog().save_in_background(saved.clone()).await {
        return Ok(SignedIn { session, not_saved: Some(format!("the session is not kept: {error}")) });
    }
    let session = Session::restore(saved, Some(store)).await.map_err(|error| error.to_string())?;
    Ok(SignedIn { session, not_saved: None })
}
