//! The whole state of the program, and `App::update`, the only place where it changes.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cli::config::Config,
    model::{
        contacts::Contacts,
        event::{Account, Effect, Event, Update},
        history::Scale,
        own::{SavedPresence, Shutdown},
        preferences::Preferences,
        text,
    },
};

mod chat;
mod connection;
mod dashboard;
mod keys;
mod rows;
mod look_ups;
mod mouse;
mod updates;
mod notices;
mod picker;
mod sign_in;
mod silence;
mod snapshot;
mod outcome;
mod time_zones;
mod selection;

pub use connection::Connection;
pub use dashboard::{Dashboard, LogSize, Mode};
pub use mouse::Mouse;
pub use picker::{PICKS, Pick};
pub use rows::Line;
pub use sign_in::{Field, SignIn};

/// From how many columns on details and log have room beside the list.
const WIDE: u16 = 110;

/// The program between two events.
#[derive(Debug)]
pub struct App {
    /// What the screen is about.
    pub stage: Stage,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The time zone of the times on screen.
    pub zone: TimeZone,
    config: Config,
    /// Whether another dashboard of the account has its presence.
    second: bool,
    /// What is remembered of whoever signs in next, and what they have chosen.
    saved: Option<SavedPresence>,
    preferences: Option<Preferences>,
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
        Self::prepared(account, size, zone, Config::default(), None, None)
    }

    /// The same as its owner wants it, and with what an earlier run has left.
    #[must_use]
    pub fn prepared(
        account: Option<Account>,
        size: (u16, u16),
        zone: TimeZone,
        config: Config,
        saved: Option<SavedPresence>,
        preferences: Option<Preferences>,
    ) -> Self {
        let mut app = Self {
            stage: Stage::SignIn(SignIn::default()),
            size,
            zone,
            config,
            second: false,
            saved,
            preferences,
        };
        if let Some(account) = account {
            app.open(account);
        }
        app
    }

    fn open(&mut self, account: Account) {
        let (saved, preferences) = (self.saved.take(), self.preferences.take());
        self.stage = Stage::Dashboard(Dashboard::new(account, &self.config, saved, preferences));
        if self.second {
            self.only_watch();
        }
    }

    /// Leaves the own presence to another dashboard of the account.
    pub fn only_watch(&mut self) {
        self.second = true;
        if let Stage::Dashboard(dashboard) = &mut self.stage {
            dashboard.own.only_watch();
        }
    }

    /// That one has ended: begins anew in its place, with what it has left.
    pub fn succeed(&mut self, saved: Option<SavedPresence>, preferences: Option<Preferences>) {
        (self.second, self.saved, self.preferences) = (false, saved, preferences);
        if let Stage::Dashboard(dashboard) = &self.stage {
            self.open(dashboard.account.clone());
        }
    }

    /// Takes in one event at its time and says what to do about it.
    #[must_use]
    pub fn update(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.take(event, now);
        let (rows, is_wide) = (usize::from(self.size.1), self.is_wide());
        if let Stage::Dashboard(dashboard) = &mut self.stage {
            effects.extend(dashboard.look_up(rows));
            effects.extend(dashboard.look_up_time_zone(is_wide, now));
        }
        effects
    }

    fn take(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        match event {
            Event::Terminate => return vec![Effect::Quit],
            Event::Resize(columns, rows) => self.size = (columns, rows),
            Event::Update(Update::SignedIn(account)) => {
                self.open(account);
            }
            Event::Update(Update::SignedOut) => {
                if let Stage::Dashboard(dashboard) = &self.stage {
                    self.saved = Some(dashboard.own.saved());
                    self.preferences = Some(dashboard.preferences.clone());
                    self.stage = Stage::SignIn(SignIn::again(&dashboard.account));
                }
            }
            event => {
                return match &mut self.stage {
                    Stage::SignIn(form) => form.update(event),
                    Stage::Dashboard(dashboard) => {
                        dashboard.update(event, now, usize::from(self.size.1), &self.zone)
                    }
                };
            }
        }
        Vec::new()
    }

    /// Whether details and log have room beside the list.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// When the screen or the own presence changes although nothing happens.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => {
                let (columns, rows) = self.size;
                let strips = self.is_wide() || dashboard.log != LogSize::Off || dashboard.shows_details();
                // No strip is longer than the screen is wide, so none changes sooner.
                let scale = strips.then(|| Scale::fit(&dashboard.history, &self.zone, now, columns.into()));
                let strips = scale.map(|scale| scale.end());
                let local_time = dashboard.local_time_changes_at(self.is_wide(), now);
                dashboard.wake(now, usize::from(rows)).into_iter().chain(strips).chain(local_time).min()
            }
        }
    }

    /// What the end of the program takes; nothing where nobody is signed in.
    #[must_use]
    pub fn shutdown(&self) -> Option<Shutdown> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => Some(dashboard.own.shutdown()),
        }
    }

    /// What is to outlive the program.
    #[must_use]
    pub fn saved(&self) -> Option<SavedPresence> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => Some(dashboard.own.saved()),
        }
    }

    /// Everybody who shares a room with whoever is signed in.
    #[must_use]
    pub fn contacts(&self) -> Option<&Contacts> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => Some(&dashboard.contacts),
        }
    }

    /// What the person has chosen, to be kept.
    #[must_use]
    pub fn preferences(&self) -> Option<&Preferences> {
        match &self.stage {
            Stage::SignIn(_) => None,
            Stage::Dashboard(dashboard) => Some(&dashboard.preferences),
        }
    }
}

/// Puts text into a line where its cursor is.
fn insert(input: &mut tui_input::Input, pasted: &str) {
    for c in text::clean(pasted).chars() {
        input.handle(tui_input::InputRequest::InsertChar(c));
    }
}
