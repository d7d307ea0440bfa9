//! Addresses of a server that are safe to show, draw and open.

use matrix_sdk::reqwest::Url;

use super::super::http::is_loopback;

/// The longest address that is shown or drawn.
const LONGEST: usize = 512;

/// Returns the address, if it is https, or http on this machine, and contains no credentials.
pub(super) fn checked(text: &str) -> Option<Url> {
    of_web(text).filter(|url| url.scheme() == "https" || is_loopback(url))
}

/// Returns the address, if it is https or http, and contains no credentials. A browser would open all others too: files
/// of this machine, scripts, programs.
pub(super) fn of_web(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| url.as_str().len() <= LONGEST)?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "https" | "http")).then_some(url)
}
