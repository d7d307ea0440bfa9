//! The requests that make a session: `/login`, and `/account/whoami` for tokens that are there already.

use jiff::Timestamp;
use matrix_sdk::{
    Client,
    ruma::{DeviceId, OwnedDeviceId, UserId},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    super::{
        ErrorKind, ServerError, host,
        http::{Answer, Limits, Request},
        json::Object,
        sign_in::send,
    },
    discovery::{is_not_there, offers_passwords},
    error::SignInError,
    redirect::Secret,
    sign_out::sign_out,
    tokens::from_login,
};
use crate::model::{
    credentials,
    session::{SavedSession, SessionKind, TokenStore, Tokens},
    text,
};

/// The device of a token that belongs to none, such as an application service's.
const NO_DEVICE: &str = "whosin";

/// What proves who somebody is. `Debug` does not show it.
pub enum Proof {
    /// A password.
    Password {
        /// The user ID or name.
        user: String,
        /// The password.
        password: String,
    },
    /// The access token of a session that is there already.
    Token(String),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password([redacted])",
            Self::Token(_) => "Token([redacted])",
        })
    }
}

/// Signs in with a password, or takes an access token over.
pub(in super::super) async fn sign_in_with(
    client: &Client,
    user: &str,
    secret: &credentials::Secret,
) -> Result<SavedSession, ServerError> {
    match secret {
        credentials::Secret::Password(password) => by_password(client, user, password, None).await,
        credentials::Secret::Token(token) => {
            with_tokens(client, Tokens::from_access_token(token.clone()), SessionKind::Token, None).await
        }
    }
}

pub(super) async fn by_password(
    client: &Client,
    user: &str,
    password: &str,
    device_id: Option<&DeviceId>,
) -> Result<SavedSession, ServerError> {
    let proof = json!({
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
    });
    match log_in(client, proof, SessionKind::Password, device_id).await {
        Ok(session) => Ok(session),
        Err(error) => Err(refusal(client, error).await),
    }
}

/// Returns why a password did not work. The same errcode means something else here than in other requests, and on each
/// server. On continuwuity `M_NOT_FOUND` means that there is no such user. tuwunel refuses another server's user with
/// `M_UNKNOWN`.
async fn refusal(client: &Client, error: ServerError) -> ServerError {
    let ErrorKind::Refused { errcode, words, .. } = &error.kind else { return error };
    let kind = match &**errcode {
        "M_FORBIDDEN" if is_about_the_password(words) => ErrorKind::WrongPassword,
        "M_UNKNOWN" | "M_UNRECOGNIZED" | "M_NOT_FOUND" if !takes_passwords(client).await => {
            ErrorKind::NoPasswords
        }
        "M_NOT_FOUND" => ErrorKind::UnknownUser,
        _ => return error,
    };
    ServerError { kind, ..error }
}

/// Returns whether a server's words mean a wrong user or password. tuwunel and continuwuity also refuse an account that
/// may not sign in with a password, although it has the right one.
fn is_about_the_password(words: &str) -> bool {
    let words = words.to_lowercase();
    words.is_empty() || ["invalid", "wrong", "incorrect"].iter().any(|word| words.contains(word))
}

/// Asks whether a server offers passwords. One that does not answer now has refused in words of its own.
async fn takes_passwords(client: &Client) -> bool {
    let request = Request::get(&["_matrix", "client", "v3", "login"], Limits::SMALL);
    match send(client, None, request).await {
        Ok(answer) => offers_passwords(&answer.body),
        Err(error) => !is_not_there(&error),
    }
}

pub(super) async fn by_login_token(
    client: &Client,
    token: Secret,
    device_id: Option<&DeviceId>,
) -> Result<SavedSession, SignInError> {
    let proof = json!({"type": "m.login.token", "token": token.0});
    let session = log_in(client, proof, SessionKind::Sso, device_id).await;
    session.map_err(|error| {
        if error.kind.is_refused_with("M_FORBIDDEN") {
            let reason = "the login token was used before, or two minutes have passed. Start again.";
            return SignInError::Refused { server: error.server.to_string(), reason: reason.into() };
        }
        error.into()
    })
}

/// Makes a session in a task of its own. One that is made after the caller has gone is ended.
pub(super) async fn unless_dropped(
    sign_in: impl Future<Output = Result<SavedSession, SignInError>> + Send + 'static,
) -> Result<SavedSession, SignInError> {
    let (tell, made) = oneshot::channel();
    tokio::spawn(async move {
        if let Err(Ok(session)) = tell.send(sign_in.await) {
            tracing::info!("ending a session that nobody waits for any more");
            let _ = sign_out(&session).await;
        }
    });
    made.await.expect("the task answers unless it panics")
}

async fn log_in(
    client: &Client,
    proof: Value,
    kind: SessionKind,
    device_id: Option<&DeviceId>,
) -> Result<SavedSession, ServerError> {
    let mut body = proof;
    body["initial_device_display_name"] = device_name().into();
    // Servers without lifetimes for tokens ignore it.
    body["refresh_token"] = true.into();
    if let Some(device_id) = device_id {
        body["device_id"] = device_id.as_str().into();
    }
    let request = Request::post(&["_matrix", "client", "v3", "login"], body, Limits::SIGN_IN);
    let answer = send(client, None, request).await?;
    let tokens = from_login(&answer.body, Timestamp::now());
    session(client, &answer, tokens, kind)
}

/// Asks the server whose tokens these are. Its answer counts: tuwunel may choose another device.
pub(super) async fn with_tokens(
    client: &Client,
    tokens: Tokens,
    kind: SessionKind,
    client_id: Option<String>,
) -> Result<SavedSession, ServerError> {
    let request = Request::get(&["_matrix", "client", "v3", "account", "whoami"], Limits::SIGN_IN);
    let answer = send(client, Some(tokens.access_token.secret()), request).await?;
    Ok(SavedSession { client_id, ..session(client, &answer, Some(tokens), kind)? })
}

/// Returns the session that an answer of `/login` or `/whoami` describes.
fn session(
    client: &Client,
    answer: &Answer,
    tokens: Option<Tokens>,
    kind: SessionKind,
) -> Result<SavedSession, ServerError> {
    let homeserver = client.homeserver();
    read_session(&answer.body, homeserver.to_string(), tokens, kind)
        .ok_or_else(|| ServerError::new(&host(homeserver.as_str()), ErrorKind::ProtocolError))
}

/// Parses an answer of `/login` or `/whoami`. `None`: it names no user.
pub(super) fn read_session(
    body: &str,
    homeserver: String,
    tokens: Option<Tokens>,
    kind: SessionKind,
) -> Option<SavedSession> {
    let answer = Object::parse(body)?;
    Some(SavedSession {
        homeserver,
        user_id: UserId::parse(answer.text("user_id")?).ok()?,
        device_id: OwnedDeviceId::from(answer.text("device_id").unwrap_or_else(|| NO_DEVICE.to_owned())),
        kind,
        client_id: None,
        provider: None,
        token_store: TokenStore::File,
        tokens: tokens?,
    })
}

/// Fails if somebody else has signed in than was typed, as a user ID or a name.
pub(super) fn check_user(session: &SavedSession, wanted: Option<&str>) -> Result<(), SignInError> {
    let is_wanted = |wanted: &str| match wanted.strip_prefix('@') {
        Some(_) => wanted == session.user_id.as_str(),
        None => wanted.is_empty() || wanted == session.user_id.localpart(),
    };
    match wanted {
        Some(wanted) if !is_wanted(wanted) => Err(SignInError::OtherAccount {
            expected: wanted.to_owned(),
            actual: (&*text::id(session.user_id.as_str())).into(),
        }),
        _ => Ok(()),
    }
}

/// Like [`check_user`], but ends the session of somebody else.
pub(super) async fn expect_user(
    session: SavedSession,
    wanted: Option<&str>,
) -> Result<SavedSession, SignInError> {
    if let Err(error) = check_user(&session, wanted) {
        if let Err(error) = sign_out(&session).await {
            tracing::warn!(%error, "a session of another account lives on");
        }
        return Err(error);
    }
    Ok(session)
}

/// Names the device after this machine. An authorization server names it after the program, on MAS and tuwunel.
pub(super) async fn name_device(client: &Client, session: &SavedSession) {
    let path = ["_matrix", "client", "v3", "devices", session.device_id.as_str()];
    let request = Request::put(&path, json!({ "display_name": device_name() }), Limits::SMALL);
    if let Err(error) = send(client, Some(session.tokens.access_token.secret()), request).await {
        tracing::info!(%error, "the device keeps the name that the server gave it");
    }
}

/// Returns what the account's other sessions see of this one.
fn device_name() -> String {
    format!("whosin on {}", rustix::system::uname().nodename().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_without_a_password_is_no_wrong_password() {
        for words in [
            "Invalid username or password",
            "Wrong username or password.",
            "Invalid identifier or password.",
            "The username or password was incorrect or the account does not exist.",
            "",
        ] {
            assert!(is_about_the_password(words), "{words}");
        }
        for words in [
            "This user cannot log in with a password.",
            "Account does not permit password login.",
            "This account is not permitted to log in.",
        ] {
            assert!(!is_about_the_password(words), "{words}");
        }
    }

    #[test]
    fn only_the_account_that_was_typed_is_accepted() {
        let session = SavedSession {
            homeserver: "https://example.org/".to_owned(),
            user_id: UserId::parse("@alice:example.org").unwrap(),
            device_id: "ABCDEFGHIJ".into(),
            kind: SessionKind::Oauth,
            client_id: None,
            provider: None,
            token_store: TokenStore::File,
            tokens: Tokens::from_access_token("secret".to_owned()),
        };
        for fine in [None, Some(""), Some("alice"), Some("@alice:example.org")] {
            assert!(check_user(&session, fine).is_ok(), "{fine:?}");
        }
        for other in ["bob", "@bob:example.org", "@alice:example.com", "Alice"] {
            assert!(check_user(&session, Some(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn debug_shows_no_password_and_no_token() {
        let password = Proof::Password { user: "alice".to_owned(), password: "secret".to_owned() };
        assert!(!format!("{password:?} {:?}", Proof::Token("secret".to_owned())).contains("secret"));
    }
}
