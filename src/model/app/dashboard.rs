//! The dashboard's state: contacts, own presence, connection, and what the keyboard is about.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::OwnedUserId;
use tui_input::Input;

use super::{Connection, Line, Mouse, look_ups::LookUps, time_zones::TimeZones};
use crate::{
    cli::config::Config,
    model::{
        age,
        calls::Calls,
        contacts::Contacts,
        event::{Account, Effect, Event, SyncPresence, Target},
        history::History,
        own::{Own, Reason, SavedPresence},
        preferences::Preferences,
        presence::Change,
    },
    ui::keymap::Keymap,
};

/// How long it takes to read a sentence that comes unasked.
const READ: SignedDuration = SignedDuration::from_secs(5);

/// Everything that the dashboard shows.
#[derive(Debug)]
pub struct Dashboard {
    /// Who is signed in where.
    pub account: Account,
    /// The list.
    pub contacts: Contacts,
    /// Who is in a call.
    pub calls: Calls,
    /// What the person has chosen about contacts.
    pub preferences: Preferences,
    /// What happened.
    pub history: History,
    /// The own presence.
    pub own: Own,
    /// How the server is reached.
    pub connection: Connection,
    /// How many rooms the server does not give us; those who are only in them are not listed.
    pub rooms_not_loaded: usize,
    /// Which keys ask for what.
    pub keymap: Keymap,
    /// What keys are for at the moment.
    pub mode: Mode,
    /// What the list is filtered by; empty for nothing.
    pub filter: String,
    /// The selected contact, which stays selected when rows reorder.
    pub selected: Option<OwnedUserId>,
    /// Whether the details of the selected contact are asked for.
    pub(super) details: bool,
    /// How much of the log is shown below the list.
    pub log: LogSize,
    /// When the server last spoke.
    pub(super) last_news: Option<Timestamp>,
    /// The `set_presence` that `/sync` was last told to use.
    sync_presence: Option<SyncPresence>,
    /// Why what has an end would not outlive the program.
    pub presence_not_saved: Option<String>,
    /// Why what was chosen will be forgotten with the end of the program.
    pub preferences_not_saved: Option<String>,
    /// What came of the last key, until the next one.
    pub said: Option<String>,
    /// What does not work, and since when that is on screen: until a key that comes when it can have been read.
    pub trouble: Option<(String, Timestamp)>,
    pub(super) look_ups: LookUps,
    pub(super) time_zones: TimeZones,
    /// Who has gone offline so lately that they may be back at once.
    pub(super) leaving: BTreeMap<OwnedUserId, Change>,
    /// Whose the mouse is.
    pub mouse: Mouse,
    /// What was clicked last, and when.
    pub(super) clicked: Option<(Target, Timestamp)>,
    /// Whether the person is told nothing of others while busy.
    pub(super) quiet_when_busy: bool,
    /// Whether what happens is to be written down.
    pub(super) recorded: bool,
}

/// What keys are for.
#[derive(Debug)]
pub enum Mode {
    /// The keymap's actions.
    List,
    /// Typing a filter.
    Filter(Input),
    /// Typing a status message.
    Message(Input),
    /// Typing when busy is to end; and what was wrong with what was typed.
    Until(Input, Option<String>),
    /// Picking the own state, at that place of the list.
    Pick(usize),
    /// Reading the help, scrolled down by so many rows.
    Help(usize),
}

/// How much of the log is shown below the list; where there is room beside it, it is shown anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSize {
    /// Nothing.
    Off,
    /// A third of the rows.
    Small,
    /// Two thirds.
    Large,
}

impl LogSize {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Off => Self::Small,
            Self::Small => Self::Large,
            Self::Large => Self::Off,
        }
    }

    /// How many of so many rows the log takes.
    #[must_use]
    pub fn of(self, rows: u16) -> u16 {
        match self {
            Self::Off => 0,
            Self::Small => (rows / 3).max(4).min(rows / 2),
            Self::Large => (rows * 2 / 3).max(4).min(rows),
        }
    }
}

impl Dashboard {
    /// An empty dashboard for an account.
    #[must_use]
    pub fn new(
        account: Account,
        config: &Config,
        saved: Option<SavedPresence>,
        preferences: Option<Preferences>,
    ) -> Self {
        let preferences = preferences.filter(|preferences| preferences.user_id == account.user_id);
        let preferences = preferences.unwrap_or_else(|| Preferences::of(account.user_id.clone()));
        let mut contacts =
            Contacts::showing(account.user_id.clone(), config.hiding(), config.view, &config.rooms);
        contacts.pin(&preferences.pins);
        Self {
            preferences,
            contacts,
            calls: Calls::default(),
            history: History::default(),
            own: Own::new(account.user_id.clone(), config, saved),
            account,
            connection: Connection::Connecting,
            rooms_not_loaded: 0,
            keymap: config.keymap.clone(),
            mode: Mode::List,
            filter: String::new(),
            selected: None,
            details: false,
            log: LogSize::Off,
            last_news: None,
            sync_presence: None,
            presence_not_saved: None,
            preferences_not_saved: None,
            said: None,
            trouble: None,
            look_ups: LookUps::default(),
            time_zones: TimeZones::default(),
            leaving: BTreeMap::new(),
            mouse: if config.mouse { Mouse::Taken } else { Mouse::Unwanted },
            clicked: None,
            quiet_when_busy: config.notify.quiet_when_busy,
            recorded: config.history.is_some(),
        }
    }

    /// The server's name, for people.
    #[must_use]
    pub fn server(&self) -> &str {
        self.account.user_id.server_name().as_str()
    }

    /// The row of the selected contact, if it is shown.
    #[must_use]
    pub fn selected_row(&self) -> Option<usize> {
        self.selected.as_ref().and_then(|user_id| self.contacts.row_of(user_id))
    }

    pub(super) fn update(
        &mut self,
        event: Event,
        now: Timestamp,
        height: usize,
        zone: &TimeZone,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Before what is pressed: whoever comes back from an idle keyboard and presses something is there.
        if let Event::Key(_) | Event::Paste(_) | Event::Scroll(_) | Event::Click(_) | Event::Active = event {
            self.own.active(now);
        }
        match event {
            Event::Key(key) => {
                self.said = None;
                self.trouble.take_if(|(_, since)| now.duration_since(*since) >= READ);
                effects.extend(self.retry());
                effects.extend(self.press(&key, height, now, zone));
            }
            Event::Desktop(idle) => {
                let idle = idle.map(|idle| SignedDuration::try_from(idle).unwrap_or(SignedDuration::MAX));
                self.own.desktop_idle(idle, now);
            }
            Event::Asked(want) => {
                effects.extend(self.retry());
                self.own.grant(want);
            }
            Event::Watched => effects.extend(self.retry()),
            Event::Paste(text) => self.paste(&text),
            Event::Click(target) => effects.extend(self.click(target, height, now)),
            Event::Scroll(steps) => self.scroll(steps * 3),
            Event::Update(update) => effects = self.take(update, now),
            Event::Trouble(trouble) => {
                // It may be what came of what was just said to be done.
                self.said = None;
                self.trouble = Some((trouble, now));
            }
            _ => {}
        }
        effects.extend(self.tell_who_left(now));
        let next: Vec<Effect> = std::iter::from_fn(|| self.own.next(now)).collect();
        if let Some(sync_presence) =
            self.own.sync_presence().filter(|it| self.sync_presence.as_ref() != Some(it))
        {
            self.sync_presence = Some(sync_presence.clone());
            // First: a /sync that begins after the PUT must not undo it.
            effects.push(Effect::SyncPresence(sync_presence));
        }
        effects.extend(next);
        effects
    }

    pub(super) fn wake(&self, now: Timestamp, height: usize) -> Option<Timestamp> {
        let lost = match self.connection {
            Connection::Lost { retry_at, .. } => retry_at,
            _ => None,
        };
        let limited = match self.own.report().reason {
            Some(Reason::Limited(until) | Reason::Failing(until)) => Some(until),
            _ => None,
        };
        let countdowns = [lost, limited].into_iter().flatten().filter(|&until| until > now);
        let countdowns = countdowns.map(|until| age::countdown_changes_at(until, now));
        let ages = self.lines(height).filter_map(|line| match line {
            Line::Contact(_, contact) => contact.heard.as_ref()?.idle_since(),
            Line::Heading(_) => None,
        });
        let ages = ages.map(|since| age::changes_at(since, now));
        let others = self.calls.next_expiry(now).into_iter().chain(self.next_who_left());
        let others = others.chain(self.too_quiet_at().filter(|&at| at > now));
        countdowns.chain(ages).chain(self.own.wake()).chain(others).min()
    }

    /// Any key is a reason to try to reach the server now.
    fn retry(&mut self) -> Option<Effect> {
        match &mut self.connection {
            Connection::Lost { retry_at, .. } => retry_at.take().map(|_| Effect::Retry),
            _ => None,
        }
    }
}
