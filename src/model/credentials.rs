//! The credentials that a person types to sign in.

/// A server, a user and a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// A homeserver's URL, a server name, or a whole user ID.
    pub server: String,
    /// The user's name or ID. Empty if `server` is a whole user ID.
    pub user: String,
    /// The password or token.
    pub secret: Secret,
}

/// A password or an access token. Neither appears in `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The account's password.
    Password(String),
    /// The access token of an existing session.
    Token(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}
