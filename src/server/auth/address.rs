//! Addresses of a server that are safe to show, draw and open.

use matrix_sdk::reqwest::Url;

use super::super::http::{is_loopback, is_of_web};

/// The longest address that is shown or drawn.
const LONGEST: usize = 512;

/// Returns the address, if it is https, or http on this machine, and contains no credentials.
pub(super) fn checked(text: &str) -> Option<Url> {
    of_web(text).filter(|url| url.scheme() == "https" || is_loopback(url))
}

/// Returns the address, if it is of the web and not endless.
pub(super) fn of_web(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| url.as_str().len() <= LONGEST && is_of_web(url))
}
