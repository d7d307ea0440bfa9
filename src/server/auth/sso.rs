//! Legacy single sign-on: a browser, and a login token that it brings back.

use matrix_sdk::{Client, reqwest::Url};
use oauth2::CsrfToken;

use super::{
    super::host,
    code::{Dialogue, visit},
    error::SignInError,
    redirect::{Expected, Secret},
};

/// Sends the person to the provider, or to the server's choice of them. Returns the login token.
///
/// # Errors
///
/// [`SignInError::TimedOut`], or why it cannot begin.
pub(super) async fn run(
    client: &Client,
    provider: Option<&str>,
    dialogue: &mut Dialogue,
) -> Result<Secret, SignInError> {
    let state = CsrfToken::new_random();
    let expected = Expected { parameter: "loginToken", state: state.clone(), issuer: None };
    let homeserver = client.homeserver();
    let server = host(homeserver.as_str());
    let address = |redirect_uri: &Url| start(&homeserver, provider, redirect_uri, &state);
    visit(&server, expected, address, dialogue).await.map(|(token, _)| token)
}

/// Returns where to begin. The protocol has no state of its own, and servers keep a query that is there.
fn start(homeserver: &Url, provider: Option<&str>, redirect_uri: &Url, state: &CsrfToken) -> Url {
    let mut back = redirect_uri.clone();
    back.query_pairs_mut().append_pair("state", state.secret());
    let mut url = homeserver.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["_matrix", "client", "v3", "login", "sso", "redirect"]).extend(provider);
    }
    url.query_pairs_mut().append_pair("redirectUrl", back.as_str());
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_one_segment_of_the_path_whatever_it_is_called() {
        let [homeserver, redirect_uri] =
            ["https://example.org/base/", "http://127.0.0.1:7/callback"].map(|url| Url::parse(url).unwrap());
        let state = CsrfToken::new("s".to_owned());
        let url = start(&homeserver, Some("../a/b?c"), &redirect_uri, &state);
        assert_eq!(url.path(), "/base/_matrix/client/v3/login/sso/redirect/..%2Fa%2Fb%3Fc");
        assert_eq!(url.query(), Some("redirectUrl=http%3A%2F%2F127.0.0.1%3A7%2Fcallback%3Fstate%3Ds"));
    }
}
