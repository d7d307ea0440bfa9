//! Errors of a homeserver, as sentences that say what to do.

use std::{error::Error, io, time::Duration};

use matrix_sdk::reqwest;
use rustix::io::Errno;
use thiserror::Error as ThisError;

use super::{http::Limits, json::Object};
use crate::model::text::Clean;

/// How many columns of a server's own words are shown.
const WORDS: usize = 200;
/// The shortest wait before a rate-limited request is repeated.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The wait if a server does not name one: Synapse's default for presence.
const USUAL_WAIT: Duration = Duration::from_secs(10);

/// An error, and the server that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{}", kind.sentence(server))]
pub struct ServerError {
    /// The server's host, or what the person typed.
    pub server: Clean,
    /// The error.
    pub kind: ErrorKind,
}

/// A kind of error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The host name has no address.
    UnknownHost,
    /// The connection is refused or broke.
    Down,
    /// The server did not answer in time.
    TimedOut,
    /// The server's certificate or TLS version is not accepted.
    Tls(Clean),
    /// The address belongs to something other than a Matrix homeserver.
    NotMatrix,
    /// The typed text is not a server name.
    NoServerName,
    /// The user name or the password is wrong.
    WrongPassword,
    /// The server has no user of this name.
    UnknownUser,
    /// The server does not accept passwords.
    NoPasswords,
    /// The account is locked. Signing in again does not help.
    AccountLocked,
    /// The session has no valid token at the moment; a sentence says why.
    NotRenewed(Clean),
    /// The access token is not, or no longer, valid.
    SignedOut,
    /// The rate limit. The next request may come after this time.
    Limited(Duration),
    /// The server or its proxy answers with this HTTP status.
    Unavailable(u16),
    /// The server refuses the request.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The errcode, such as `M_FORBIDDEN`. Empty if there is none.
        errcode: Clean,
        /// The server's own words. Empty if there are none.
        words: Clean,
    },
    /// The server redirects. A token must not follow.
    Redirected(Clean),
    /// The answer is longer than this many bytes.
    TooLarge(usize),
    /// The answer is malformed.
    ProtocolError,
    /// No connection can be attempted.
    Other(Clean),
}

impl ServerError {
    /// Returns an error of a server, which `server` names as people do.
    pub(super) fn new(server: &str, kind: ErrorKind) -> Self {
        Self { server: words(server), kind }
    }
}

impl ErrorKind {
    fn sentence(&self, server: &str) -> String {
        match self {
            Self::UnknownHost => format!("There is no host {server}. Check the name, and your network."),
            Self::Down => {
                format!("{server} does not accept connections. It may be down; try again later.")
            }
            Self::TimedOut => format!("{server} does not answer. Check your network, or try again later."),
            Self::Tls(why) => format!(
                "The secure connection to {server} failed: {why}. Check the address and this machine's clock."
            ),
            Self::NotMatrix => format!(
                "There is no Matrix homeserver at {server}. Check the address; it often begins with matrix."
            ),
            Self::NoServerName => format!(
                "\"{server}\" is not a server name. Type @you:example.org, example.org or https://example.org."
            ),
            Self::WrongPassword => format!("{server} does not accept this user and password. Check both."),
            Self::UnknownUser => format!("{server} has no such user. Check the user name."),
            Self::NoPasswords => format!(
                "{server} does not accept passwords. Sign in with an access token: whosin login --token-stdin."
            ),
            Self::AccountLocked => {
                format!("{server} has locked this account. Ask its administrator.")
            }
            Self::NotRenewed(why) => why.to_string(),
            Self::SignedOut => {
                format!("{server} no longer knows this session. Sign in again: whosin login.")
            }
            Self::Limited(wait) => {
                format!("{server} limits requests. Try again in {} s.", wait.as_secs_f64().ceil())
            }
            Self::Unavailable(status) => {
                format!("{server} has an internal error (HTTP {status}). Try again later.")
            }
            Self::Refused { status, words, .. } if words.is_empty() => {
                format!("{server} refuses: HTTP {status}.")
            }
            Self::Refused { words, .. } => format!("{server} refuses: {words}"),
            Self::Redirected(to) if to.is_empty() => {
                format!("{server} redirects without an address. Check the address.")
            }
            Self::Redirected(to) => {
                format!("{server} redirects to {to}. If you trust that server, sign in there: whosin login.")
            }
            Self::TooLarge(limit) => {
                let size = if *limit < 1 << 20 {
                    format!("{} kB", limit >> 10)
                } else {
                    format!("{} MB", limit >> 20)
                };
                format!("{server} sent an answer of more than {size}. whosin reads no more.")
            }
            Self::ProtocolError => {
                format!("{server} sent an unreadable answer. Try again later.")
            }
            Self::Other(why) => format!("{server} cannot be reached: {why}."),
        }
    }

    /// Returns whether the server refused with an errcode.
    pub(super) fn is_refused_with(&self, errcode: &str) -> bool {
        matches!(self, Self::Refused { errcode: it, .. } if *it == *errcode)
    }

    /// Reads an unsuccessful answer.
    pub(super) fn of_answer(status: u16, body: &str, retry_after: Option<&str>, limits: Limits) -> Self {
        let body = Object::parse(body).unwrap_or_default();
        let errcode = body.text("errcode").map(|it| words(&it)).unwrap_or_default();
        match (&*errcode, status) {
            // 401 alone is not proof: palpo sends it for other users' presence.
            ("M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN", _) => Self::SignedOut,
            ("M_USER_LOCKED", _) => Self::AccountLocked,
            ("M_LIMIT_EXCEEDED", _) | (_, 429) => {
                Self::Limited(wait(&body, retry_after, limits.longest_wait))
            }
            (_, 500..) => Self::Unavailable(status),
            ("", 404) => Self::NotMatrix,
            _ => {
                let said = body.text("error").map(|it| words(&it)).unwrap_or_default();
                // tuwunel repeats the errcode in its words.
                let repeated = said.strip_prefix(&format!("{errcode}: ")).filter(|_| !errcode.is_empty());
                let said = repeated.map(Clean::from).unwrap_or(said);
                Self::Refused { status, errcode, words: said }
            }
        }
    }

    /// Reads a transport error.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_decode() {
            return Self::ProtocolError;
        }
        let first: &(dyn Error + 'static) = error;
        let chain: Vec<_> = std::iter::successors(Some(first), |&error| error.source()).collect();
        let said: Vec<String> = chain.iter().map(ToString::to_string).collect();
        let find = |what: &str| said.iter().find(|words| words.contains(what));
        let system = |error: &&(dyn Error + 'static)| Errno::from_io_error(error.downcast_ref()?);
        if let Some(errno) = chain.iter().find_map(system) {
            Self::of_system(errno)
        } else if find("dns error").is_some() {
            Self::UnknownHost
        } else if let Some(why) = find("certificate").or_else(|| find("handshake")).or_else(|| find("TLS")) {
            Self::Tls(words(why))
        } else if find("corrupt message").is_some() {
            Self::Tls("the server does not speak TLS on this port".into())
        } else if chain.iter().any(|error| error.is::<io::Error>()) || find("connection").is_some() {
            Self::Down
        } else {
            // Only the innermost text: the outer ones contain the URL, and so the request.
            Self::Other(said.last().map(|it| words(it)).unwrap_or_default())
        }
    }

    /// Reads an error of the system. Not all are the server's: this machine may have no network, or no file
    /// descriptors.
    fn of_system(errno: Errno) -> Self {
        match errno {
            Errno::TIMEDOUT => Self::TimedOut,
            Errno::CONNREFUSED | Errno::CONNRESET | Errno::CONNABORTED | Errno::PIPE | Errno::NOTCONN => {
                Self::Down
            }
            errno => Self::Other(words(&errno.to_string())),
        }
    }

    /// Reads a redirect. Drops everything after the path, because it may repeat the request.
    pub(super) fn redirected(location: &str) -> Self {
        Self::Redirected(words(location.split(['?', '#']).next().unwrap_or_default()))
    }
}

/// Returns how long to wait: from the body, as Matrix defines it, or from the header, as HTTP does.
fn wait(body: &Object<'_>, retry_after: Option<&str>, longest: Duration) -> Duration {
    let milliseconds = body.number("retry_after_ms");
    let seconds = retry_after.and_then(|it| it.trim().parse::<u64>().ok());
    let wait = match (milliseconds, seconds) {
        (Some(milliseconds), _) => Duration::from_millis(milliseconds.try_into().unwrap_or(0)),
        (None, Some(seconds)) => Duration::from_secs(seconds),
        (None, None) => USUAL_WAIT,
    };
    wait.clamp(SHORTEST_WAIT, longest)
}

/// Returns a server's own words, as long as a sentence.
pub(super) fn words(words: &str) -> Clean {
    Clean::short(words, WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::width;

    fn of(status: u16, body: &str) -> ErrorKind {
        ErrorKind::of_answer(status, body, None, Limits::SMALL)
    }

    #[test]
    fn a_wait_has_a_floor_and_a_ceiling_and_need_not_make_sense() {
        let (floor, ceiling) = (SHORTEST_WAIT, Limits::SMALL.longest_wait);
        for (wait, expected) in [
            ("0", floor),
            ("-5", floor),
            ("1e-3", floor),
            ("3000", Duration::from_secs(3)),
            ("3000.0", Duration::from_secs(3)),
            ("18446744073709551616", ceiling),
            ("1e300", ceiling),
            ("null", USUAL_WAIT),
            ("\"soon\"", USUAL_WAIT),
            ("[]", USUAL_WAIT),
        ] {
            let body = format!(r#"{{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": {wait}}}"#);
            assert_eq!(of(429, &body), ErrorKind::Limited(expected), "{wait}");
        }
        for (header, expected) in [("0", floor), ("7", Duration::from_secs(7)), ("99999999999", ceiling)] {
            let kind = ErrorKind::of_answer(429, "", Some(header), Limits::SMALL);
            assert_eq!(kind, ErrorKind::Limited(expected), "{header}");
        }
        let sign_in = ErrorKind::of_answer(429, r#"{"retry_after_ms": 333200}"#, None, Limits::SIGN_IN);
        assert_eq!(sign_in, ErrorKind::Limited(Duration::from_millis(333_200)));
    }

    #[test]
    fn no_words_of_a_server_leave_an_error_as_they_came() {
        let hostile = "\u{1b}]52;c;cHduZWQ=\u{7}\u{1b}[6n\u{9b}31m\u{202e}a\r\nb";
        let json = serde_json::json!({"errcode": hostile, "error": hostile.repeat(1_000)}).to_string();
        let kinds = [
            of(403, &json),
            of(400, &json),
            ErrorKind::redirected(&format!("https://{hostile}/?access_token=secret")),
            ErrorKind::Tls(words(hostile)),
        ];
        for kind in kinds {
            let sentence = ServerError::new(hostile, kind).to_string();
            assert!(!sentence.contains(|c: char| c.is_control() || c == '\u{202e}'), "{sentence:?}");
            assert!(width(&sentence) < 3 * WORDS && !sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn a_server_is_not_blamed_for_what_this_machine_lacks() {
        for errno in [Errno::CONNREFUSED, Errno::CONNRESET, Errno::PIPE] {
            assert_eq!(ErrorKind::of_system(errno), ErrorKind::Down, "{errno}");
        }
        assert_eq!(ErrorKind::of_system(Errno::TIMEDOUT), ErrorKind::TimedOut);
        for (errno, why) in [
            (Errno::MFILE, "Too many open files"),
            (Errno::NFILE, "Too many open files in system"),
            (Errno::NOMEM, "Cannot allocate memory"),
            (Errno::NETUNREACH, "Network is unreachable"),
            (Errno::ACCESS, "Permission denied"),
        ] {
            let sentence = ServerError::new("example.org", ErrorKind::of_system(errno)).to_string();
            assert!(sentence.starts_with("example.org cannot be reached: "), "{sentence}");
            // Each system has words of its own.
            assert!(cfg!(not(target_os = "linux")) || sentence.contains(why), "{sentence}");
        }
    }

    #[test]
    fn a_limit_is_told_in_its_own_size() {
        for (limit, size) in [(256 << 10, " 256 kB."), (1 << 20, " 1 MB."), (128 << 20, " 128 MB.")] {
            let sentence = ErrorKind::TooLarge(limit).sentence("x");
            assert!(sentence.contains(size), "{sentence}");
        }
    }

    #[test]
    fn what_an_answer_means_depends_on_its_errcode_first() {
        assert_eq!(of(401, r#"{"errcode": "M_UNKNOWN_TOKEN"}"#), ErrorKind::SignedOut);
        assert!(of(401, r#"{"errcode": "M_UNAUTHORIZED"}"#).is_refused_with("M_UNAUTHORIZED"));
        assert_eq!(of(502, "<html>"), ErrorKind::Unavailable(502));
        assert_eq!(of(404, "<html>"), ErrorKind::NotMatrix);
        assert!(of(404, r#"{"errcode": "M_NOT_FOUND"}"#).is_refused_with("M_NOT_FOUND"));
    }
}
