//! Requests to a homeserver, with limits for each kind.

use std::{fmt, net::IpAddr, time::Duration};

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use matrix_sdk::reqwest::{
    self, Client, Method, StatusCode, Url,
    header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION},
    redirect, tls,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::error::ErrorKind;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);
/// How much of an error answer is read. The status matters more.
const ERROR_BODY: usize = 64 * 1024;
const MEBIBYTE: usize = 1024 * 1024;

/// The limits of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The longest wait for the first byte.
    first_byte: Duration,
    /// The longest wait for the whole answer.
    total: Duration,
    /// The size of the decompressed body.
    body: usize,
    /// The longest wait that a server may demand before the next request of this kind.
    pub(super) longest_wait: Duration,
}

impl Limits {
    /// For answers about one thing, such as a profile, which has at most 64 KiB.
    pub(super) const SMALL: Self = Self {
        first_byte: Duration::from_secs(30),
        total: Duration::from_secs(30),
        body: MEBIBYTE,
        longest_wait: Duration::from_mins(5),
    };
    /// For signing in. Synapse allows one attempt in 333 s after a burst of five.
    pub(super) const SIGN_IN: Self = Self { longest_wait: Duration::from_hours(1), ..Self::SMALL };
    /// An authorization server: tokens and errors are a few kilobytes. A renewal takes two of these requests.
    pub(super) const TOKEN: Self = Self {
        first_byte: Duration::from_secs(20),
        total: Duration::from_secs(20),
        body: MEBIBYTE / 4,
        ..Self::SMALL
    };
    /// The names of all joined rooms: 8 MiB are some 100,000.
    pub(super) const ROOMS: Self = Self { body: 8 * MEBIBYTE, ..Self::SMALL };
    /// For the members of a room: 100,000 with names and avatars are about 16 MB.
    pub(super) const MEMBERS: Self =
        Self { total: Duration::from_mins(1), body: 32 * MEBIBYTE, ..Self::SMALL };

    /// Returns the limits of a `/sync` that is answered within a time: 100,000 contacts are about 20 MB.
    pub(super) fn sync(answered_in: Duration) -> Self {
        Self {
            first_byte: answered_in,
            total: answered_in + Duration::from_mins(1),
            body: 128 * MEBIBYTE,
            ..Self::SMALL
        }
    }

    /// Returns the same limits with another time.
    pub(super) fn within(self, time: Duration) -> Self {
        Self { first_byte: time, total: time, ..self }
    }
}

/// A request of the client-server API, or to an authorization server.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Body>,
    limits: Limits,
}

/// The body of a request. `Debug` does not show it: it can hold passwords and tokens.
#[derive(Clone)]
struct Body {
    content_type: &'static str,
    text: String,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.content_type)
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self { content_type: "application/json", text: value.to_string() }
    }
}

impl Request {
    /// Returns a GET request for path segments.
    pub(super) fn get(path: &[&str], limits: Limits) -> Self {
        let path = path.iter().map(|&segment| segment.to_owned()).collect();
        Self { method: Method::GET, path, query: Vec::new(), body: None, limits }
    }

    pub(super) fn put(path: &[&str], body: Value, limits: Limits) -> Self {
        Self { method: Method::PUT, body: Some(body.into()), ..Self::get(path, limits) }
    }

    pub(super) fn delete(path: &[&str], limits: Limits) -> Self {
        Self { method: Method::DELETE, ..Self::get(path, limits) }
    }

    pub(super) fn post(path: &[&str], body: Value, limits: Limits) -> Self {
        Self { method: Method::POST, body: Some(body.into()), ..Self::get(path, limits) }
    }

    /// Posts a form to the address itself.
    pub(super) fn form(fields: &[(&str, &str)], limits: Limits) -> Self {
        let encoded = Url::parse_with_params("form:/", fields).expect("the base is a URL");
        let text = encoded.query().unwrap_or_default().to_owned();
        let body = Body { content_type: "application/x-www-form-urlencoded", text };
        Self { method: Method::POST, body: Some(body), ..Self::get(&[], limits) }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn into_http(self, base: &Url, token: Option<&str>) -> Result<reqwest::Request, ErrorKind> {
        let mut url = base.clone();
        if !self.path.is_empty() {
            url.path_segments_mut().map_err(|()| ErrorKind::NoServerName)?.pop_if_empty().extend(&self.path);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = reqwest::Request::new(self.method, url);
        if let Some(body) = self.body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type));
            *request.body_mut() = Some(body.text.into());
        }
        if let Some(token) = token {
            let mut value: HeaderValue =
                format!("Bearer {token}").parse().map_err(|_| ErrorKind::SignedOut)?;
            value.set_sensitive(true);
            request.headers_mut().insert(reqwest::header::AUTHORIZATION, value);
        }
        Ok(request)
    }
}

/// Not `Debug`: the body can hold tokens.
pub(super) struct Answer {
    /// The body. Bytes that are not UTF-8 are replaced.
    pub(super) body: String,
    /// The server's clock (RFC 9110, 6.6.1).
    pub(super) date: Option<Timestamp>,
}

/// What came back, of whatever status.
pub(super) struct Response {
    pub(super) status: StatusCode,
    /// The body; of an error only its beginning, of a redirect nothing.
    pub(super) body: String,
    headers: HeaderMap,
}

/// What a homeserver's response means.
pub(super) enum Reply {
    Answer(Answer),
    /// A redirect to another address.
    Redirect(String),
    Error(ErrorKind),
}

/// Sends a request and reads its answer.
///
/// # Errors
///
/// [`ErrorKind`] unless the server answers with success. Redirects are not followed: they could send a token to
/// another host.
pub(super) async fn send(
    client: &Client,
    base: &Url,
    token: Option<&str>,
    request: Request,
) -> Result<Answer, ErrorKind> {
    match exchange(client, base, token, request).await? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Redirect(location) => Err(ErrorKind::redirected(&location)),
        Reply::Error(kind) => Err(kind),
    }
}

/// Sends a request and reads the answer.
///
/// # Errors
///
/// [`ErrorKind`] if there is no answer, or one over the limits.
pub(super) async fn exchange(
    client: &Client,
    base: &Url,
    token: Option<&str>,
    request: Request,
) -> Result<Reply, ErrorKind> {
    let limits = request.limits;
    let Response { status, body, headers } = respond(client, base, token, request).await?;
    if status.is_redirection() {
        return Ok(Reply::Redirect(text_of(&headers, LOCATION.as_str()).unwrap_or_default()));
    }
    if !status.is_success() {
        let retry_after = text_of(&headers, "retry-after");
        return Ok(Reply::Error(ErrorKind::of_answer(
            status.as_u16(),
            &body,
            retry_after.as_deref(),
            limits,
        )));
    }
    let date = text_of(&headers, DATE.as_str());
    let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    Ok(Reply::Answer(Answer { body, date }))
}

/// Sends a request and reads what comes back, as it is.
///
/// # Errors
///
/// As [`exchange`].
pub(super) async fn respond(
    client: &Client,
    base: &Url,
    token: Option<&str>,
    request: Request,
) -> Result<Response, ErrorKind> {
    let limits = request.limits;
    let request = request.into_http(base, token)?;
    let begun = Instant::now();
    let response = timeout_at(begun + limits.first_byte, client.execute(request)).await;
    let response = response.map_err(|_| ErrorKind::TimedOut)?.map_err(|error| ErrorKind::of(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let deadline = begun + limits.total;
    let body = if status.is_success() {
        read(response, limits.body, deadline).await?
    } else if status.is_redirection() {
        String::new()
    } else {
        read(response, ERROR_BODY, deadline).await.unwrap_or_default()
    };
    Ok(Response { status, body, headers })
}

/// Reads a body. The limit applies to its decompressed size.
async fn read(mut response: reqwest::Response, limit: usize, deadline: Instant) -> Result<String, ErrorKind> {
    let mut body = Vec::new();
    loop {
        let chunk = timeout_at(deadline, response.chunk()).await.map_err(|_| ErrorKind::TimedOut)?;
        let Some(chunk) = chunk.map_err(|error| ErrorKind::of(&error))? else { break };
        if body.len() + chunk.len() > limit {
            return Err(ErrorKind::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

/// Returns an HTTP client. It follows no redirects, and uses no proxy for this machine.
///
/// # Errors
///
/// [`ErrorKind::Other`] if the system's certificates or proxies cannot be used.
pub(super) fn client(address: &Url) -> Result<Client, ErrorKind> {
    let client = Client::builder()
        .user_agent(concat!("whosin/", env!("CARGO_PKG_VERSION")))
        // Recommended by BCP 195.
        .tls_version_min(tls::Version::TLS_1_2)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT);
    let client = match (is_loopback(address), address.scheme()) {
        // Without TLS no certificates are needed. A container or an empty root directory has none.
        (true, "http") => client.no_proxy().tls_certs_only([]),
        (true, _) => client.no_proxy(),
        (false, _) => client,
    };
    client.build().map_err(|error| ErrorKind::of(&error))
}

/// Returns whether an address is https or http, and contains no credentials. A browser would open all others too: files
/// of this machine, scripts, programs.
pub(super) fn is_of_web(address: &Url) -> bool {
    let plain = address.username().is_empty() && address.password().is_none();
    plain && matches!(address.scheme(), "https" | "http")
}

/// Returns whether an address is on this machine.
pub(super) fn is_loopback(address: &Url) -> bool {
    let Some(host) = address.host_str() else { return false };
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_needs_no_proxy_and_no_tls() {
        let table = [
            ("http://localhost:8008", true),
            ("http://demo.localhost", true),
            ("http://127.0.0.1", true),
            ("http://127.8.9.10", true),
            ("http://[::1]:8008", true),
            ("http://127.0.0.1.example.org", false),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
            ("http://[::2]", false),
        ];
        for (address, expected) in table {
            assert_eq!(is_loopback(&Url::parse(address).unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn whatever_an_identifier_contains_stays_one_segment_of_the_path() {
        for (id, path) in [
            ("@a/b:x", "/hs/_matrix/@a%2Fb:x/status"),
            ("!a?b#c:x", "/hs/_matrix/!a%3Fb%23c:x/status"),
            ("@%2e%2e:x", "/hs/_matrix/@%252e%252e:x/status"),
        ] {
            let base = Url::parse("https://example.org/hs/").unwrap();
            let request = Request::get(&["_matrix", id, "status"], Limits::SMALL);
            assert_eq!(request.into_http(&base, None).unwrap().url().path(), path);
        }
    }
}
