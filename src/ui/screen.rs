//! What one person looks at: mode, selection, filter, and what is being typed. Pure.
//!
//! [`Screen::update`] takes what happens at the terminal. Whatever concerns more than this screen becomes a
//! [`Command`] for the engine.

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use tui_input::{Input as Line, InputRequest};

use super::{
    keymap::Keymap,
    list::{List, View},
};
use crate::model::{
    AT_ONCE, Model, age, connection::Connection, contacts::Contact, event::Command, history::Scale,
    own::Reason, text,
};

mod keys;
mod mouse;
mod picker;
mod rows;

pub use mouse::Mouse;
pub use picker::{PICKS, Pick};
pub use rows::Row;

/// From how many columns on details and log have room beside the list.
const WIDE: u16 = 110;
/// How long it takes to read a sentence that comes unasked.
const READ: SignedDuration = SignedDuration::from_secs(5);
/// How often the engine is told that somebody is at the keys.
const ACTIVE_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// What happens at the terminal.
#[derive(Debug)]
pub enum Input {
    /// A key was pressed, repeated or released.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse wheel turned: this many steps down, or up where negative.
    Scroll(isize),
    /// The mouse was pressed on something, or on nothing that can be clicked.
    Click(Option<Target>),
    /// A sign of somebody at the terminal that asks for nothing: the mouse moves, the window gets the focus.
    Active,
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// Something that the person has asked for failed. A sentence says what and why.
    Problem(String),
    /// The program was stopped and goes on.
    Continued,
}

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A contact's row.
    Contact(OwnedUserId),
    /// The view in this place of the row of views.
    View(usize),
    /// The own state.
    Own,
    /// A place in the list of own states.
    Pick(usize),
}

/// What the screen wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the engine for this.
    Command(Command),
    /// Put this text into the clipboard.
    Copy(String),
    /// Open this address in a browser.
    Open(String),
    /// Take the mouse from the terminal, or leave it.
    CaptureMouse(bool),
    /// Stop and give the terminal back to the shell until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// How the person wants the screen.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The view to begin with.
    pub view: View,
    /// The rooms and spaces with a view of their own, each by name, address or ID.
    pub rooms: Vec<String>,
    /// Which keys ask for what.
    pub keymap: Keymap,
    /// Whether to take the mouse from the terminal.
    pub mouse: bool,
    /// Whether this screen changes nothing about the own presence.
    pub watch_only: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            view: View::default(),
            rooms: Vec::new(),
            keymap: Keymap::default(),
            mouse: true,
            watch_only: false,
        }
    }
}

/// The state of one screen.
#[derive(Debug)]
pub struct Screen {
    /// Columns and rows.
    size: (u16, u16),
    /// The time zone of the times on screen.
    zone: TimeZone,
    keymap: Keymap,
    watch_only: bool,
    list: List,
    mode: Mode,
    /// What the list is filtered by; empty for nothing.
    filter: String,
    /// The selected contact, which stays selected when rows reorder.
    selected: Option<OwnedUserId>,
    /// Whether the details of the selected contact are asked for.
    details: bool,
    log: LogSize,
    mouse: Mouse,
    /// What was clicked last, and when.
    clicked: Option<(Target, Timestamp)>,
    /// What came of the last key, until the next one.
    reply: Option<String>,
    /// Whom that promises a notification of, and whether the model knows it yet.
    promised: Option<(OwnedUserId, bool)>,
    /// What does not work, and since when that is on screen.
    problem: Option<(String, Timestamp)>,
    /// Until when problems of the model have been read.
    read_until: Option<Timestamp>,
    /// When the engine was last told that somebody is at the keys.
    active_at: Option<Timestamp>,
    /// Whom the engine was asked to look up and has not yet: no more than it looks up at once.
    looking_up: Vec<OwnedUserId>,
    /// Whose time zone the engine was asked for last, and when.
    zone_asked: Option<(OwnedUserId, Timestamp)>,
    /// Whether the model was live at the last look.
    was_live: bool,
}

/// What keys are for.
#[derive(Debug)]
pub enum Mode {
    /// The keymap's actions.
    List,
    /// Typing a filter.
    Filter(Line),
    /// Typing a status message.
    Message(Line),
    /// Typing when busy is to end; and what was wrong with what was typed.
    Until(Line, Option<String>),
    /// Picking the own state, at that place of the list.
    Pick(usize),
    /// Reading the help, scrolled down by this many rows.
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
    fn next(self) -> Self {
        match self {
            Self::Off => Self::Small,
            Self::Small => Self::Large,
            Self::Large => Self::Off,
        }
    }

    /// How many of the rows the log takes.
    #[must_use]
    pub fn of(self, rows: u16) -> u16 {
        match self {
            Self::Off => 0,
            Self::Small => (rows / 3).max(4).min(rows / 2),
            Self::Large => (rows * 2 / 3).max(4).min(rows),
        }
    }
}

impl Screen {
    /// Returns a screen of this size that shows a model.
    #[must_use]
    pub fn new(model: &Model, size: (u16, u16), zone: TimeZone, preferences: &Preferences) -> Self {
        let mut list = List::new(preferences.view, &preferences.rooms);
        list.refresh(model.contacts());
        Self {
            size,
            zone,
            keymap: preferences.keymap.clone(),
            watch_only: preferences.watch_only,
            list,
            mode: Mode::List,
            filter: String::new(),
            selected: None,
            details: false,
            log: LogSize::Off,
            mouse: if preferences.mouse { Mouse::Taken } else { Mouse::Unwanted },
            clicked: None,
            reply: None,
            promised: None,
            problem: None,
            read_until: None,
            active_at: None,
            looking_up: Vec::new(),
            zone_asked: None,
            was_live: false,
        }
    }

    /// Takes what happened at the terminal. Returns what is to be done about it, in order.
    #[must_use]
    pub fn update(&mut self, input: Input, model: &Model, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        // Before what is pressed: whoever comes back from an idle keyboard and presses something is there.
        if let Input::Key(_) | Input::Paste(_) | Input::Scroll(_) | Input::Click(_) | Input::Active = input {
            actions.extend(self.tell_active(now));
        }
        match input {
            Input::Key(key) => {
                (self.reply, self.promised) = (None, None);
                self.problem.take_if(|(_, since)| now.duration_since(*since) >= READ);
                self.read_until = now.checked_sub(READ).ok();
                if let Connection::Lost { retry_at: Some(_), .. } = model.connection() {
                    actions.push(Action::Command(Command::Retry));
                }
                actions.extend(self.press(&key, model, now));
            }
            Input::Paste(text) => self.paste(&text, model),
            Input::Click(target) => actions.extend(self.click(target, model, now)),
            Input::Scroll(steps) => self.scroll(steps * 3, model),
            Input::Resize(columns, rows) => self.size = (columns, rows),
            Input::Problem(problem) => {
                // It may be what came of what was just said to be done.
                (self.reply, self.promised) = (None, None);
                self.problem = Some((problem, now));
            }
            Input::Active | Input::Continued => {}
        }
        actions.extend(self.refresh(model, now));
        actions
    }

    /// Follows the model. Returns the look-ups that whoever is in sight needs.
    #[must_use]
    pub fn refresh(&mut self, model: &Model, now: Timestamp) -> Vec<Action> {
        self.list.refresh(model.contacts());
        self.drop_kept_promise(model);
        let live = model.connection().is_live();
        if live && !self.was_live {
            self.looking_up.clear();
            self.zone_asked = None;
        }
        self.was_live = live;
        let mut commands = Vec::new();
        commands.extend(self.look_up(model));
        commands.extend(self.look_up_time_zone(model, now));
        commands.into_iter().map(Action::Command).collect()
    }

    /// Sets the time zone of the times on screen: the person may have traveled.
    pub fn set_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// When the screen changes although nothing happens.
    #[must_use]
    pub fn wake(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        let lost = match model.connection() {
            Connection::Lost { retry_at, .. } => *retry_at,
            _ => None,
        };
        let limited = match model.own().report().reason {
            Some(Reason::Limited(until) | Reason::Failing(until)) => Some(until),
            _ => None,
        };
        let countdowns = [lost, limited].into_iter().flatten().filter(|&until| until > now);
        let countdowns = countdowns.map(|until| age::countdown_changes_at(until, now));
        let ages = self.rows(model, usize::from(self.size.1)).filter_map(|row| match row {
            Row::Contact(_, contact) => contact.heard.as_ref()?.idle_since(),
            Row::Heading(_) => None,
        });
        let ages = ages.map(|since| age::changes_at(since, now));
        let strips = self.is_wide() || self.log != LogSize::Off || self.shows_details(model);
        // No strip is longer than the screen is wide, so none changes sooner.
        let strips = strips.then(|| Scale::fit(model.history(), &self.zone, now, self.size.0.into()).end());
        let quiet = model.too_quiet_at().filter(|&at| at > now);
        let once = [strips, quiet, self.local_time_changes_at(model, now)].into_iter().flatten();
        countdowns.chain(ages).chain(once).min()
    }

    /// Drops the promise of a notification that has come.
    fn drop_kept_promise(&mut self, model: &Model) {
        let Some((user_id, known)) = &mut self.promised else { return };
        let waits = model.preferences().notify_once.contains(user_id);
        if *known && !waits {
            (self.reply, self.promised) = (None, None);
        } else {
            *known = waits;
        }
    }

    /// Tells the engine that somebody is at the keys, unless it has just been told.
    fn tell_active(&mut self, now: Timestamp) -> Option<Action> {
        let told = self.active_at.is_some_and(|at| now.duration_since(at).abs() < ACTIVE_AGAIN);
        (!told).then(|| {
            self.active_at = Some(now);
            Action::Command(Command::Active)
        })
    }

    /// Asks for the presence of whoever is in sight and of whom the server says nothing by itself: of the selected
    /// contact first. Nobody waits in the engine's queue, so that whoever is out of sight by then is not asked for.
    fn look_up(&mut self, model: &Model) -> Option<Command> {
        if !model.connection().is_live() || !model.is_presence_tracked() {
            return None;
        }
        let is_half_known =
            |user_id: &UserId| model.contacts().get(user_id).is_some_and(Contact::is_half_known);
        self.looking_up.retain(|user_id| is_half_known(user_id) && !model.has_looked_up(user_id));
        let selected = self.selected.as_deref();
        let listed = self.rows(model, usize::from(self.size.1)).filter_map(|row| match row {
            Row::Contact(user_id, _) => Some(user_id).filter(|&user_id| Some(user_id) != selected),
            Row::Heading(_) => None,
        });
        let half_known = selected.into_iter().chain(listed).filter(|user_id| is_half_known(user_id));
        let new = half_known.filter(|&user_id| {
            !model.has_looked_up(user_id) && self.looking_up.iter().all(|asked| asked != user_id)
        });
        let free = AT_ONCE.saturating_sub(self.looking_up.len());
        let new: Vec<OwnedUserId> = new.take(free).map(ToOwned::to_owned).collect();
        self.looking_up.extend(new.iter().cloned());
        (!new.is_empty()).then_some(Command::LookUp(new))
    }

    /// Asks for the time zone of whoever is shown with details.
    fn look_up_time_zone(&mut self, model: &Model, now: Timestamp) -> Option<Command> {
        let user_id = self.detailed(model)?.to_owned();
        let asked = self.zone_asked.as_ref().is_some_and(|(asked, at)| {
            *asked == user_id && now.duration_since(*at) < SignedDuration::from_hours(24)
        });
        if asked || !model.connection().is_live() {
            return None;
        }
        self.zone_asked = Some((user_id.clone(), now));
        Some(Command::LookUpTimeZone(user_id))
    }

    /// When the time of day changes where whoever is shown with details is.
    fn local_time_changes_at(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        model.time_zone_of(self.detailed(model)?)?;
        Timestamp::from_second((now.as_second().div_euclid(60) + 1) * 60).ok()
    }

    /// Who is shown with details, beside the list or in place of it.
    fn detailed(&self, model: &Model) -> Option<&UserId> {
        let wide = self.is_wide();
        let selected = self.selected.as_deref().filter(|_| wide || self.shows_details(model))?;
        model.contacts().get(selected).map(|_| selected)
    }
}

/// What is shown.
impl Screen {
    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The time zone of the times on screen.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Which keys ask for what.
    #[must_use]
    pub fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// The list of contacts.
    #[must_use]
    pub fn list(&self) -> &List {
        &self.list
    }

    /// What keys are for.
    #[must_use]
    pub fn mode(&self) -> &Mode {
        &self.mode
    }

    /// What the list is filtered by; empty for nothing.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The selected contact.
    #[must_use]
    pub fn selected(&self) -> Option<&UserId> {
        self.selected.as_deref()
    }

    /// How much of the log is shown below the list.
    #[must_use]
    pub fn log(&self) -> LogSize {
        self.log
    }

    /// Whose the mouse is.
    #[must_use]
    pub fn mouse(&self) -> Mouse {
        self.mouse
    }

    /// What came of the last key.
    #[must_use]
    pub fn reply(&self) -> Option<&str> {
        self.reply.as_deref()
    }

    /// What does not work, until it can have been read.
    #[must_use]
    pub fn problem(&self, model: &Model) -> Option<String> {
        if let Some((problem, _)) = &self.problem {
            return Some(problem.clone());
        }
        let (problem, since) = model.problem()?;
        let unread = self.read_until.is_none_or(|read| since > read);
        unread.then(|| problem.to_owned())
    }

    /// Whether this screen changes nothing about the own presence.
    #[must_use]
    pub fn is_watching(&self, model: &Model) -> bool {
        self.watch_only || model.settings().watch_only
    }

    /// Whether details and log have room beside the list.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Whether more than a row is to be shown of the selected contact.
    #[must_use]
    pub fn shows_details(&self, model: &Model) -> bool {
        let there = |user_id: &OwnedUserId| model.contacts().get(user_id).is_some();
        self.details && self.selected.as_ref().is_some_and(there)
    }
}

/// Inserts text into a line at its cursor.
pub(super) fn insert(line: &mut Line, pasted: &str) {
    for c in text::clean(pasted).chars() {
        line.handle(InputRequest::InsertChar(c));
    }
}
