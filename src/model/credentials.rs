//! What somebody types to sign in.

/// Who signs in where.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// A homeserver's URL, a server's name, or a whole user ID.
    pub server: String,
    /// The user's name or ID; empty where `server` is a whole user ID.
    pub user: String,
    /// What proves it.
    pub secret: Secret,
}

/// A password or an access token, which never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The account's password.
    Password(String),
    /// An access token of a session that exists already.
    Token(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}
