//! The place among those of a profile: the first sets the own presence and hears commands, the others only watch until
//! it ends.

use std::future::pending;

use matrix_sdk::ruma::UserId;
use tokio::sync::oneshot;

mod lock;

use crate::engine::ipc::Socket;
use crate::model::{
    control::Outcome,
    event::{Event, Update},
};
use lock::Claim;

/// The place.
pub enum Seat {
    /// There is nobody else to think of, or no way to: the demo, or somebody who only watches anyway.
    Apart,
    /// The first, with its socket if there can be one.
    First {
        /// Where it hears commands.
        socket: Option<Socket>,
        /// What makes it the first; given back last.
        _claim: Claim,
    },
    /// Another one is; to be told when it ends.
    Second(oneshot::Receiver<Claim>),
}

/// What the place brings.
pub enum Turn {
    /// What a command asks for.
    Asked(Event),
    /// This one is the first now.
    First,
}

impl Seat {
    /// Takes the best place that is free.
    #[must_use]
    pub fn take() -> Self {
        Self::take_first().unwrap_or_else(|| Self::Second(Claim::wait()))
    }

    /// Takes the first place, unless it is taken.
    #[must_use]
    pub fn take_first() -> Option<Self> {
        match Claim::take() {
            Ok(claim) => claim.map(Self::first),
            Err(error) => {
                tracing::warn!(%error, "other dashboards of this profile are not known");
                Some(Self::Apart)
            }
        }
    }

    fn first(claim: Claim) -> Self {
        let socket = Socket::open();
        let socket =
            socket.inspect_err(|error| tracing::warn!(%error, "commands cannot reach this dashboard"));
        Self::First { socket: socket.ok(), _claim: claim }
    }

    /// Whether another one sets the own presence.
    #[must_use]
    pub fn is_second(&self) -> bool {
        matches!(self, Self::Second(_))
    }

    /// What comes next.
    pub async fn next(&mut self) -> Turn {
        match self {
            Self::Apart | Self::First { socket: None, .. } => pending().await,
            Self::First { socket: Some(socket), .. } => Turn::Asked(socket.next().await),
            Self::Second(free) => {
                // Where it cannot be waited for, it stays with the other one.
                let claim = free.await;
                *self = claim.map_or(Self::Apart, Self::first);
                if let Self::Apart = self {
                    return pending().await;
                }
                Turn::First
            }
        }
    }

    /// Passes on to commands that watch along what the server tells, if there can be any. To be done before anything is
    /// made of it.
    pub fn pass_on(&mut self, event: &Event) {
        if let (Self::First { socket: Some(socket), .. }, Event::Update(update)) = (self, event) {
            socket.pass_on(update);
        }
    }

    /// Tells the commands how it stands, if there can be any, and what is known of somebody's contacts
    /// ([`crate::model::app::App::snapshot`]). To be done after each event.
    pub fn tell(
        &mut self,
        outcome: impl FnOnce() -> Outcome,
        snapshot: impl Fn(&UserId) -> Option<Vec<Update>>,
    ) {
        if let Self::First { socket: Some(socket), .. } = self {
            socket.tell(outcome(), snapshot);
        }
    }
}
