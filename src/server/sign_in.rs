//! Signing in with a password or a token, and resuming a saved session.

use std::sync::Arc;

use matrix_sdk::{
    Client, SessionMeta, SessionTokens,
    authentication::matrix::MatrixSession,
    reqwest::Url,
    ruma::{OwnedDeviceId, UserId},
    store::RoomLoadSettings,
};
use serde_json::json;

use super::{
    ErrorKind, ServerError, Session,
    discovery::{builder, find},
    host,
    http::{self, Answer, Limits, Request},
    json::Object,
    session_file::Kept,
};
use crate::model::{
    credentials::{Credentials, Secret},
    event::Account,
};

/// The device ID for tokens without a device, such as an application service's.
const NO_DEVICE: &str = "whosin";

impl Session {
    /// Signs in as a new device. A token signs in as its own device.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the server is not found or refuses.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, ServerError> {
        let (server, user) = credentials.server_and_user();
        let client = find(server).await?;
        let session = match &credentials.secret {
            Secret::Password(password) => log_in(&client, user, password).await?,
            Secret::Token(token) => who_am_i(&client, token).await?,
        };
        restore(&client, session).await?;
        Ok(Self::of(client))
    }

    /// Resumes a saved session without asking the server: the first request shows whether it is still valid.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the saved address is invalid.
    pub async fn take_up(kept: Kept) -> Result<Self, ServerError> {
        let no_server = || ServerError::new(&kept.homeserver, ErrorKind::NoServerName);
        let address = Url::parse(&kept.homeserver).map_err(|_| no_server())?;
        let client = builder(&address)?.homeserver_url(&address).build().await.map_err(|_| no_server())?;
        restore(&client, kept.session).await?;
        Ok(Self::of(client))
    }

    /// Returns the session in the form that is saved.
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
    /// Returns the server and the user. `server` may be a whole user ID, which contains both.
    fn server_and_user(&self) -> (&str, &str) {
        match self.server.split_once(':') {
            Some((user, server)) if user.starts_with('@') => {
                (server, if self.user.is_empty() { &self.server } else { &self.user })
            }
            _ => (&self.server, &self.user),
        }
    }
}

/// Signs in with a password.
async fn log_in(client: &Client, user: &str, password: &str) -> Result<MatrixSession, ServerError> {
    let body = json!({
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name":
            format!("whosin on {}", rustix::system::uname().nodename().to_string_lossy()),
    });
    let request = Request::post(&["_matrix", "client", "v3", "login"], body, Limits::SIGN_IN);
    let answer = send(client, None, request).await.map_err(refusal)?;
    let token = Object::parse(&answer.body).and_then(|it| it.text("access_token"));
    session(client, &answer, token)
}

/// Looks up the account and the device of a token.
async fn who_am_i(client: &Client, token: &str) -> Result<MatrixSession, ServerError> {
    let request = Request::get(&["_matrix", "client", "v3", "account", "whoami"], Limits::SIGN_IN);
    let answer = send(client, Some(token), request).await?;
    session(client, &answer, Some(token.to_owned()))
}

async fn send(client: &Client, token: Option<&str>, request: Request) -> Result<Answer, ServerError> {
    let answer = http::send(client.http_client(), &client.homeserver(), token, request).await;
    answer.map_err(|kind| ServerError::new(&host(client.homeserver().as_str()), kind))
}

/// Builds a session from an answer of `/login` or `/whoami`.
fn session(client: &Client, answer: &Answer, token: Option<String>) -> Result<MatrixSession, ServerError> {
    let read = || {
        let answer = Object::parse(&answer.body)?;
        let user_id = UserId::parse(answer.text("user_id")?).ok()?;
        let device_id = answer.text("device_id").unwrap_or_else(|| NO_DEVICE.to_owned());
        let tokens = SessionTokens { access_token: token?, refresh_token: None };
        let meta = SessionMeta { user_id, device_id: OwnedDeviceId::from(device_id) };
        Some(MatrixSession { meta, tokens })
    };
    read().ok_or_else(|| ServerError::new(&host(client.homeserver().as_str()), ErrorKind::ProtocolError))
}

async fn restore(client: &Client, session: MatrixSession) -> Result<(), ServerError> {
    let restored = client.matrix_auth().restore_session(session, RoomLoadSettings::default()).await;
    restored.map_err(|error| {
        let kind = ErrorKind::Other(super::error::cleaned(&error.to_string()));
        ServerError::new(&host(client.homeserver().as_str()), kind)
    })
}

/// Adapts an error to sign-in, where `M_FORBIDDEN` means a wrong password.
fn refusal(error: ServerError) -> ServerError {
    let kind = match &error.kind {
        ErrorKind::Refused { errcode, .. } if errcode == "M_FORBIDDEN" => ErrorKind::WrongPassword,
        ErrorKind::Refused { errcode, .. }
            if ["M_UNKNOWN", "M_UNRECOGNIZED", "M_NOT_FOUND"].contains(&&**errcode) =>
        {
            ErrorKind::NoPasswords
        }
        _ => return error,
    };
    ServerError { kind, ..error }
}
