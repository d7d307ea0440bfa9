//! What is kept for the next start: a position of the server's stream, and the contacts there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{
    calls::Calls,
    contacts::{
        Contacts,
        parts::{PartRef, Whole},
    },
    event::Account,
    quirks::Software,
};

/// The release that has written a cache. Another one may have another form of the contacts.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// A position of the `/sync` stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The `next_batch` of the last response. `None`: the beginning.
    pub since: Option<String>,
    /// The joined rooms whose members are known.
    pub rooms: BTreeSet<OwnedRoomId>,
    /// Whether the server has not returned the members of others.
    pub lacks_rooms: bool,
    /// The software that the server ran then, if it is known.
    pub software: Option<Software>,
}

/// What is kept of a model, apart from the contacts: the server can be asked without them. Generic, so that it can be
/// written without a copy.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cache<K = Calls, R = BTreeSet<OwnedRoomId>> {
    pub(super) release: String,
    pub(super) user_id: OwnedUserId,
    pub(super) device_id: String,
    pub(super) homeserver: String,
    pub(super) since: String,
    pub(super) as_of: Timestamp,
    #[serde(default)]
    pub(super) software: Option<Software>,
    pub(super) rooms: R,
    #[serde(default)]
    pub(super) rooms_not_loaded: usize,
    pub(super) calls: K,
}

/// What to keep of a model, without a copy.
pub type BorrowedCache<'a> = Cache<&'a Calls, &'a BTreeSet<OwnedRoomId>>;

/// The contacts to keep, without a copy.
pub type BorrowedContacts<'a> = Whole<&'a Contacts, &'a PartRef>;

impl<K, R> Cache<K, R> {
    /// Returns when it was kept.
    #[must_use]
    pub(crate) fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns whether this release has kept it in the same session.
    #[must_use]
    pub fn is_of(&self, account: &Account) -> bool {
        self.release == RELEASE
            && self.user_id == account.user_id
            && self.device_id == account.device_id
            && self.homeserver == account.homeserver
    }
}
