//! Why a sign-in failed, and what to do about it.

use std::io;

use super::{
    super::{ErrorKind, ServerError},
    form::OAuthError,
};
use crate::model::text::Clean;

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The homeserver cannot be reached, or refuses.
    #[error(transparent)]
    Homeserver(#[from] ServerError),
    /// `auth_metadata` is there and cannot be used.
    #[error("{server} describes its OAuth 2.0 sign-in in a way that whosin cannot read: {reason}.")]
    Metadata {
        /// The homeserver.
        server: String,
        /// What is wrong with the document.
        reason: Clean,
    },
    /// The server registers no clients.
    #[error(
        "{server} does not let programs register for OAuth 2.0. Sign in with an access token: whosin login --token-stdin."
    )]
    NoRegistration {
        /// The homeserver.
        server: String,
    },
    /// The server refuses this registration.
    #[error("{server} does not register whosin: {reason}")]
    RegistrationRefused {
        /// The homeserver.
        server: String,
        /// The server's words.
        reason: Clean,
    },
    /// This server does not offer the way that was asked for.
    #[error("{server} does not offer sign-in {way}. Run whosin login to see what it offers.")]
    NotOffered {
        /// The homeserver.
        server: String,
        /// The way, as "by device code".
        way: &'static str,
    },
    /// The authorization server cannot be reached.
    #[error("the sign-in server of {server} cannot be reached: {reason}. Try again later.")]
    Unreachable {
        /// The homeserver.
        server: String,
        /// What happened.
        reason: Clean,
    },
    /// The person said no in the browser.
    #[error("You refused the sign-in in the browser.")]
    Denied,
    /// Nobody came back from the browser.
    #[error(
        "nobody finished the sign-in in the browser within ten minutes. Start again, or use a code: whosin login --device."
    )]
    TimedOut,
    /// The authorization server refuses.
    #[error("{server} refuses the sign-in: {reason}")]
    Refused {
        /// The homeserver.
        server: String,
        /// The server's words.
        reason: Clean,
    },
    /// The server does not take this device ID. continuwuity takes none twice.
    #[error("{server} refuses the sign-in: {reason}")]
    DeviceRefused {
        /// The homeserver.
        server: String,
        /// The server's words.
        reason: Clean,
    },
    /// The person in the browser is somebody else.
    #[error(
        "the browser is signed in as {actual}, not as {expected}. whosin has ended that session. Change the account in the browser, or run whosin login {actual}."
    )]
    OtherAccount {
        /// Who was typed.
        expected: String,
        /// Who signed in.
        actual: Clean,
    },
    /// No port can be opened for the browser to come back to.
    #[error("no port on 127.0.0.1 can be opened for the browser: {0}. Use a code: whosin login --device.")]
    Listener(#[source] io::Error),
}

impl SignInError {
    /// Returns the verdict of an authorization server.
    pub(super) fn refused(server: &str, error: OAuthError) -> Self {
        let (server, reason) = (server.to_owned(), error.description);
        match &*error.error {
            "access_denied" => Self::Denied,
            "invalid_scope" => Self::DeviceRefused { server, reason },
            _ => Self::Refused { server, reason },
        }
    }

    /// Returns the error of an authorization server that does not answer.
    pub(super) fn unreachable(server: &str, error: &ErrorKind) -> Self {
        tracing::info!(?error, "the authorization server");
        let reason = match error {
            ErrorKind::TimedOut => "it does not answer".into(),
            ErrorKind::Tls(why) => format!("the secure connection failed, {why}").into(),
            ErrorKind::TooLarge(_) => "its answer is too long".into(),
            _ => "the connection failed".into(),
        };
        Self::Unreachable { server: server.to_owned(), reason }
    }
}
