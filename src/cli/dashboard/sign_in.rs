//! What the sign-in form asks for: of servers, of browsers and of the session's files.

use std::{future::pending, sync::Arc};

use tokio::{
    select,
    task::{JoinSet, spawn_blocking},
};

use crate::{
    host::desktop,
    model::{
        credentials::{Credentials, Secret, Way},
        session::{SavedSession, SessionVault, TokenStore},
    },
    server::{
        Session,
        auth::{BrowserWay, Flow, Homeserver, Progress, Proof, Wanted},
    },
    store::{
        secrets::{self, Patience, SystemKeyring, TokenStorePreference},
        session_store::SessionStore,
    },
    ui::sign_in::Offer,
};

/// A new session.
pub(super) struct SignedIn {
    pub session: Session,
    /// Why the session is not there at the next start.
    pub not_saved: Option<String>,
}

/// Where a session is saved.
#[derive(Clone)]
pub(super) struct Place {
    /// `None` for nowhere.
    pub store: Option<SessionStore>,
    /// Where the tokens are to be.
    pub preference: TokenStorePreference,
}

/// The attempts of one form. Dropping it ends them.
pub(super) struct Attempts {
    place: Place,
    /// The session that the server has ended. Its device goes on.
    ended: Option<SavedSession>,
    homeserver: Option<Homeserver>,
    /// The sign-in that waits for a browser.
    flow: Option<Flow>,
    /// Where the tokens of that go.
    token_store: TokenStore,
    steps: JoinSet<Result<Step, String>>,
}

/// A finished step of an attempt.
enum Step {
    Found(Box<Homeserver>),
    /// The tokens have a place, so the browser may open.
    Placed(TokenStore, BrowserWay, Wanted),
    SignedIn(Box<SignedIn>),
}

/// An event for the form. Errors are sentences.
pub(super) enum SignInEvent {
    Found(Offer),
    Progress(Progress),
    /// The session is there and is being saved.
    Saving,
    SignedIn(Box<SignedIn>),
    Failed(String),
}

impl Attempts {
    pub(super) fn new(place: Place, ended: Option<SavedSession>) -> Self {
        let token_store = TokenStore::File;
        Self { place, ended, homeserver: None, flow: None, token_store, steps: JoinSet::new() }
    }

    /// Asks a server what it offers.
    pub(super) fn find(&mut self, server: String) {
        self.cancel();
        self.steps.spawn(async move {
            Ok(Step::Found(Box::new(Homeserver::find(&server).await.map_err(sentence)?)))
        });
    }

    /// Signs in by a browser. The token store comes first: a sign-in whose tokens have no place would be lost.
    pub(super) fn browse(&mut self, way: &Way, user: String) {
        self.cancel();
        let (Some(choice), Some(homeserver)) = (BrowserWay::of(way), &self.homeserver) else { return };
        let (place, wanted) = (self.place.clone(), homeserver.wanted(Some(user), self.ended.as_ref()));
        self.steps.spawn(async move {
            let token_store = place.choose_token_store().await?;
            Ok(Step::Placed(token_store, choice, wanted))
        });
    }

    /// Signs in with a password, or takes a token over.
    pub(super) fn sign_in(&mut self, Credentials { user, secret, .. }: Credentials) {
        self.cancel();
        let Some(homeserver) = self.homeserver.clone() else { return };
        let wanted = homeserver.wanted(Some(user.clone()), self.ended.as_ref());
        let place = self.place.clone();
        let proof = match secret {
            Secret::Password(password) => Proof::Password { user, password },
            Secret::Token(token) => Proof::Token(token),
        };
        self.steps.spawn(async move {
            let token_store = place.choose_token_store().await?;
            let session = homeserver.sign_in(proof, &wanted).await.map_err(sentence)?;
            place.keep(SavedSession { token_store, ..session }).await
        });
    }

    /// Passes on the address at which the browser has ended.
    pub(super) fn redirected(&self, address: String) {
        if let Some(flow) = &self.flow {
            flow.paste(address);
        }
    }

    /// Ends what is in progress. Tokens that still arrive are revoked.
    pub(super) fn cancel(&mut self) {
        self.flow = None;
        self.steps = JoinSet::new();
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> SignInEvent {
        loop {
            select! {
                Some(step) = self.steps.join_next() => {
                    let bug = |error| Err(format!("whosin failed: {error}. This is a bug."));
                    match step.unwrap_or_else(bug) {
                        Ok(Step::Found(homeserver)) => return SignInEvent::Found(self.offer(*homeserver)),
                        Ok(Step::Placed(token_store, choice, wanted)) => {
                            self.token_store = token_store;
                            self.flow = self.homeserver.as_ref().map(|it| it.start(choice, wanted));
                        }
                        Ok(Step::SignedIn(signed_in)) => return SignInEvent::SignedIn(signed_in),
                        Err(why) => return SignInEvent::Failed(why),
                    }
                }
                progress = next(&mut self.flow) => return self.on_progress(progress),
            }
        }
    }

    fn offer(&mut self, homeserver: Homeserver) -> Offer {
        let offer = Offer {
            server: homeserver.name(),
            ways: Way::best_first(homeserver.ways().to_vec(), desktop::has_browser()),
            tokens_expire: homeserver.has_oauth(),
        };
        self.homeserver = Some(homeserver);
        offer
    }

    fn on_progress(&mut self, progress: Option<Progress>) -> SignInEvent {
        match progress {
            Some(Progress::Done(session)) => {
                self.flow = None;
                let (place, token_store) = (self.place.clone(), self.token_store);
                self.steps.spawn(async move { place.keep(SavedSession { token_store, ..*session }).await });
                SignInEvent::Saving
            }
            Some(Progress::Failed(error)) => {
                self.flow = None;
                SignInEvent::Failed(error.to_string())
            }
            Some(progress) => SignInEvent::Progress(progress),
            None => {
                self.flow = None;
                SignInEvent::Failed("The sign-in ended without a result. This is a bug.".to_owned())
            }
        }
    }
}

async fn next(flow: &mut Option<Flow>) -> Option<Progress> {
    match flow {
        Some(flow) => flow.next().await,
        None => pending().await,
    }
}

impl Place {
    async fn choose_token_store(&self) -> Result<TokenStore, String> {
        if self.store.is_none() {
            return Ok(TokenStore::File);
        }
        let preference = self.preference;
        let chosen = spawn_blocking(move || secrets::choose(preference, &SystemKeyring(Patience::Dialog)));
        chosen.await.map_err(sentence)?.map_err(sentence)
    }

    /// Saves the session. One that cannot be saved is used all the same.
    async fn keep(&self, saved: SavedSession) -> Result<Step, String> {
        let mut not_saved = None;
        if let Some(store) = &self.store
            && let Err(error) = store.with_dialog().replace(saved.clone()).await
        {
            not_saved = Some(format!("the session is not kept: {error}"));
        }
        let store = self.store.clone().filter(|_| not_saved.is_none());
        let store = store.map(|store| Arc::new(store) as Arc<dyn SessionVault>);
        let session = Session::restore(saved, store).map_err(sentence)?;
        Ok(Step::SignedIn(Box::new(SignedIn { session, not_saved })))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn sentence(error: impl ToString) -> String {
    error.to_string()
}
