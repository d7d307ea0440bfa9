//! Signing in: finding the homeserver, proving who we are, and taking up a kept session again.

use std::{net::IpAddr, sync::Arc};

use matrix_sdk::{
    Client, ClientBuilder, Error, SessionMeta, SessionTokens,
    authentication::matrix::MatrixSession,
    reqwest,
    ruma::{UserId, api::MatrixVersion, api::error::ErrorKind},
    store::RoomLoadSettings,
};

use super::{Kind, Session, Trouble, host, once, session_file::Kept};
use crate::model::{
    credentials::{Credentials, Secret},
    event::Account,
};

impl Session {
    /// Signs in as a new device, or with a token as the device that it belongs to.
    ///
    /// # Errors
    ///
    /// Whatever the person can do something about, in a sentence.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, Trouble> {
        let (server, user) = credentials.server_and_user();
        let client = find(server).await?;
        let server = host(client.homeserver().as_str());
        match &credentials.secret {
            Secret::Password(password) => {
                let name = format!("whosin on {}", rustix::system::uname().nodename().to_string_lossy());
                let auth = client.matrix_auth();
                let login = auth.login_username(user, password).initial_device_display_name(&name);
                login.send().await.map_err(|error| refusal(&server, &error))?;
            }
            Secret::Token(token) => restore(&client, who(&client, token.clone()).await?).await?,
        }
        Ok(Self::of(client))
    }

    /// Takes up a kept session, without asking the server: whether it is still good shows with the first request.
    ///
    /// # Errors
    ///
    /// When the kept address is none.
    pub async fn take_up(kept: Kept) -> Result<Self, Trouble> {
        let found = builder(&kept.homeserver).homeserver_url(&kept.homeserver).build().await;
        let client = found.map_err(|error| Trouble::finding(&kept.homeserver, &error))?;
        restore(&client, kept.session).await?;
        Ok(Self::of(client))
    }

    /// What to keep of this session.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        let session = self.client.matrix_auth().session()?;
        Some(Kept { homeserver: self.account.homeserver.clone(), session })
    }

    fn of(client: Client) -> Self {
        let user_id = client.user_id().expect("a session has a user").to_owned();
        let homeserver = client.homeserver().to_string();
        let device_id = client.device_id().map(ToString::to_string).unwrap_or_default();
        Self { client, account: Arc::new(Account { user_id, homeserver, device_id }) }
    }
}

impl Credentials {
    /// The server to ask, and the user to sign in there: `server` alone can say both as a user ID.
    fn server_and_user(&self) -> (&str, &str) {
        match self.server.split_once(':') {
            Some((user, server)) if user.starts_with('@') => {
                (server, if self.user.is_empty() { &self.server } else { &self.user })
            }
            _ => (&self.server, &self.user),
        }
    }
}

/// The paths of the API are those of Matrix 1.1, which every server with presence knows; naming it here saves
/// a question to `/versions` before each first request.
fn builder(server: &str) -> ClientBuilder {
    let agent = concat!("whosin/", env!("CARGO_PKG_VERSION"));
    let builder =
        Client::builder().server_versions([MatrixVersion::V1_1]).request_config(once()).user_agent(agent);
    if !is_loopback(server) {
        return builder;
    }
    // `http_proxy` names another machine, which cannot reach this one by a loopback address.
    match reqwest::Client::builder().no_proxy().user_agent(agent).build() {
        Ok(client) => builder.http_client(client),
        Err(_) => builder,
    }
}

/// Whether a server, by its URL or its name, is this machine.
fn is_loopback(server: &str) -> bool {
    let server = host(server);
    let authority = server.split('/').next().unwrap_or_default();
    let name = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Finds a homeserver by its URL or by its server name through `.well-known`.
async fn find(server: &str) -> Result<Client, Trouble> {
    let trouble = |error| Trouble::finding(&host(server), &error);
    let builder = builder(server);
    if server.contains("://") {
        let client = builder.homeserver_url(server).build().await.map_err(trouble)?;
        let versions = client.fetch_server_versions(None).await;
        return versions.map(|_| client).map_err(|error| trouble(error.into()));
    }
    let scheme = if is_loopback(server) { "http" } else { "https" };
    builder.server_name_or_homeserver_url(format!("{scheme}://{server}")).build().await.map_err(trouble)
}

/// Asks the server whose token this is.
async fn who(client: &Client, access_token: String) -> Result<MatrixSession, Trouble> {
    let tokens = SessionTokens { access_token, refresh_token: None };
    // The SDK sends a token only for somebody, so the first question is asked in nobody's name.
    let nobody = UserId::parse("@nobody:localhost").expect("is a user ID");
    let meta = SessionMeta { user_id: nobody, device_id: "whosin".into() };
    let server = host(client.homeserver().as_str());
    let asking = builder(client.homeserver().as_str()).homeserver_url(client.homeserver()).build().await;
    let asking = asking.map_err(|error| Trouble::finding(&server, &error))?;
    restore(&asking, MatrixSession { meta, tokens: tokens.clone() }).await?;
    let answer = asking.whoami().await.map_err(|error| Trouble::new(&server, &error))?;
    let device_id = answer.device_id.unwrap_or_else(|| "whosin".into());
    Ok(MatrixSession { meta: SessionMeta { user_id: answer.user_id, device_id }, tokens })
}

async fn restore(client: &Client, session: MatrixSession) -> Result<(), Trouble> {
    let restored = client.matrix_auth().restore_session(session, RoomLoadSettings::default()).await;
    restored.map_err(|error| refusal(&host(client.homeserver().as_str()), &error))
}

/// Why signing in did not work. The same errcode means something else here than in other requests.
fn refusal(server: &str, error: &Error) -> Trouble {
    let kind = match error.client_api_error_kind() {
        Some(ErrorKind::Forbidden) => Some(Kind::WrongPassword),
        Some(ErrorKind::Unknown | ErrorKind::Unrecognized | ErrorKind::NotFound) => Some(Kind::NoPasswords),
        _ => None,
    };
    match (kind, error) {
        (Some(kind), _) => Trouble { server: server.to_owned(), kind },
        (None, Error::Http(error)) => Trouble::new(server, error),
        (None, error) => Trouble { server: server.to_owned(), kind: Kind::Other(error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_name_and_by_address() {
        for here in
            ["localhost", "http://127.0.0.1:8008/", "127.0.1.1:80", "http://[::1]:8008", "http://localhost/x"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in
            ["example.org", "https://localhost.example.org", "https://10.0.0.1:8448", "https://[2001:db8::1]"]
        {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
