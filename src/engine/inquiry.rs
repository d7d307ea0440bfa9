//! A question to the engine that runs, without a session and without an engine of one's own.

use std::time::Duration;

use matrix_sdk::ruma::{OwnedUserId, UserId};
use tokio::time::timeout;

use super::ipc::{
    connection::Connection,
    protocol::{Attach, EngineProcess, Reply, Scope, Successor},
};
use crate::model::{
    Model,
    presence::{PresenceEvent, Status},
    profile::Profile,
};

/// How long a question may take. Something else can answer it too. A prompt waits for it: starship allows 500 ms.
const LIMIT: Duration = Duration::from_millis(400);
/// The most users in one question. The line must not be too long.
const MOST: usize = 100;

/// What the engine answers.
#[derive(Debug)]
pub struct Inquiry {
    /// The engine's process.
    pub process: EngineProcess,
    /// The model, as far as it was asked for.
    pub model: Box<Model>,
    /// The presence of users who were asked for, where the engine knows it and is up to date.
    known: Vec<PresenceEvent>,
    profiles: Vec<(OwnedUserId, Profile)>,
}

impl Inquiry {
    /// Asks the profile's engine about users of an account. `None`: no engine runs, or none that answers.
    pub async fn about(account: &UserId, users: &[OwnedUserId], scope: Scope) -> Option<Self> {
        // A list that contains the own user marks a question. Its front end leaves after the answer.
        let users = std::iter::once(account.to_owned()).chain(users.iter().cloned()).take(MOST).collect();
        let attach = Attach { user_id: account.to_owned(), scope, users, successor: Successor::No };
        let ask = async {
            let mut connection = Connection::open(&attach).await.ok()??;
            loop {
                match connection.next().await.ok()?? {
                    Reply::Snapshot { model, process, known, profiles, .. } => {
                        return Some(Self { process, model, known, profiles });
                    }
                    Reply::Refused { .. } => return None,
                    _ => {}
                }
            }
        };
        timeout(LIMIT, ask).await.ok().flatten()
    }

    /// Returns the presence of a user who was asked for, if it is known and up to date.
    #[must_use]
    pub fn presence_of(&self, user_id: &UserId) -> Option<&Status> {
        self.known.iter().find(|known| known.sender == *user_id).map(|known| &known.content)
    }

    /// Returns what the profile of a user who was asked for says, as far as it is known.
    #[must_use]
    pub fn profile_of(&self, user_id: &UserId) -> Option<&Profile> {
        self.profiles.iter().find(|(known, _)| known == user_id).map(|(_, profile)| profile)
    }
}
