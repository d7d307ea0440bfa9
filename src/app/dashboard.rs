//! The dashboard's state: contacts, own presence, connection, and what the keyboard is about.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::OwnedUserId;
use tui_input::Input;

use super::{Connection, Line, Mouse, look_ups::LookUps, time_zones::TimeZones};
use crate::{
    age,
    calls::Calls,
    choices::Choices,
    config::Config,
    contacts::{Contacts, Group},
    event::{Account, Effect, Event, Fact, SyncAs, Synced, Tally, Target, Update},
    history::History,
    keymap::Keymap,
    own::{Memory, Own, Reason},
    presence::Change,
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
    pub choices: Choices,
    /// What happened.
    pub history: History,
    /// The own presence.
    pub own: Own,
    /// How the server is reached.
    pub connection: Connection,
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
    last_news: Option<Timestamp>,
    /// The `set_presence` that `/sync` was last told to use.
    syncs_as: Option<SyncAs>,
    /// Why what has an end would not outlive the program.
    pub not_kept: Option<String>,
    /// Why what was chosen will be forgotten with the end of the program.
    pub choices_not_kept: Option<String>,
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
    recorded: bool,
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
    pub fn new(account: Account, config: &Config, memory: Option<Memory>, choices: Option<Choices>) -> Self {
        let choices = choices.filter(|choices| choices.user_id == account.user_id);
        let choices = choices.unwrap_or_else(|| Choices::of(account.user_id.clone()));
        let mut contacts =
            Contacts::showing(account.user_id.clone(), config.hiding(), config.view, &config.rooms);
        contacts.pin(&choices.pins);
        Self {
            choices,
            contacts,
            calls: Calls::default(),
            history: History::default(),
            own: Own::new(account.user_id.clone(), config, memory),
            account,
            connection: Connection::Connecting,
            keymap: config.keymap.clone(),
            mode: Mode::List,
            filter: String::new(),
            selected: None,
            details: false,
            log: LogSize::Off,
            last_news: None,
            syncs_as: None,
            not_kept: None,
            choices_not_kept: None,
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
            Event::Asked(ask) => {
                effects.extend(self.retry());
                self.own.ask_for(ask);
            }
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
        if let Some(syncs_as) = self.own.sync_as().filter(|it| self.syncs_as.as_ref() != Some(it)) {
            self.syncs_as = Some(syncs_as.clone());
            // First: a /sync that begins after the PUT must not undo it.
            effects.push(Effect::SyncAs(syncs_as));
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

    fn take(&mut self, update: Update, now: Timestamp) -> Vec<Effect> {
        match update {
            Update::Connected(greeting) => {
                self.own.greeted(greeting, now);
                self.look_ups.connected();
                self.time_zones.connected();
                if !matches!(self.connection, Connection::Lost { as_of: Some(_), .. }) {
                    self.connection = Connection::Loading(None);
                }
            }
            Update::Synced(synced) => return self.sync(synced, now),
            Update::Members { rooms, missing } => {
                self.contacts.set_members(rooms);
                self.connection = match missing {
                    0 => Connection::Live,
                    missing => Connection::Loading(Some(missing)),
                };
                return self.remember(self.count(now).into_iter().collect());
            }
            Update::Lost { reason, retry_in } => {
                self.own.disconnected(now);
                let retry_in = SignedDuration::try_from(retry_in).unwrap_or_default();
                let retry_at = now.saturating_add(retry_in).ok();
                self.connection = Connection::Lost { as_of: self.last_news, reason, retry_at };
            }
            Update::Published(answer) => self.own.answered(answer, now),
            Update::OwnStatus(status) => self.own.looked_up(status, now),
            Update::Sessions(sessions) => self.own.sessions(sessions, now),
            Update::LookedUp { user_id, status } => {
                self.looked_up(&user_id, status, now);
                return self.remember(self.count(now).into_iter().collect());
            }
            Update::TimeZone { user_id, zone } => self.time_zones.answered(user_id, zone, now),
            Update::SyncRefusedBusy => self.own.sync_refused_busy(),
            Update::NotKept(why) => self.not_kept = Some(why),
            Update::ChoicesNotKept(why) => self.choices_not_kept = Some(why),
            Update::Recalled(facts) => facts.iter().for_each(|fact| _ = self.history.take(fact)),
            Update::HistoryNotKept(why) => {
                self.trouble = Some((format!("The history on disk has a gap: {why}."), now));
            }
            Update::SignedIn(_) | Update::SignInFailed(_) | Update::SignedOut => {}
        }
        Vec::new()
    }

    fn sync(&mut self, mut synced: Synced, now: Timestamp) -> Vec<Effect> {
        let mut facts = self.since_last_news(synced.initial, now);
        self.last_news = Some(now);
        if !synced.initial {
            self.connection = Connection::Live;
        }
        let me = &self.account.user_id;
        for event in synced.presence.extract_if(.., |event| event.sender == *me) {
            self.own.heard(event.content, now);
        }
        synced.presence.iter().for_each(|event| self.look_ups.heard(&event.sender));
        self.own.synced(now);
        self.take_calls(&mut synced);
        self.own.in_call(self.calls.elsewhere(&self.account.user_id, &self.account.device_id, now));
        facts.extend(self.contacts.sync(synced, now).into_iter().map(Fact::Changed));
        facts.extend(self.count(now));
        self.remember(facts)
    }

    /// Takes in what happened, and says what follows.
    fn remember(&mut self, mut facts: Vec<Fact>) -> Vec<Effect> {
        let mut effects = Self::pass_on(&facts);
        if self.recorded {
            let of_stranger = |fact: &&Fact| matches!(fact, Fact::Changed(change) if change.in_crowd);
            let facts: Vec<Fact> = facts.iter().filter(|fact| !of_stranger(fact)).cloned().collect();
            effects.extend((!facts.is_empty()).then_some(Effect::Record(facts)));
        }
        self.note_who_leaves(&facts);
        // What is left is worth telling.
        facts.retain(|fact| self.history.take(fact));
        effects.extend(self.tell(&facts));
        effects
    }

    /// How many can be reached, if they are not as many as before.
    fn count(&self, now: Timestamp) -> Option<Fact> {
        let mut tally = Tally::default();
        for (group, count) in self.contacts.known() {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            match group {
                Group::Online => tally.online = count,
                Group::Busy => tally.busy = count,
                Group::Unavailable => tally.unavailable = count,
                Group::Other | Group::Offline | Group::Silent => {}
            }
        }
        (self.history.tally() != Some(tally)).then_some(Fact::Counted(now, tally))
    }

    /// What the history has to know before it hears what is new.
    fn since_last_news(&self, initial: bool, now: Timestamp) -> Vec<Fact> {
        match (initial, self.last_news, &self.connection) {
            (true, Some(since), _) => vec![Fact::Ended(since), Fact::Began(now)],
            (true, None, _) => vec![Fact::Began(now)],
            (false, Some(since), Connection::Lost { .. }) => vec![Fact::Missed { since, until: now }],
            _ => Vec::new(),
        }
    }

    fn take_calls(&mut self, synced: &mut Synced) {
        for (room_id, events) in std::mem::take(&mut synced.calls) {
            self.calls.take(room_id, events);
        }
        for room_id in &synced.rooms_left {
            self.calls.leave_room(room_id);
        }
        for (room_id, changes) in &synced.members {
            for change in changes.iter().filter(|change| !change.joined) {
                self.calls.member_left(room_id, &change.member.user_id);
            }
        }
    }
}
