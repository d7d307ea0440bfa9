//! A homeserver before anybody is signed in: what it offers, and a sign-in by one of its ways.

use matrix_sdk::{
    Client,
    ruma::{DeviceId, OwnedDeviceId},
};

use super::{
    super::{discovery::find, host},
    code::{self, Dialogue},
    device_code,
    discovery::{Discovery, discover},
    error::SignInError,
    flow::Flow,
    oauth::OAuthClient,
    sign_in::{self, Proof},
    sso,
};
use crate::model::{
    credentials::Way,
    session::{SavedSession, SessionKind, Tokens},
};

/// A homeserver that was found and asked what it offers.
#[derive(Clone)]
pub struct Homeserver {
    client: Client,
    discovery: Discovery,
}

/// A way to sign in that needs a browser.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BrowserWay {
    /// OAuth 2.0 in a browser on this machine.
    Browser,
    /// OAuth 2.0 in a browser anywhere, by a code.
    DeviceCode,
    /// Legacy single sign-on by this provider, or by the server's choice.
    Sso(Option<String>),
}

impl BrowserWay {
    /// Returns the choice of a way. `None`: it needs no browser.
    #[must_use]
    pub fn of(way: &Way) -> Option<Self> {
        match way {
            Way::Browser => Some(Self::Browser),
            Way::DeviceCode => Some(Self::DeviceCode),
            Way::Sso(provider) => Some(Self::Sso(provider.as_ref().map(|provider| provider.id.clone()))),
            Way::Password | Way::Token => None,
        }
    }
}

/// Who is to be signed in, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The user ID or name that was typed. Another account is refused.
    pub user: Option<String>,
    /// The device of the session that this one replaces.
    pub device_id: Option<OwnedDeviceId>,
}

impl Homeserver {
    /// Finds a homeserver by its URL, its server name or a whole user ID, and asks what it offers.
    ///
    /// # Errors
    ///
    /// [`SignInError`], when it is not there or cannot be understood.
    pub async fn find(server: &str) -> Result<Self, SignInError> {
        let server = match server.split_once(':') {
            Some((user, server)) if user.starts_with('@') => server,
            _ => server,
        };
        let client = find(server).await?;
        let discovery = discover(&client).await?;
        tracing::info!(ways = ?discovery.ways, "what the homeserver offers");
        Ok(Self { client, discovery })
    }

    /// Returns the host, for sentences.
    #[must_use]
    pub fn name(&self) -> String {
        host(self.client.homeserver().as_str())
    }

    /// Returns the ways that it offers, the best first.
    #[must_use]
    pub fn ways(&self) -> &[Way] {
        &self.discovery.ways
    }

    /// Returns whether it signs people in by OAuth 2.0.
    #[must_use]
    pub fn has_oauth(&self) -> bool {
        self.discovery.metadata.is_some()
    }

    /// Returns whom to sign in. The device of a session that has ended goes on, if it is the same account's and was
    /// not another program's.
    #[must_use]
    pub fn wanted(&self, user: Option<String>, ended: Option<&SavedSession>) -> Wanted {
        let is_same = |ended: &&SavedSession| {
            let is_here = ended.homeserver == self.client.homeserver().as_str();
            let user = user.as_deref().unwrap_or_default();
            // Where only the browser knows the user: another one's device would have the ID, which harms nobody.
            let is_fitting = user.is_empty() || ended.user_id.localpart() == user;
            ended.kind != SessionKind::Token && (ended.user_id == user || is_here && is_fitting)
        };
        let device_id = ended.filter(is_same).map(|ended| ended.device_id.clone());
        Wanted { user, device_id }
    }

    /// Starts a sign-in. Dropping the flow ends it.
    #[must_use]
    pub fn start(&self, choice: BrowserWay, wanted: Wanted) -> Flow {
        let this = self.clone();
        Flow::start(|dialogue| async move { this.run(choice, &wanted, dialogue).await })
    }

    /// Signs in with a password, or takes an access token over. If the future is dropped meanwhile, the new session
    /// ends.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub async fn sign_in(&self, proof: Proof, wanted: &Wanted) -> Result<SavedSession, SignInError> {
        Ok(match proof {
            Proof::Password { user, password } => {
                let (client, device_id) = (self.client.clone(), wanted.device_id.clone());
                sign_in::unless_dropped(async move {
                    Ok(sign_in::by_password(&client, &user, &password, device_id.as_deref()).await?)
                })
                .await?
            }
            Proof::Token(token) => {
                let tokens = Tokens::from_access_token(token);
                sign_in::with_tokens(&self.client, tokens, SessionKind::Token, None).await?
            }
        })
    }

    async fn run(
        &self,
        choice: BrowserWay,
        wanted: &Wanted,
        mut dialogue: Dialogue,
    ) -> Result<SavedSession, SignInError> {
        if let BrowserWay::Sso(provider) = choice {
            let token = sso::run(&self.client, provider.as_deref(), &mut dialogue).await?;
            let (client, Wanted { user, device_id }) = (self.client.clone(), wanted.clone());
            return sign_in::unless_dropped(async move {
                let session = sign_in::by_login_token(&client, token, device_id.as_deref()).await?;
                sign_in::expect_user(SavedSession { provider, ..session }, user.as_deref()).await
            })
            .await;
        }
        if let Some(known) = wanted.device_id.as_deref().filter(|id| is_scope_token(id)) {
            match self.authorize(&choice, wanted, known, &mut dialogue).await {
                Err(SignInError::DeviceRefused { .. }) => {}
                done => return done,
            }
        }
        // Ten letters and digits: MAS takes none that is shorter.
        self.authorize(&choice, wanted, &DeviceId::new(), &mut dialogue).await
    }

    /// Signs in by OAuth 2.0 with this device. The tokens are nobody's until all is known about them.
    async fn authorize(
        &self,
        choice: &BrowserWay,
        wanted: &Wanted,
        device_id: &DeviceId,
        dialogue: &mut Dialogue,
    ) -> Result<SavedSession, SignInError> {
        let Some(metadata) = &self.discovery.metadata else {
            return Err(SignInError::NotOffered { server: self.name(), way: "by OAuth 2.0" });
        };
        let oauth = OAuthClient::register(&self.client, metadata).await?;
        let user = wanted.user.as_deref();
        let unclaimed = match choice {
            BrowserWay::DeviceCode => device_code::run(&oauth, device_id, &dialogue.progress).await?,
            _ => code::run(&oauth, device_id, user.filter(|user| user.starts_with('@')), dialogue).await?,
        };
        let client_id = Some(oauth.client_id.to_string());
        let tokens = unclaimed.tokens().clone();
        let session = sign_in::with_tokens(&self.client, tokens, SessionKind::Oauth, client_id).await?;
        if let Err(error) = sign_in::check_user(&session, user) {
            unclaimed.revoke().await;
            return Err(error);
        }
        sign_in::name_device(&self.client, &session).await;
        unclaimed.claim();
        Ok(session)
    }
}

/// Returns whether every server takes a scope with this device. MAS takes no ID under ten characters, and no `~`.
fn is_scope_token(device_id: &DeviceId) -> bool {
    let id = device_id.as_str();
    id.len() >= 10 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl std::fmt::Debug for Homeserver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Homeserver").field("name", &self.name()).finish_non_exhaustive()
    }
}
