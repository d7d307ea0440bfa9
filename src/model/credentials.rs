//! The ways to sign in, and the credentials that a person types.

use super::{
    session::{SavedSession, SessionKind},
    text::Clean,
};

/// A way to sign in that a homeserver offers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Way {
    /// OAuth 2.0 authorization code with PKCE: a browser on this machine.
    Browser,
    /// OAuth 2.0 device authorization grant: a browser anywhere.
    DeviceCode,
    /// Legacy single sign-on by this provider. `None`: the server chooses.
    Sso(Option<Provider>),
    /// A password.
    Password,
    /// An access token that the person pastes.
    Token,
}

/// An identity provider of legacy single sign-on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provider {
    /// The server's identifier.
    pub id: String,
    /// The name for people.
    pub name: Clean,
}

impl Way {
    /// Puts the best way first: a code where no browser opens in front of the person. The order of the others stays.
    #[must_use]
    pub(crate) fn best_first(mut ways: Vec<Self>, has_browser: bool) -> Vec<Self> {
        if !has_browser {
            ways.sort_by_key(|way| *way != Self::DeviceCode);
        }
        ways
    }

    /// Returns the name of the way in a list.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Browser => "Browser on this machine".to_owned(),
            Self::DeviceCode => "Code for a browser on any machine".to_owned(),
            Self::Sso(Some(provider)) => format!("Single sign-on with {}", provider.name),
            Self::Sso(None) => "Single sign-on".to_owned(),
            Self::Password => "Password".to_owned(),
            Self::Token => "Access token".to_owned(),
        }
    }

    /// Returns the place of the way in which a session was made, or of the one most like it.
    #[must_use]
    pub(crate) fn place_of(ways: &[Self], session: &SavedSession) -> Option<usize> {
        let makes = |way: &&Self| match way {
            Self::Browser | Self::DeviceCode => session.kind == SessionKind::Oauth,
            Self::Sso(_) => session.kind == SessionKind::Sso,
            Self::Password => session.kind == SessionKind::Password,
            Self::Token => session.kind == SessionKind::Token,
        };
        let is_same = |way: &Self| match way {
            Self::Sso(provider) => provider.as_ref().map(|it| &it.id) == session.provider.as_ref(),
            _ => true,
        };
        let same = ways.iter().position(|way| makes(&way) && is_same(way));
        same.or_else(|| ways.iter().position(|way| makes(&way)))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_comes_first_where_no_browser_opens() {
        use Way::{Browser, DeviceCode, Password, Token};
        let ways = vec![Browser, DeviceCode, Password, Token];
        assert_eq!(Way::best_first(ways.clone(), true), ways);
        assert_eq!(Way::best_first(ways, false), [DeviceCode, Browser, Password, Token]);
        let without_code = vec![Way::Sso(None), Password, Token];
        assert_eq!(Way::best_first(without_code.clone(), false), without_code);
    }
}
