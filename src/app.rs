//! The whole state of the program, and `App::update`, the only place where it changes.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    event::{Account, Effect, Event, Put, Update},
    text,
};

mod connection;
mod dashboard;
mod lines;
mod sign_in;

pub use connection::Connection;
pub use dashboard::{Dashboard, Mode};
pub use lines::Line;
pub use sign_in::{Field, SignIn};

/// The program between two events.
#[derive(Debug)]
pub struct App {
    /// What the screen is about.
    pub stage: Stage,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The time zone of the times on screen.
    pub zone: TimeZone,
}

/// What the screen is about.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one")]
pub enum Stage {
    /// Nobody is signed in.
    SignIn(SignIn),
    /// Somebody is.
    Dashboard(Dashboard),
}

impl App {
    /// Starts with the dashboard of an account, or without one with the sign-in form.
    #[must_use]
    pub fn new(account: Option<Account>, size: (u16, u16), zone: TimeZone) -> Self {
        let stage = match account {
            Some(account) => Stage::Dashboard(Dashboard::new(account)),
            None => Stage::SignIn(SignIn::default()),
        };
        Self { stage, size, zone }
    }

    /// Takes in one event at its time and says what to do about it.
    #[must_use]
    pub fn update(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        match event {
            Event::Terminate => return vec![Effect::Quit],
            Event::Resize(columns, rows) => self.size = (columns, rows),
            Event::Update(Update::SignedIn(account)) => {
                self.stage = Stage::Dashboard(Dashboard::new(account));
            }
            Event::Update(Update::SignedOut) => {
                if let Stage::Dashboard(dashboard) = &self.stage {
                    self.stage = Stage::SignIn(SignIn::again(&dashboard.account));
                }
            }
            event => {
                return match &mut self.stage {
                    Stage::SignIn(form) => form.update(event),
                    Stage::Dashboard(dashboard) => dashboard.update(event, now, usize::from(self.size.1)),
                };
            }
        }
        Vec::new()
    }

    /// When the screen or the own presence changes although nothing happens.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => dashboard.wake(now, usize::from(self.size.1)),
        }
    }

    /// Whether others see busy because of us, which the server would let them do for an hour after the end.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(&self.stage, Stage::Dashboard(dashboard) if dashboard.own.is_busy())
    }

    /// What to send to the server at the end, if anything.
    #[must_use]
    pub fn farewell(&self) -> Option<Put> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => dashboard.own.farewell(),
        }
    }
}

/// Puts text into a line where its cursor is.
fn insert(input: &mut tui_input::Input, pasted: &str) {
    for c in text::clean(pasted).chars() {
        input.handle(tui_input::InputRequest::InsertChar(c));
    }
}
