//! Discovery of a homeserver from its URL or, through `.well-known`, from its server name.

use matrix_sdk::{Client, ClientBuilder, reqwest::Url, ruma::api::MatrixVersion};

use super::{
    ErrorKind, ServerError, host,
    http::{self, Limits, Reply, Request, is_loopback, is_of_web},
    json::Object,
};

/// How many redirects are followed.
const HOPS: usize = 5;
const WELL_KNOWN: [&str; 3] = [".well-known", "matrix", "client"];
const VERSIONS: [&str; 3] = ["_matrix", "client", "versions"];

/// Finds a homeserver. Returns a client without a session.
///
/// # Errors
///
/// [`ServerError`] if there is none, or if no safe connection is possible.
pub(super) async fn find(typed: &str) -> Result<Client, ServerError> {
    let error = |kind| ServerError::new(&host(typed), kind);
    let named = !typed.contains("://");
    let address = if named { address_of(typed) } else { Url::parse(typed).ok() };
    let address = address.filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    let mut address = address.ok_or_else(|| error(ErrorKind::NoServerName))?;
    if named && let Some(delegated) = well_known(&address).await.map_err(error)? {
        address = delegated;
    }
    // The address may be of another host than the name.
    let located = locate(address.clone()).await;
    let address = located.map_err(|kind| ServerError::new(&host(address.as_str()), kind))?;
    builder(&address)?.homeserver_url(&address).build().await.map_err(|_| error(ErrorKind::NoServerName))
}

/// Returns a client without a session for the server at a saved address. Does not ask the server.
///
/// # Errors
///
/// [`ServerError`] when the address is none.
pub(super) async fn client_at(saved: &str) -> Result<Client, ServerError> {
    let no_server = || ServerError::new(&host(saved), ErrorKind::NoServerName);
    let address = address_of_saved(saved)?;
    builder(&address)?.homeserver_url(&address).build().await.map_err(|_| no_server())
}

/// Parses a saved address.
///
/// # Errors
///
/// [`ServerError`] when it is none.
pub(super) fn address_of_saved(saved: &str) -> Result<Url, ServerError> {
    Url::parse(saved).map_err(|_| ServerError::new(&host(saved), ErrorKind::NoServerName))
}

/// Returns a builder of clients for the server at an address.
///
/// Sets Matrix 1.1 as the version, which every server with presence supports. That saves a request to `/versions`
/// before each first request.
///
/// # Errors
///
/// [`ServerError`] when no connection can be tried.
fn builder(address: &Url) -> Result<ClientBuilder, ServerError> {
    let client = http::client(address).map_err(|kind| ServerError::new(&host(address.as_str()), kind))?;
    Ok(Client::builder().server_versions([MatrixVersion::V1_1]).http_client(client))
}

/// Returns the URL of a server name. Uses plain HTTP for this machine only.
fn address_of(name: &str) -> Option<Url> {
    let address = Url::parse(&format!("https://{name}")).ok()?;
    let bare = address.path() == "/" && address.query().is_none() && address.username().is_empty();
    if !bare {
        return None;
    }
    if is_loopback(&address) { Url::parse(&format!("http://{name}")).ok() } else { Some(address) }
}

/// Looks up a server name's homeserver in `.well-known`. `None`: it does not name one.
async fn well_known(name: &Url) -> Result<Option<Url>, ErrorKind> {
    let mut address = name.clone();
    let mut segments = &WELL_KNOWN[..];
    for _ in 0..HOPS {
        let request = Request::get(segments, Limits::SMALL);
        match http::exchange(&http::client(&address)?, &address, None, request).await? {
            Reply::Answer(answer) => {
                return match read_well_known(&answer.body) {
                    Some(delegated) if is_downgrade(name, &delegated) => {
                        Err(ErrorKind::redirected(delegated.as_str()))
                    }
                    delegated => Ok(delegated),
                };
            }
            // The specification requires following these redirects. The request contains no secret.
            Reply::Redirect(location) => {
                address = next(&address, segments, &location)
                    .filter(|next| !is_downgrade(name, next))
                    .ok_or_else(|| ErrorKind::redirected(&location))?;
                segments = &[];
            }
            Reply::Error(_) => return Ok(None),
        }
    }
    Err(ErrorKind::redirected(address.as_str()))
}

/// Parses `.well-known`. `None`: it names no homeserver.
pub(super) fn read_well_known(body: &str) -> Option<Url> {
    let mut url = Url::parse(&Object::parse(body)?.object("m.homeserver").text("base_url")?).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    is_of_web(&url).then_some(url)
}

/// Follows redirects to the homeserver's real address. They may not leave the host or TLS, because a password is sent
/// there next.
async fn locate(typed: Url) -> Result<Url, ErrorKind> {
    let mut address = typed.clone();
    for _ in 0..HOPS {
        let request = Request::get(&VERSIONS, Limits::SMALL);
        match http::exchange(&http::client(&address)?, &address, None, request).await? {
            Reply::Answer(answer) => {
                let versions = Object::parse(&answer.body).is_some_and(|it| it.get("versions").is_some());
                return if versions { Ok(address) } else { Err(ErrorKind::NotMatrix) };
            }
            Reply::Redirect(location) => {
                let next = next(&address, &VERSIONS, &location).map(base_of);
                let same = |next: &Url| next.host() == typed.host() && !is_downgrade(&address, next);
                address = next.filter(same).ok_or_else(|| ErrorKind::redirected(&location))?;
            }
            // A homeserver answers `/versions` with valid JSON.
            Reply::Error(ErrorKind::Refused { .. }) => return Err(ErrorKind::NotMatrix),
            Reply::Error(kind) => return Err(kind),
        }
    }
    Err(ErrorKind::redirected(address.as_str()))
}

/// Returns the target of a redirect.
fn next(base: &Url, segments: &[&str], location: &str) -> Option<Url> {
    let mut asked = base.clone();
    asked.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    let next = asked.join(location).ok()?;
    (matches!(next.scheme(), "http" | "https") && next.has_host()).then_some(next)
}

/// Returns the homeserver's address from that of its `/versions`. For any other page, returns its host.
fn base_of(mut versions: Url) -> Url {
    let path = versions.path().trim_end_matches('/').strip_suffix("_matrix/client/versions");
    let path = path.unwrap_or("/").to_owned();
    versions.set_path(&path);
    versions.set_query(None);
    versions.set_fragment(None);
    versions
}

/// Returns whether a redirect leaves TLS.
fn is_downgrade(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && to.scheme() != "https"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_asked_over_tls_unless_it_is_this_machine() {
        let address = |name| address_of(name).map(|it| it.to_string());
        let table = [
            ("example.org", Some("https://example.org/")),
            ("example.org:8448", Some("https://example.org:8448/")),
            ("localhost:8008", Some("http://localhost:8008/")),
            ("127.0.0.1:8008", Some("http://127.0.0.1:8008/")),
            ("[::1]:8008", Some("http://[::1]:8008/")),
            ("127.0.0.1.example.org", Some("https://127.0.0.1.example.org/")),
            ("not a server", None),
            ("you@example.org", None),
            ("example.org/path", None),
            ("", None),
        ];
        for (name, expected) in table {
            assert_eq!(address(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_well_known_address_is_of_the_web_and_has_no_secrets() {
        let read = |base: serde_json::Value| {
            let body = serde_json::json!({"m.homeserver": {"base_url": base}}).to_string();
            read_well_known(&body).map(|url| url.to_string())
        };
        for (base, expected) in [
            ("https://matrix.example.org", Some("https://matrix.example.org/")),
            ("https://example.org/hs/?a=b#c", Some("https://example.org/hs/")),
            ("file:///etc/passwd", None),
            ("javascript:alert(1)", None),
            ("https://you:secret@example.org", None),
            ("https://example.org@evil.example", None),
            ("not an address", None),
            ("", None),
        ] {
            assert_eq!(read(base.into()).as_deref(), expected, "{base}");
        }
        for odd in [serde_json::json!(7), serde_json::json!(null), serde_json::json!(["https://x"])] {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }

    #[test]
    fn no_redirect_leaves_the_web_or_leads_into_the_clear_unnoticed() {
        let base = Url::parse("https://example.org/").unwrap();
        for (location, leads_to, is_in_the_clear) in [
            ("/elsewhere", Some("https://example.org/elsewhere"), false),
            ("https://matrix.example.org/x", Some("https://matrix.example.org/x"), false),
            ("http://example.org/", Some("http://example.org/"), true),
            ("//evil.example/", Some("https://evil.example/"), false),
            ("file:///etc/passwd", None, false),
            ("javascript:alert(1)", None, false),
            ("http://", None, false),
        ] {
            let next = next(&base, &VERSIONS, location);
            assert_eq!(next.as_ref().map(Url::as_str), leads_to, "{location}");
            assert_eq!(next.is_some_and(|next| is_downgrade(&base, &next)), is_in_the_clear, "{location}");
        }
    }

    #[test]
    fn the_address_of_a_server_is_read_from_where_its_versions_are() {
        let table = [
            ("https://example.org/_matrix/client/versions", "https://example.org/"),
            ("https://example.org/hs/_matrix/client/versions/", "https://example.org/hs/"),
            ("https://example.org/welcome?x=1#y", "https://example.org/"),
        ];
        for (versions, expected) in table {
            assert_eq!(base_of(Url::parse(versions).unwrap()).as_str(), expected);
        }
    }
}
