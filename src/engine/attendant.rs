//! The program without a terminal, for commands: what is told is taken in, and what follows is done.

use std::{future::pending, time::Duration};

use jiff::Timestamp;
use tokio::{select, time::sleep};

use crate::{
    engine::{
        instance::{Seat, Turn},
        tasks::Link,
    },
    model::{
        app::App,
        control::Outcome,
        event::{Effect, Event},
        presence::Change,
    },
    server::Session,
};

/// The program, turned by whoever has it.
pub struct Attendant {
    /// What is known.
    pub app: App,
    link: Link,
    seat: Seat,
}

impl Attendant {
    /// Begins with a link that is attached already.
    #[must_use]
    pub fn new(app: App, link: Link, seat: Seat) -> Self {
        Self { app, link, seat }
    }

    /// Follows the server with a session.
    pub fn attach(&mut self, session: Session) {
        self.link.attach(session);
    }

    /// How it stands with the own presence.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.app.outcome(Timestamp::now())
    }

    /// The next thing to happen, to be taken in. Whoever stops waiting for it loses nothing.
    pub async fn next(&mut self) -> Event {
        select! {
            update = self.link.next() => Event::Update(update),
            turn = self.seat.next() => match turn {
                Turn::Asked(event) => event,
                Turn::First => Event::Clock,
            },
            () = wait(self.app.wake(Timestamp::now())) => Event::Clock,
        }
    }

    /// Takes in what happened, and does what follows. Returns which contacts became different.
    pub fn take(&mut self, event: Event) -> Vec<Change> {
        let now = Timestamp::now();
        let mut changes = Vec::new();
        self.seat.pass_on(&event);
        for effect in self.app.update(event, now) {
            match effect {
                Effect::Changed(change) => changes.push(change),
                Effect::SavePresence => self.app.saved().iter().for_each(|saved| self.link.keep(saved)),
                effect => self.link.carry_out(effect),
            }
        }
        self.seat.tell(|| self.app.outcome(now), |user_id| self.app.snapshot(user_id, now));
        changes
    }
}

async fn wait(until: Option<Timestamp>) {
    let Some(until) = until else { return pending().await };
    sleep(Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default()).await;
}
