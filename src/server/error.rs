//! What can go wrong with a homeserver, each in a sentence that says what to do about it.

use std::{error::Error, fmt, io, time::Duration};

use matrix_sdk::{
    ClientBuildError, HttpError,
    ruma::api::error::{ErrorKind, FromHttpResponseError, RetryAfter},
};

/// What is wrong, and with which server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The server's host, or what was typed for it.
    pub server: String,
    /// What is wrong with it.
    pub kind: Kind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name leads to no address.
    UnknownHost,
    /// The address takes no connection, or the connection broke.
    Down,
    /// No answer in time.
    TimedOut,
    /// No trust in who answers.
    Tls(String),
    /// There is something, but it is no Matrix homeserver.
    NotMatrix,
    /// What was typed cannot be a server.
    NoServerName,
    /// The name and the password do not fit.
    WrongPassword,
    /// The server takes no passwords.
    NoPasswords,
    /// The access token is not, or no longer, valid.
    SignedOut,
    /// Too much was asked; not before this time has passed.
    Limited(Duration),
    /// The server itself, or something before it, is out of order.
    ServerError(u16),
    /// The server will not, in its own words.
    Refused(u16, String),
    /// The answer makes no sense.
    ProtocolError,
    /// The connection cannot even be tried.
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.server;
        match &self.kind {
            Kind::UnknownHost => write!(f, "There is no host {server}. Check the name, and your network."),
            Kind::Down => write!(f, "{server} takes no connection. The server may be down; try again later."),
            Kind::TimedOut => write!(f, "{server} does not answer. Check your network, or try again later."),
            Kind::Tls(why) => write!(
                f,
                "The secure connection to {server} failed: {why}. Check the address and this machine's clock."
            ),
            Kind::NotMatrix => write!(
                f,
                "There is no Matrix homeserver at {server}. Check the address; it often begins with matrix."
            ),
            Kind::NoServerName => {
                write!(
                    f,
                    "\"{server}\" is no server. Type @you:example.org, example.org or https://example.org."
                )
            }
            Kind::WrongPassword => write!(f, "{server} does not accept this user and password. Check both."),
            Kind::NoPasswords => write!(
                f,
                "{server} takes no passwords. Sign in with an access token: whosin login --token-stdin."
            ),
            Kind::SignedOut => {
                write!(f, "{server} no longer knows this session. Sign in again: whosin login.")
            }
            Kind::Limited(wait) => {
                write!(f, "{server} has had too many tries. Try again in {} s.", wait.as_secs_f64().ceil())
            }
            Kind::ServerError(status) => {
                write!(f, "{server} is out of order (HTTP {status}). Try again later.")
            }
            Kind::Refused(status, words) if words.is_empty() => write!(f, "{server} refuses: HTTP {status}."),
            Kind::Refused(_, words) => write!(f, "{server} refuses: {words}"),
            Kind::ProtocolError => write!(f, "{server} sent an answer that makes no sense. Try again later."),
            Kind::Other(why) => write!(f, "{server} cannot be reached: {why}."),
        }
    }
}

impl Error for Trouble {}

impl Trouble {
    /// Reads the error of a request.
    pub(super) fn new(server: &str, error: &HttpError) -> Self {
        Self { server: server.to_owned(), kind: Kind::of(error) }
    }

    /// Reads the error of looking for a homeserver.
    pub(super) fn finding(server: &str, error: &ClientBuildError) -> Self {
        let kind = match error {
            ClientBuildError::Http(error) => Kind::of(error),
            ClientBuildError::AutoDiscovery(_) => Kind::NotMatrix,
            ClientBuildError::InvalidServerName | ClientBuildError::Url(_) => Kind::NoServerName,
            other => Kind::Other(other.to_string()),
        };
        // Whoever answers these questions with an error of any kind is not a homeserver.
        let kind = match kind {
            Kind::ProtocolError | Kind::Refused(..) => Kind::NotMatrix,
            kind => kind,
        };
        Self { server: server.to_owned(), kind }
    }
}

impl Kind {
    fn of(error: &HttpError) -> Self {
        if let Some(api) = error.as_client_api_error() {
            return Self::of_answer(
                api.status_code.as_u16(),
                error.client_api_error_kind(),
                &api.to_string(),
            );
        }
        match error {
            HttpError::Reqwest(error) if error.is_timeout() => Self::TimedOut,
            HttpError::Reqwest(error) => Self::of_transport(error),
            HttpError::Api(error) if matches!(**error, FromHttpResponseError::Deserialization(_)) => {
                Self::ProtocolError
            }
            HttpError::Cached(error) => Self::of(error),
            other => Self::Other(other.to_string()),
        }
    }

    fn of_answer(status: u16, kind: Option<&ErrorKind>, words: &str) -> Self {
        match (kind, status) {
            // 401 alone does not say so: palpo answers it for other people's presence.
            (Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken), _) => Self::SignedOut,
            (Some(ErrorKind::LimitExceeded(limit)), _) => Self::Limited(match limit.retry_after {
                Some(RetryAfter::Delay(wait)) => wait,
                _ => Duration::from_secs(10),
            }),
            (_, 429) => Self::Limited(Duration::from_secs(10)),
            (_, 500..) => Self::ServerError(status),
            (None, 404) => Self::NotMatrix,
            _ => Self::Refused(status, words.to_owned()),
        }
    }

    fn of_transport(error: &(dyn Error + 'static)) -> Self {
        let chain: Vec<_> = std::iter::successors(Some(error), |&error| error.source()).collect();
        let words: Vec<String> = chain.iter().map(ToString::to_string).collect();
        let told = |what: &str| words.iter().find(|words| words.contains(what));
        if told("dns error").is_some() {
            Self::UnknownHost
        } else if let Some(why) = told("certificate").or_else(|| told("handshake")).or_else(|| told("TLS")) {
            Self::Tls(why.clone())
        } else if words.iter().any(|words| words.contains("corrupt message")) {
            Self::Tls("the server does not speak TLS on this port".to_owned())
        } else if chain.iter().any(|error| error.is::<io::Error>()) || told("connection").is_some() {
            Self::Down
        } else {
            // The innermost words: the outer ones repeat the address, and with it what was asked.
            Self::Other(words.last().cloned().unwrap_or_default())
        }
    }
}
