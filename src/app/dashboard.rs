//! The dashboard's state: contacts, own presence, connection, and what the keyboard is about.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use tui_input::Input;

use super::{Connection, Line, insert};
use crate::{
    age,
    contacts::Contacts,
    event::{Account, Effect, Event, KeyEvent, Synced, Update},
    keymap::{self, Action, Edit},
    own::{Own, Reason},
    presence::Presence,
};

/// Everything that the dashboard shows.
#[derive(Debug)]
pub struct Dashboard {
    /// Who is signed in where.
    pub account: Account,
    /// The list.
    pub contacts: Contacts,
    /// The own presence.
    pub own: Own,
    /// How the server is reached.
    pub connection: Connection,
    /// What keys are for at the moment.
    pub mode: Mode,
    /// What the list is filtered by; empty for nothing.
    pub filter: String,
    /// The selected contact, which stays selected when rows reorder.
    pub selected: Option<OwnedUserId>,
    /// When the server last spoke.
    last_news: Option<Timestamp>,
    /// The `set_presence` that `/sync` was last told to use.
    syncs_as: Option<Presence>,
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
    /// Reading the help, scrolled down by so many rows.
    Help(usize),
}

impl Dashboard {
    /// An empty dashboard for an account.
    #[must_use]
    pub fn new(account: Account) -> Self {
        Self {
            contacts: Contacts::new(account.user_id.clone()),
            account,
            own: Own::default(),
            connection: Connection::Connecting,
            mode: Mode::List,
            filter: String::new(),
            selected: None,
            last_news: None,
            syncs_as: None,
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

    pub(super) fn update(&mut self, event: Event, now: Timestamp, height: usize) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Key(key) => {
                effects.extend(self.retry());
                effects.extend(self.press(&key, height));
            }
            Event::Paste(text) => self.paste(&text),
            Event::Scroll(steps) => self.scroll(steps * 3),
            Event::Update(update) => self.take(update, now),
            _ => {}
        }
        if let Some(syncs_as) = self.own.sync_as().filter(|it| self.syncs_as.as_ref() != Some(it)) {
            self.syncs_as = Some(syncs_as.clone());
            effects.push(Effect::SyncAs(syncs_as));
        }
        effects.extend(std::iter::from_fn(|| self.own.next(now)));
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
        countdowns.chain(ages).chain(self.own.wake()).min()
    }

    /// Any key is a reason to try to reach the server now.
    fn retry(&mut self) -> Option<Effect> {
        match &mut self.connection {
            Connection::Lost { retry_at, .. } => retry_at.take().map(|_| Effect::Retry),
            _ => None,
        }
    }

    fn take(&mut self, update: Update, now: Timestamp) {
        match update {
            Update::Connected(greeting) => {
                self.own.greeted(greeting, now);
                if !matches!(self.connection, Connection::Lost { as_of: Some(_), .. }) {
                    self.connection = Connection::Loading(None);
                }
            }
            Update::Synced(synced) => self.sync(synced, now),
            Update::Members { rooms, missing } => {
                self.contacts.set_members(rooms);
                self.connection = match missing {
                    0 => Connection::Live,
                    missing => Connection::Loading(Some(missing)),
                };
            }
            Update::Lost { reason, retry_in } => {
                self.own.disconnected();
                let retry_in = SignedDuration::try_from(retry_in).unwrap_or_default();
                let retry_at = now.saturating_add(retry_in).ok();
                self.connection = Connection::Lost { as_of: self.last_news, reason, retry_at };
            }
            Update::Published(answer) => self.own.answered(answer, now),
            Update::OwnStatus(status) => self.own.looked_up(status, now),
            Update::SignedIn(_) | Update::SignInFailed(_) | Update::SignedOut => {}
        }
    }

    fn sync(&mut self, mut synced: Synced, now: Timestamp) {
        self.last_news = Some(now);
        if !synced.initial {
            self.connection = Connection::Live;
        }
        let me = &self.account.user_id;
        for event in synced.presence.extract_if(.., |event| event.sender == *me) {
            self.own.heard(event.content, now);
        }
        self.own.synced(now);
        self.contacts.sync(synced, now);
    }

    fn press(&mut self, key: &KeyEvent, height: usize) -> Option<Effect> {
        match self.mode {
            Mode::List | Mode::Help(_) => keymap::action(key).and_then(|action| self.act(action, height)),
            Mode::Filter(_) | Mode::Message(_) => keymap::edit(key).and_then(|edit| self.edit(edit)),
        }
    }

    fn act(&mut self, action: Action, height: usize) -> Option<Effect> {
        match action {
            Action::ToggleBusy => self.own.toggle_busy(),
            Action::Ask(presence) => self.own.ask(presence),
            Action::EditMessage => self.mode = Mode::Message(self.own.status_msg().into()),
            Action::EditFilter => self.mode = Mode::Filter(self.filter.as_str().into()),
            Action::Move(rows) => self.scroll(rows),
            Action::Page(halves) => self.scroll(halves * isize::try_from(height / 2).unwrap_or(1)),
            Action::First => self.scroll(isize::MIN),
            Action::Last => self.scroll(isize::MAX),
            Action::Back => self.back(),
            Action::Help => {
                self.mode = if let Mode::Help(_) = self.mode { Mode::List } else { Mode::Help(0) }
            }
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    fn edit(&mut self, edit: Edit) -> Option<Effect> {
        match (edit, &mut self.mode) {
            (Edit::Quit, _) => return Some(Effect::Quit),
            (Edit::Text(request), Mode::Filter(input)) => {
                input.handle(request);
                self.filter = input.value().to_owned();
                self.contacts.filter(&self.filter);
            }
            (Edit::Text(request), Mode::Message(input)) => {
                input.handle(request);
            }
            (Edit::Submit, Mode::Message(input)) => {
                self.own.say(input.value().trim().to_owned());
                self.mode = Mode::List;
            }
            (Edit::Cancel, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.clear_filter();
            }
            (Edit::Next, Mode::Filter(_)) => self.scroll(1),
            (Edit::Previous, Mode::Filter(_)) => self.scroll(-1),
            (Edit::Submit | Edit::Cancel, _) => self.mode = Mode::List,
            (Edit::Next | Edit::Previous | Edit::Text(_), _) => {}
        }
        None
    }

    fn paste(&mut self, text: &str) {
        match &mut self.mode {
            Mode::Message(input) => insert(input, text),
            Mode::Filter(input) => {
                insert(input, text);
                self.filter = input.value().to_owned();
                self.contacts.filter(&self.filter);
            }
            Mode::List | Mode::Help(_) => {}
        }
    }

    fn back(&mut self) {
        if let Mode::Help(_) = self.mode {
            self.mode = Mode::List;
        } else if self.filter.is_empty() {
            self.selected = None;
        } else {
            self.clear_filter();
        }
    }

    fn clear_filter(&mut self) {
        self.filter.clear();
        self.contacts.filter("");
    }

    /// Moves the selection by so many rows, or scrolls the help.
    fn scroll(&mut self, rows: isize) {
        if let Mode::Help(top) = &mut self.mode {
            *top = top.saturating_add_signed(rows).min(keymap::KEYMAP.len());
            return;
        }
        let last = self.contacts.len().saturating_sub(1);
        let row = match self.selected_row() {
            Some(row) => row.saturating_add_signed(rows).min(last),
            None if rows == isize::MAX => last,
            None => 0,
        };
        self.selected = self.contacts.at(row).map(|(user_id, _)| user_id.to_owned());
    }
}
