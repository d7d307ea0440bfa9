//! Signing in from the dashboard's form.

use std::sync::Arc;

use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{
    host::desktop,
    model::{
        credentials::Credentials,
        session::{SavedSession, SessionVault, TokenStore},
    },
    server::{
        Session,
        auth::{Choice, Homeserver, Progress, Wanted, Way},
    },
    store::{
        secrets::{self, Patience, SystemKeyring, TokenStorePreference},
        session_store::SessionStore,
    },
};

/// A new session.
pub(super) struct SignedIn {
    pub session: Session,
    /// Why the session is not there at the next start.
    pub not_saved: Option<String>,
}

/// An attempt to sign in. Its errors are sentences for the form.
pub(super) struct Attempt {
    /// Where the session is saved; `None` for nowhere.
    pub store: Option<SessionStore>,
    /// Where the tokens are to be.
    pub preference: TokenStorePreference,
    /// Learns what the person has to do in a browser.
    pub report: mpsc::Sender<Progress>,
}

impl Attempt {
    /// Signs in with a password and saves the session.
    pub(super) async fn by_password(self, credentials: Credentials) -> Result<SignedIn, String> {
        let token_store = self.choose_token_store().await?;
        let session = Session::sign_in(&credentials).await.map_err(sentence)?;
        self.keep(SavedSession { token_store, ..session.saved() }).await
    }

    /// Signs in by a browser, in the way that the server offers, and saves the session.
    pub(super) async fn by_browser(self, server: String, user: String) -> Result<SignedIn, String> {
        let token_store = self.choose_token_store().await?;
        let user = if user.is_empty() && server.starts_with('@') { server.clone() } else { user };
        let homeserver = Homeserver::find(&server).await.map_err(sentence)?;
        let wanted = Wanted { user: Some(user), device_id: None };
        let mut flow = homeserver.start(choice(&homeserver)?, wanted);
        loop {
            match flow.next().await {
                Some(Progress::Done(session)) => {
                    return self.keep(SavedSession { token_store, ..*session }).await;
                }
                Some(Progress::Failed(error)) => return Err(sentence(error)),
                // Nobody listens any more only when the attempt is about to end.
                Some(progress) => _ = self.report.send(progress).await,
                None => return Err("The sign-in ended without a result. This is a bug.".to_owned()),
            }
        }
    }

    /// Decides before the server is asked: a sign-in whose tokens have no place would be lost.
    async fn choose_token_store(&self) -> Result<TokenStore, String> {
        if self.store.is_none() {
            return Ok(TokenStore::File);
        }
        let preference = self.preference;
        let chosen = spawn_blocking(move || secrets::choose(preference, &SystemKeyring(Patience::Dialog)));
        chosen.await.map_err(sentence)?.map_err(sentence)
    }

    /// Saves the session. One that cannot be saved is used all the same.
    async fn keep(&self, saved: SavedSession) -> Result<SignedIn, String> {
        let mut not_saved = None;
        if let Some(store) = &self.store
            && let Err(error) = SessionVault::save(&store.with_dialog(), saved.clone()).await
        {
            not_saved = Some(format!("the session is not kept: {error}"));
        }
        let store = self.store.clone().filter(|_| not_saved.is_none());
        let store = store.map(|store| Arc::new(store) as Arc<dyn SessionVault>);
        let session = Session::restore(saved, store).await.map_err(sentence)?;
        Ok(SignedIn { session, not_saved })
    }
}

/// The way that needs no password: a code works in any browser, and comes first.
fn choice(homeserver: &Homeserver) -> Result<Choice, String> {
    let ways = homeserver.ways();
    let has_sso = ways.iter().any(|way| matches!(way, Way::Sso(_)));
    if ways.contains(&Way::DeviceCode) {
        Ok(Choice::DeviceCode)
    } else if !ways.contains(&Way::Browser) && !has_sso {
        Err(format!("{} offers no sign-in by a browser. Type your password.", homeserver.name()))
    } else if !desktop::has_browser() {
        Err(format!("{} needs a browser on this machine. Run whosin login.", homeserver.name()))
    } else if has_sso && !ways.contains(&Way::Browser) {
        Ok(Choice::Sso(None))
    } else {
        Ok(Choice::Browser)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn sentence(error: impl ToString) -> String {
    error.to_string()
}
