//! The state of one dashboard screen: mode, selection, filter and typed text. Pure.
//!
//! [`Screen::update`] handles input. Whatever concerns more than this screen becomes a [`Command`] for the engine.

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use tui_input::{Input as Line, InputRequest};

use super::{
    keymap::{self, Keymap},
    list::List,
    palette::Palette,
    settings::{self, Context, Setting},
    theme,
};
use crate::model::{
    Model, age, connection::Connection, event::Command, history::Scale, own::Reason,
    preferences::ListPreferences, text,
};

mod attention;
mod feedback;
mod field;
mod help;
mod keys;
mod layout;
mod looked_at;
mod mouse;
mod picker;
mod preferences;
mod prompts;
mod rows;
mod status_prompt;
mod typing;
mod until_prompt;

use attention::Attention;
use feedback::Feedback;
pub use field::Field;
pub use help::Help;
use layout::Layout;
pub use layout::{LogSize, TWO};
use looked_at::{InSight, LookedAt};
use mouse::Pointer;
pub use mouse::{Mouse, Target};
pub use picker::{PICKS, Pick};
pub use preferences::Preferences;
pub use rows::Row;
use rows::{Arrangement, Rows};
pub use status_prompt::StatusPrompt;
use typing::Typing;
pub use until_prompt::UntilPrompt;

/// The shortest time between two reports of activity to the engine.
const ACTIVE_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// Input from the terminal.
#[derive(Debug)]
pub enum Input {
    /// A key was pressed, repeated or released.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse wheel moved down by this many steps. Negative: up.
    Scroll(isize),
    /// The mouse was pressed on a target, or elsewhere.
    Click(Option<Target>),
    /// Activity without another effect, such as a move of the mouse.
    Active,
    /// The terminal has got the focus, or has lost it.
    Focus(Focus),
    /// The terminal's new size in columns and rows.
    Resize(u16, u16),
    /// Nothing has arrived until now. A key that waits for a quiet moment may act.
    Quiet,
    /// Something that the person asked for failed. The sentence says what and why.
    Problem(String),
}

/// What has become of the focus of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum Focus {
    Gained,
    Lost,
}

/// What the screen asks its owner to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send a command to the engine.
    Command(Command),
    /// Copy a text to the clipboard.
    Copy(String),
    /// Open an address in a browser.
    Open(String),
    /// Capture the mouse, or leave it to the terminal.
    CaptureMouse(bool),
    /// Show these colors.
    ShowTheme(theme::Palette),
    /// Keep a setting in the configuration.
    Keep(Setting),
    /// Suspend the program until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// The state of one screen.
#[derive(Debug)]
pub struct Screen {
    layout: Layout,
    /// The time zone of displayed times.
    zone: TimeZone,
    /// The configuration in force.
    preferences: Preferences,
    rows: Rows,
    mode: Mode,
    pointer: Pointer,
    /// The selected room in the details of a contact.
    room: Option<(OwnedUserId, usize)>,
    feedback: Feedback,
    /// The keys right before the next one.
    typing: Typing,
    /// The colors on screen.
    palette: theme::Palette,
    /// The last changed setting, which can be kept in the configuration.
    offered: Option<Setting>,
    /// How the list and the log were before the word that is being typed.
    before_word: Option<(Arrangement, LogSize)>,
    /// When activity was last reported to the engine.
    active_at: Option<Timestamp>,
    attention: Attention,
    looked_at: LookedAt,
}

/// What key presses do.
#[derive(Debug)]
pub enum Mode {
    /// Run the keymap's actions.
    List,
    /// Edit the filter.
    Filter(Line),
    /// Edit the status message.
    Message(Field),
    /// Edit the user status.
    Status(StatusPrompt),
    /// Ask whether busy becomes a status where presence is switched off. The command follows the answer.
    OfferStatus(Box<Command>),
    /// Edit the end of busy, and its message.
    Until(UntilPrompt),
    /// Pick the own state; this entry is selected.
    Pick(usize),
    /// Scroll the help, or search it.
    Help(Help),
    /// Type the name of a command.
    Palette(Palette),
}

impl Screen {
    /// Creates a screen of this size for a model.
    #[must_use]
    pub fn new(model: &Model, size: (u16, u16), zone: TimeZone, preferences: &Preferences) -> Self {
        Self {
            layout: Layout::new(size),
            zone,
            rows: Rows::new(preferences, model),
            mode: Mode::List,
            pointer: Pointer::new(if preferences.mouse { Mouse::Taken } else { Mouse::Unwanted }),
            room: None,
            feedback: Feedback::default(),
            typing: Typing::default(),
            palette: preferences.palette,
            preferences: preferences.clone(),
            offered: None,
            before_word: None,
            active_at: None,
            attention: Attention::default(),
            looked_at: LookedAt::default(),
        }
    }

    /// Continues with the model of another session of the same account. What the person has chosen stays.
    pub(crate) fn start_over(&mut self, model: &Model, size: (u16, u16)) {
        self.rows.start_over(model.contacts());
        self.layout.resize(size);
        self.mode = Mode::List;
        (self.feedback, self.looked_at) = (Feedback::default(), LookedAt::default());
        self.typing.clear();
        self.active_at = None;
    }

    /// Handles input. Returns what to do about it, in order.
    #[must_use]
    pub fn update(&mut self, input: Input, model: &Model, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        // Activity comes first: it ends an idle state before the key has its effect.
        if let Input::Key(_) | Input::Paste(_) | Input::Scroll(_) | Input::Click(_) | Input::Active = input {
            actions.extend(self.tell_active(now));
        }
        match input {
            Input::Key(_) | Input::Paste(_) | Input::Scroll(_) | Input::Click(_) => self.attention.look(now),
            Input::Focus(Focus::Gained) => self.attention.return_at(now),
            Input::Focus(Focus::Lost) => self.attention.leave(now),
            _ => {}
        }
        match input {
            Input::Key(key) => {
                self.feedback.dismiss(now);
                if let Connection::Lost { retry_at: Some(_), .. } = model.connection() {
                    actions.push(Action::Command(Command::Retry));
                }
                actions.extend(self.press(&key, model, now));
            }
            Input::Paste(text) => self.paste(&text, model),
            Input::Click(target) => actions.extend(self.click(target, model, now)),
            Input::Scroll(steps) => self.scroll(steps * 3, model),
            Input::Resize(columns, rows) => self.layout.resize((columns, rows)),
            Input::Problem(problem) => self.feedback.fail(problem, now),
            Input::Quiet => actions.extend(self.release(None, model, now)),
            Input::Active | Input::Focus(_) => {}
        }
        actions.extend(self.refresh(model, now));
        actions
    }

    /// Shows a sentence until there was time to read it, or none any more.
    pub fn say(&mut self, sentence: Option<&str>) {
        match sentence {
            Some(sentence) => self.feedback.say(sentence),
            None => self.feedback.say_no_more(),
        }
    }

    /// Follows the configuration that was read anew. What the person has changed since stays, unless the file changes
    /// it too.
    #[must_use]
    pub fn configure(&mut self, preferences: &Preferences, model: &Model) -> Vec<Action> {
        let before = std::mem::replace(&mut self.preferences, preferences.clone());
        self.rows.set_rooms(&preferences.rooms, model);
        self.feedback.forget_problem();
        let mut actions = Vec::new();
        if before.palette != preferences.palette && self.palette != preferences.palette {
            self.palette = preferences.palette;
            actions.push(Action::ShowTheme(self.palette));
        }
        if before.mouse != preferences.mouse {
            self.pointer.give_to(if preferences.mouse { Mouse::Taken } else { Mouse::Unwanted });
            actions.push(Action::CaptureMouse(preferences.mouse));
        }
        actions
    }

    /// Says that a setting is kept. `lasting` is false if it ends with the program.
    pub fn on_kept(&mut self, setting: &Setting, lasting: bool) {
        let key = &setting.key;
        let kept = if lasting { "is kept in your configuration" } else { "is set for this demo" };
        let start = if settings::is_for_start(key) { " It counts from the next start." } else { "" };
        self.feedback.say(format!("{key} {kept}.{start}"));
        // Another value can follow, or the same key takes the choice back.
        if matches!(self.mode, Mode::Palette(_)) && !settings::takes_several(key) {
            self.mode = Mode::List;
        }
    }

    /// Says why a setting is not kept: where its value is typed, if it is.
    pub fn on_not_kept(&mut self, setting: &Setting, why: &str, now: Timestamp) {
        match &mut self.mode {
            Mode::Palette(palette) => palette.refuse(text::sentence(&format!("Not kept: {why}"))),
            _ => self.feedback.fail(text::sentence(&format!("{} is not kept: {why}", setting.key)), now),
        }
    }

    /// Follows the model. Returns commands to look up contacts in sight.
    #[must_use]
    pub fn refresh(&mut self, model: &Model, now: Timestamp) -> Vec<Action> {
        self.rows.refresh(model);
        self.attention.begin(now);
        self.open_everyone(model);
        self.feedback.refresh(model, now);
        let in_sight: Vec<&UserId> = self.rows.contacts_in_sight(model, self.layout.most_rows()).collect();
        let detailed = self.detailed(model).map(ToOwned::to_owned);
        let in_sight = InSight { contacts: &in_sight, detailed: detailed.as_deref() };
        let commands = self.looked_at.refresh(model, in_sight, now);
        commands.into_iter().map(Action::Command).collect()
    }

    /// Sets the time zone of displayed times: the person may have traveled.
    pub(crate) fn set_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// Returns when the screen changes next without an event: an age, a countdown or a clock.
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
        let undo = model.own().can_undo_to(now).map(|(_, until)| until);
        let quiet = model.too_quiet_at().filter(|&at| at > now);
        let once = [
            self.time_left_changes_at(model, now),
            self.local_time_changes_at(model, now),
            self.charts_change_at(model, now),
            self.looked_at.wake(self.detailed(model), now),
            self.feedback.fades_at(),
            self.typing.due(),
            quiet,
            undo,
        ];
        let once = once.into_iter().flatten();
        countdowns.chain(self.ages_change_at(model, now)).chain(once).min()
    }

    /// Returns when an age on screen changes.
    fn ages_change_at(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        let sinces = self.rows(model, self.layout.most_rows()).filter_map(|row| match row {
            Row::Contact(user_id, contact) => contact.heard.as_ref().and(model.history().since(user_id)),
            Row::Heading(..) => None,
        });
        let detailed = self.detailed(model).and_then(|user_id| model.contacts().get(user_id));
        let idle = detailed.and_then(|contact| contact.heard.as_ref()?.idle_since());
        let ages = sinces.chain(idle).map(|since| age::changes_at(since, now));
        ages.min()
    }

    /// Returns when a strip has another cell, or the log another line between what is new and what is not.
    fn charts_change_at(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        if !self.is_wide() && self.log() == LogSize::Off && !self.shows_details(model) {
            return None;
        }
        // No timeline is longer than the screen is wide, so none changes sooner.
        let end = Scale::fit(model.history(), &self.zone, now, self.size().0.into()).end();
        let unseen = self.attention.ends_at().filter(|&at| at > now);
        Some(unseen.map_or(end, |at| at.min(end)))
    }

    /// Shows everyone at the start if the first view has nobody.
    fn open_everyone(&mut self, model: &Model) {
        if *model.connection() == Connection::Live && self.rows.open_everyone(model) {
            self.feedback.say("You share only large rooms, so everyone is listed.");
        }
    }

    /// Tells the engine that somebody is at the keys, unless it has just been told.
    fn tell_active(&mut self, now: Timestamp) -> Option<Action> {
        let is_recent = self.active_at.is_some_and(|at| now.duration_since(at).abs() < ACTIVE_AGAIN);
        (!is_recent).then(|| {
            self.active_at = Some(now);
            Action::Command(Command::Active)
        })
    }

    /// Returns when the time left of the own state changes, or what is typed means another end.
    fn time_left_changes_at(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        if let Mode::Until(..) = self.mode {
            return Timestamp::from_second(now.as_second() + 1).ok();
        }
        age::left_changes_at(model.own().report().ends?, now)
    }

    /// Returns when a local time on screen changes.
    fn local_time_changes_at(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        let in_sight = self.rows(model, self.layout.most_rows()).filter_map(|row| match row {
            Row::Contact(user_id, _) => Some(user_id),
            Row::Heading(..) => None,
        });
        self.detailed(model)
            .into_iter()
            .chain(in_sight)
            .find(|user_id| model.time_zone_of(user_id).is_some())?;
        age::next_minute(now)
    }

    /// Returns the contact with details, beside the list or in its place.
    fn detailed(&self, model: &Model) -> Option<&UserId> {
        let wide = self.is_wide();
        let selected = self.rows.selected().filter(|_| wide || self.shows_details(model))?;
        model.contacts().get(selected).map(|_| selected)
    }
}

/// Read access for the views.
impl Screen {
    /// Returns the columns and rows.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.layout.size()
    }

    /// Returns the time zone of displayed times.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns the key bindings.
    #[must_use]
    pub fn keymap(&self) -> &Keymap {
        &self.preferences.keymap
    }

    /// Returns the settings that the palette of commands changes.
    #[must_use]
    pub fn settings<'a>(&'a self, model: &'a Model) -> Context<'a> {
        self.preferences.context(model.contacts())
    }

    /// Returns the list of contacts.
    #[must_use]
    pub fn list(&self) -> &List {
        self.rows.list()
    }

    /// Returns what key presses do.
    #[must_use]
    pub fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Returns the filter of the list. Empty: no filter.
    #[must_use]
    pub fn filter(&self) -> &str {
        self.rows.filter()
    }

    /// Returns the selected contact.
    #[must_use]
    pub fn selected(&self) -> Option<&UserId> {
        self.rows.selected()
    }

    /// Returns the rows that fit into a height: around the selected contact, or from the first row.
    pub fn rows<'a>(&'a self, model: &'a Model, height: usize) -> impl Iterator<Item = Row<'a>> {
        self.rows.in_sight(model, height)
    }

    /// Returns the number of contacts below the visible rows.
    #[must_use]
    pub fn below(&self, model: &Model, height: usize) -> usize {
        self.rows.below(model, height)
    }

    /// Returns the row of the selected contact, if it is listed.
    #[must_use]
    pub(crate) fn selected_row(&self, model: &Model) -> Option<usize> {
        self.rows.selected_row(model)
    }

    /// Returns the selected room in the details of the selected contact, by its index.
    #[must_use]
    pub(crate) fn selected_room(&self, model: &Model) -> Option<usize> {
        let (user_id, room) = self.room.as_ref()?;
        let is_there =
            self.detailed(model) == Some(user_id) && model.contacts().get(user_id)?.rooms.contains(room);
        is_there.then_some(*room)
    }

    /// Returns the size of the log.
    #[must_use]
    pub fn log(&self) -> LogSize {
        self.layout.log()
    }

    /// Returns who receives the mouse.
    #[must_use]
    pub fn mouse(&self) -> Mouse {
        self.pointer.mouse()
    }

    /// Returns the action of a key that waits for a quiet moment.
    #[must_use]
    pub fn held(&self) -> Option<&keymap::Action> {
        self.typing.held()
    }

    /// Returns the response to a key.
    #[must_use]
    pub fn reply(&self) -> Option<&str> {
        self.feedback.reply()
    }

    /// Returns a failure of the screen or the model, until the person has had time to read it.
    #[must_use]
    pub fn problem(&self, model: &Model) -> Option<String> {
        self.feedback.problem(model)
    }

    /// Returns until when the person last looked, before now. What happened since is new to them.
    #[must_use]
    pub(crate) fn looked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.attention.until(now)
    }

    /// Returns how the list is now, for the next start.
    #[must_use]
    pub(crate) fn list_preferences(&self) -> ListPreferences {
        self.rows.preferences()
    }

    /// Returns whether this screen never changes the own presence.
    #[must_use]
    pub(crate) fn is_watching(&self, model: &Model) -> bool {
        self.preferences.watch_only || model.settings().watch_only
    }

    /// Returns whether details and log fit beside the list.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.layout.is_wide()
    }

    /// Returns whether the person has opened the details of a contact.
    #[must_use]
    pub(crate) fn shows_details(&self, model: &Model) -> bool {
        let there = |user_id: &UserId| model.contacts().get(user_id).is_some();
        self.layout.has_details() && self.rows.selected().is_some_and(there)
    }
}

/// Inserts text into a line at its cursor.
pub(super) fn insert(line: &mut Line, pasted: &str) {
    for c in text::clean(pasted).chars() {
        line.handle(InputRequest::InsertChar(c));
    }
}
