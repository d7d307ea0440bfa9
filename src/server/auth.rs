//! Signing in to a homeserver, keeping the session alive, and signing out.
//!
//! A front end finds a [`Homeserver`], offers its [`Way`](crate::model::credentials::Way)s, starts one as a [`Flow`]
//! and shows its [`Progress`]. The result is a [`SavedSession`](crate::model::session::SavedSession): plain data to
//! save. A [`Session`](super::Session) sends requests with it and renews its tokens.

mod account;
mod address;
mod client;
mod code;
mod device_code;
mod discovery;
mod error;
mod flow;
mod form;
mod homeserver;
mod listener;
mod oauth;
pub(super) mod parsers;
mod redirect;
mod registration;
mod renewal;
mod sign_in;
mod sign_out;
mod sso;
mod tokens;

pub(super) use account::AccountPages;
pub(super) use client::AuthorizedClient;
pub use error::SignInError;
pub use flow::{Flow, Progress};
pub use homeserver::{BrowserWay, Homeserver, Wanted};
pub use redirect::RedirectError;
pub use renewal::RenewalError;
pub use sign_in::Proof;
pub(super) use sign_in::sign_in_with;
pub use sign_out::{SignOutError, sign_out, sign_out_pasted};
