//! The state of an account: contacts, own presence, rooms, calls and history. Pure: no clock, no I/O, no errors.
//!
//! [`Model::update`] is the only way to change a [`Model`]. A replica in another process starts from a copy and
//! applies the same events, so it stays equal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};
use serde::{Deserialize, Serialize};

pub mod presence;
pub mod profile;
pub mod text;
pub mod age;
pub mod deadline;
pub mod request;
pub mod credentials;
pub mod quirks;
pub mod session;
pub mod settings;
pub mod event;
pub mod rooms;
pub mod contacts;
pub mod record;
pub mod calls;
pub mod preferences;
pub mod connection;
pub mod history;
pub mod own;
pub mod notices;
pub mod outcome;
pub mod cache;
mod look_ups;
mod profile_look_ups;
mod updates;

use cache::{BorrowedCache, BorrowedContacts, Cache, Position};
use calls::Calls;
use connection::Connection;
use contacts::{
    Contact, Contacts, Group, ProfileSource,
    parts::{Parts, Whole},
};
use event::{Account, Command, Effect, Event, SyncPresence};
use history::{FLAP, History};
pub(crate) use look_ups::AT_ONCE;
use look_ups::LookUps;
use own::{Own, OwnCommand, SavedPresence, Shutdown};
use preferences::Preferences;
use presence::{Change, Status};
use profile::{ProfileSupport, StatusChange};
use profile_look_ups::{People, ProfileLookUps};
use settings::Settings;
use text::Clean;

/// How long no contact may have a presence before the server is taken to pass none on.
const TOO_QUIET: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// The state of one account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Model {
    account: Account,
    settings: Settings,
    contacts: Contacts,
    calls: Calls,
    preferences: Preferences,
    /// Goes to other processes by itself: not all of them need it.
    #[serde(skip)]
    history: History,
    own: Own,
    connection: Connection,
    /// Rooms whose members the server does not return.
    rooms_not_loaded: usize,
    /// The joined rooms whose members are known.
    joined: BTreeSet<OwnedRoomId>,
    /// The position of the `/sync` stream at which the model is complete. `None`: something is still loading.
    since: Option<String>,
    last_synced: Option<Timestamp>,
    /// The last `set_presence` given to the `/sync` loop.
    sync_presence: Option<SyncPresence>,
    /// Why the wanted presence could not be saved.
    presence_not_saved: Option<String>,
    /// Why pins and notifications could not be saved.
    preferences_not_saved: Option<String>,
    /// A problem in the engine's process, and when it was reported.
    problem: Option<(Clean, Timestamp)>,
    look_ups: LookUps,
    profile_look_ups: ProfileLookUps,
    /// Contacts who went offline less than [`FLAP`] ago. Their notification waits, because many return at once.
    leaving: BTreeMap<OwnedUserId, Change>,
    /// Contacts whom the person has waited for, and since when they are free. Each stays until it is seen.
    alerts: BTreeMap<OwnedUserId, Timestamp>,
    /// Whom the person waits for since they were not free. They need not have been away for long.
    expected: BTreeSet<OwnedUserId>,
}

/// The state that an earlier process saved for an account.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// The wanted presence, and what was learned about the server.
    pub presence: Option<SavedPresence>,
    /// Pins and notifications.
    pub preferences: Option<Preferences>,
}

impl Model {
    /// Returns the model of an account before the server has answered. Ignores saved state of another account.
    #[must_use]
    pub fn new(account: Account, settings: Settings, saved: Saved) -> Self {
        let user_id = &account.user_id;
        let preferences = saved.preferences.filter(|preferences| preferences.user_id == *user_id);
        let preferences = preferences.unwrap_or_else(|| Preferences::of(user_id.clone()));
        let mut contacts = Contacts::new(user_id.clone(), settings.hiding.clone());
        contacts.pin(&preferences.pins);
        Self {
            own: Own::new(account.clone(), &settings, saved.presence),
            account,
            settings,
            contacts,
            calls: Calls::default(),
            preferences,
            history: History::default(),
            connection: Connection::Connecting,
            rooms_not_loaded: 0,
            joined: BTreeSet::new(),
            since: None,
            last_synced: None,
            sync_presence: None,
            presence_not_saved: None,
            preferences_not_saved: None,
            problem: None,
            look_ups: LookUps::default(),
            profile_look_ups: ProfileLookUps::default(),
            leaving: BTreeMap::new(),
            alerts: BTreeMap::new(),
            expected: BTreeSet::new(),
        }
    }

    /// Applies one event. Returns the effects to carry out, in order.
    #[must_use]
    pub fn update(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = match event {
            Event::Command(command) => self.on_command(command, now),
            Event::Update(update) => self.on_update(update, now),
            Event::Idle(idle) => {
                self.own.on_idle(idle, now);
                Vec::new()
            }
            Event::Settings(settings) => {
                self.own.configure(&settings);
                self.contacts.hide(settings.hiding.clone());
                self.settings = *settings;
                Vec::new()
            }
            Event::Clock => Vec::new(),
        };
        effects.extend(self.notify_who_left(now));
        let next: Vec<Effect> = std::iter::from_fn(|| self.own.next(now)).collect();
        let sync_presence = self.own.sync_presence().filter(|it| self.sync_presence.as_ref() != Some(it));
        if let Some(sync_presence) = sync_presence {
            self.sync_presence = Some(sync_presence.clone());
            // First: a `/sync` that starts after the PUT must not undo it.
            effects.push(Effect::SyncPresence(sync_presence));
        }
        effects.extend(next);
        self.apply_unproven();
        if self.connection.is_live() && (self.is_presence_tracked() || self.own.proves_no_tracking()) {
            effects.extend(self.look_ups.next().into_iter().map(Effect::LookUp));
        }
        effects.extend(self.look_up_profiles(now).into_iter().map(Effect::LookUpProfile));
        effects
    }

    /// Returns the users whose profiles to look up now.
    fn look_up_profiles(&mut self, now: Timestamp) -> Vec<OwnedUserId> {
        if !self.connection.is_live() {
            return Vec::new();
        }
        let people =
            People { me: &self.account.user_id, contacts: &self.contacts, preferences: &self.preferences };
        self.profile_look_ups.next(&people, now)
    }

    /// Applies answers that prove nothing by themselves, once the server is known to share presence.
    fn apply_unproven(&mut self) {
        if self.look_ups.has_unproven() && self.is_presence_tracked() {
            for (user_id, status, at) in self.look_ups.take_unproven() {
                self.contacts.learn(&user_id, status, at);
            }
        }
    }

    fn on_command(&mut self, command: Command, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match command {
            Command::Set(_) | Command::ToggleBusy | Command::SetMessage(_) => self.own.remember_for_undo(now),
            // A hold is no slip of the hand, and ends by itself.
            Command::Hold(..) | Command::Release(_) => self.own.forget_undo(),
            _ => {}
        }
        match command {
            Command::Set(request) => self.own.request(OwnCommand::Set(request)),
            Command::ToggleBusy => self.own.request(OwnCommand::ToggleBusy),
            Command::SetMessage(text) => self.own.request(OwnCommand::SetMessage(text)),
            Command::SetStatus(request) => self.own.status_mut().request(request),
            Command::StatusInsteadOfBusy(instead) => self.own.status_mut().answer_for_busy(instead),
            Command::Hold(id, request) => self.own.request(OwnCommand::Hold(id, request)),
            Command::Release(id) => self.own.request(OwnCommand::Release(id)),
            Command::Undo => self.own.undo(now),
            Command::Active => self.own.active(now),
            Command::DismissWarning => self.own.dismiss_warning(),
            Command::Pin(user_id) => {
                self.preferences.toggle_pin(user_id);
                self.contacts.pin(&self.preferences.pins);
                self.profile_look_ups.look_again();
                effects.push(Effect::SavePreferences);
            }
            Command::CycleNotify(user_id) => {
                self.expect(&user_id);
                self.preferences.cycle_notify(user_id);
                self.profile_look_ups.look_again();
                effects.push(Effect::SavePreferences);
            }
            Command::LeaveList(list) => {
                if self.preferences.list != list {
                    self.preferences.list = list;
                    effects.push(Effect::SavePreferences);
                }
            }
            Command::DismissAlert(user_id) => _ = self.alerts.remove(&user_id),
            Command::LookUp(user_ids) => self.look_ups.want(user_ids),
            Command::LookUpProfile(user_id) => self.profile_look_ups.select(user_id, now),
            Command::InSight(user_ids) => self.profile_look_ups.see(user_ids, now),
            Command::Retry => effects.extend(self.retry()),
        }
        effects
    }

    /// Retries the connection now, unless a retry is under way.
    fn retry(&mut self) -> Option<Effect> {
        match &mut self.connection {
            Connection::Lost { retry_at, .. } => retry_at.take().map(|_| Effect::Retry),
            _ => None,
        }
    }

    /// Takes over the model in another process, with that process's settings and the saved state. Resets the
    /// connection and pending requests.
    pub fn take_over(&mut self, settings: Settings, saved: Saved) {
        self.own.on_engine_replaced(&settings);
        self.settings = settings;
        if let Some(preferences) = saved.preferences.filter(|it| it.user_id == self.account.user_id) {
            self.contacts.pin(&preferences.pins);
            self.preferences = preferences;
        }
        self.sync_presence = None;
        self.look_ups = LookUps::default();
        self.profile_look_ups = ProfileLookUps::default();
        self.connection = match self.connection {
            Connection::SignedOut => Connection::SignedOut,
            // The person was told that this is outdated, and it still is.
            Connection::Lost { as_of: Some(as_of), .. } => Connection::Resuming { as_of },
            _ => Connection::Connecting,
        };
    }

    /// Returns the changes of contacts between this copy and a newer one: of their presence, and of their statuses.
    pub(crate) fn changes_to(&mut self, newer: &Self, now: Timestamp) -> (Vec<Change>, Vec<StatusChange>) {
        let presence = self.contacts.sync(newer.contacts.synced(now), now);
        let known = newer.contacts.people().filter(|(_, it)| it.profile_source != ProfileSource::Unknown);
        let statuses = known.filter_map(|(user_id, contact)| {
            let profile = contact.profile.as_deref().cloned().unwrap_or_default();
            self.contacts.learn_profile(user_id, profile, now)
        });
        (presence, statuses.collect())
    }

    /// Adds the history to a copy, which comes without it.
    #[must_use]
    pub fn with_history(self: Box<Self>, history: Option<Box<History>>) -> Self {
        Self { history: history.map(|history| *history).unwrap_or_default(), ..*self }
    }

    /// Adds the people to a copy, which comes without them.
    pub fn set_people(&mut self, parts: Parts) {
        parts.complete(&mut self.contacts);
    }

    /// Replaces another model on the same screen.
    pub fn replace(&mut self, before: &Self) {
        self.contacts.replace(&before.contacts);
    }

    /// Returns the presence of a user, if it is known and up to date.
    #[must_use]
    pub fn presence_of(&self, user_id: &UserId, now: Timestamp) -> Option<Status> {
        if self.connection != Connection::Live {
            return None;
        }
        if *user_id == *self.account.user_id {
            return self.own.heard().map(|heard| heard.status(now));
        }
        let contact = self.contacts.get(user_id).filter(|contact| !contact.is_half_known())?;
        contact.heard.as_ref().map(|heard| heard.status(now))
    }

    /// Returns a copy with the own presence and the connection, but without contacts.
    #[must_use]
    pub fn of_own(&self) -> Self {
        let saved = Saved { presence: None, preferences: Some(self.preferences.clone()) };
        Self {
            own: self.own.clone(),
            calls: self.calls.clone(),
            connection: self.connection.clone(),
            last_synced: self.last_synced,
            sync_presence: self.sync_presence.clone(),
            presence_not_saved: self.presence_not_saved.clone(),
            ..Self::new(self.account.clone(), self.settings.clone(), saved)
        }
    }

    /// Returns when the model next changes without an event.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let left = self.leaving.values().map(left_for_good_at).min();
        let expiry = self.calls.next_expiry(now);
        let profiles = self.profile_look_ups.wake().filter(|_| self.connection.is_live());
        [self.own.wake(), left, expiry, profiles].into_iter().flatten().min()
    }
}

/// The contacts between two processes.
impl Model {
    /// Returns what to keep for the next start. `None`: the model is in the middle of something.
    #[must_use]
    pub fn cache(&self) -> Option<(BorrowedCache<'_>, BorrowedContacts<'_>)> {
        let cache = Cache {
            release: cache::RELEASE.to_owned(),
            user_id: self.account.user_id.clone(),
            device_id: self.account.device_id.clone(),
            homeserver: self.account.homeserver.clone(),
            since: self.since.clone()?,
            as_of: self.last_synced?,
            software: self.own.software().cloned(),
            rooms: &self.joined,
            rooms_not_loaded: self.rooms_not_loaded,
            calls: &self.calls,
        };
        Some((cache, Whole::of(&self.contacts)))
    }

    /// Goes on where an earlier process was. [`Model::resume_contacts`] must follow before any event. Returns whether
    /// it does: a cache of another session or of another release is ignored.
    pub fn resume(&mut self, cache: Cache) -> bool {
        if !cache.is_of(&self.account) {
            return false;
        }
        self.calls = cache.calls;
        self.joined = cache.rooms;
        self.rooms_not_loaded = cache.rooms_not_loaded;
        self.own.recall_software(cache.software);
        self.since = Some(cache.since);
        self.last_synced = Some(cache.as_of);
        self.connection = Connection::Resuming { as_of: cache.as_of };
        true
    }

    /// Begins with the contacts of an earlier process. They are shown as of then, until the server has answered.
    pub fn resume_contacts(&mut self, contacts: Contacts) {
        self.contacts = contacts;
        if let Some(as_of) = self.last_synced {
            self.contacts.keep_profiles_as_of(as_of);
        }
        self.contacts.hide(self.settings.hiding.clone());
        self.contacts.pin(&self.preferences.pins);
    }

    /// Returns the `set_presence` of a first `/sync` that goes on where an earlier process was. It waits for no answer
    /// of the server. `None`: it has to wait.
    pub(crate) fn go_ahead(&mut self) -> Option<SyncPresence> {
        self.sync_presence = self.since.as_ref().and_then(|_| self.own.sync_presence_ahead());
        self.sync_presence.clone()
    }

    /// Returns the position of the `/sync` stream. `None`: the model is in the middle of something.
    #[must_use]
    pub fn since(&self) -> Option<&str> {
        self.since.as_deref()
    }

    /// Returns where to go on with the `/sync` stream.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            since: self.since.clone(),
            rooms: self.joined.clone(),
            lacks_rooms: self.rooms_not_loaded > 0,
            software: self.own.software().cloned(),
        }
    }
}

/// Accessors.
impl Model {
    /// Returns the signed-in account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the server name, for display.
    #[must_use]
    pub fn server(&self) -> &str {
        self.account.user_id.server_name().as_str()
    }

    /// Returns the configuration.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns everybody who shares a room with the account.
    #[must_use]
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// Returns the call memberships.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Returns pins and notifications.
    #[must_use]
    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// Returns the contacts whom the person has waited for, and since when they are free. Who still is comes first.
    #[must_use]
    pub(crate) fn alerts(&self) -> Vec<(&UserId, Timestamp)> {
        let is_free = |user_id: &UserId| self.contacts.get(user_id).is_some_and(Contact::is_free);
        let mut alerts: Vec<_> = self.alerts.iter().map(|(user_id, since)| (&**user_id, *since)).collect();
        alerts.sort_by_key(|(user_id, since)| (!is_free(user_id), *since));
        alerts
    }

    /// Returns since when a contact is free whom the person has waited for and has not seen yet.
    #[must_use]
    pub(crate) fn alert_of(&self, user_id: &UserId) -> Option<Timestamp> {
        self.alerts.get(user_id).copied()
    }

    /// Returns the history.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the own presence.
    #[must_use]
    pub fn own(&self) -> &Own {
        &self.own
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the number of rooms whose members the server does not return. People who are only in these rooms are
    /// not among the contacts.
    #[must_use]
    pub fn rooms_not_loaded(&self) -> usize {
        self.rooms_not_loaded
    }

    /// Returns why the wanted presence could not be saved.
    #[must_use]
    pub(crate) fn presence_not_saved(&self) -> Option<&str> {
        self.presence_not_saved.as_deref()
    }

    /// Returns why pins and notifications could not be saved.
    #[must_use]
    pub(crate) fn preferences_not_saved(&self) -> Option<&str> {
        self.preferences_not_saved.as_deref()
    }

    /// Returns a problem in the engine's process as a sentence, and when it was reported.
    #[must_use]
    pub fn problem(&self) -> Option<(&str, Timestamp)> {
        self.problem.as_ref().map(|(problem, since)| (&**problem, *since))
    }

    /// Returns the time zone in a contact's profile.
    #[must_use]
    pub fn time_zone_of(&self, user_id: &UserId) -> Option<&jiff::tz::TimeZone> {
        self.profile_look_ups.time_zone_of(user_id)
    }

    /// Returns whether profiles are about to arrive: the server has still to send them, or answers are outstanding.
    #[must_use]
    pub(crate) fn is_looking_up_profiles(&self) -> bool {
        self.are_profiles_to_come() || self.profile_look_ups.is_under_way()
    }

    /// Like [`Model::is_looking_up_profiles`], but without the own profile.
    #[must_use]
    pub(crate) fn is_looking_up_profiles_of_contacts(&self) -> bool {
        self.are_profiles_to_come() || self.profile_look_ups.is_under_way_but_for(&self.account.user_id)
    }

    /// Returns whether the server has still to send the profiles.
    fn are_profiles_to_come(&self) -> bool {
        self.profile_look_ups.support().pushed && !self.contacts.has_profiles()
    }

    /// Returns whether the server sends each change of a user's profile.
    #[must_use]
    pub(crate) fn is_profile_pushed(&self, user_id: &UserId) -> bool {
        self.profile_look_ups.is_pushed(user_id, &self.account.user_id)
    }

    /// Returns what the server does with profile fields.
    #[must_use]
    pub(crate) fn profile_support(&self) -> ProfileSupport {
        self.profile_look_ups.support()
    }

    /// Returns whether look-ups of contacts are under way.
    #[must_use]
    pub(crate) fn is_looking_up(&self) -> bool {
        !self.look_ups.is_done()
    }

    /// Returns how many look-ups of contacts were answered.
    #[must_use]
    pub fn looked_up(&self) -> usize {
        self.look_ups.answers + self.profile_look_ups.answered
    }

    /// Returns whether a contact was looked up on this connection, with or without success.
    #[must_use]
    pub(crate) fn has_looked_up(&self, user_id: &UserId) -> bool {
        self.look_ups.has_asked(user_id)
    }

    /// Returns whether the look-up of a contact had no answer on this connection.
    #[must_use]
    pub(crate) fn has_failed_look_up(&self, user_id: &UserId) -> bool {
        self.look_ups.has_failed(user_id)
    }

    /// Returns what ending the engine involves.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.own.shutdown()
    }

    /// Returns the same for the engine of another process, which may have ended before it was connected.
    #[must_use]
    pub fn inherited_shutdown(&self) -> Shutdown {
        self.own.inherited_shutdown()
    }

    /// Returns whether the server has sent no presence at all for 10 minutes.
    #[must_use]
    pub(crate) fn is_too_quiet(&self, now: Timestamp) -> bool {
        self.too_quiet_at().is_some_and(|at| at <= now)
    }

    /// Returns when the server becomes too quiet. `None`: it has sent presence already.
    #[must_use]
    pub(crate) fn too_quiet_at(&self) -> Option<Timestamp> {
        let silent = self.contacts.known().all(|(group, count)| group == Group::Silent || count == 0);
        let began = self.history.began().filter(|_| silent && self.contacts.total() > 0)?;
        began.checked_add(TOO_QUIET).ok()
    }

    /// Returns whether the server shares presence. Servers that do not share it report everybody as offline.
    #[must_use]
    pub(crate) fn is_presence_tracked(&self) -> bool {
        let seen = self.own.report().seen;
        self.own.is_tracked().unwrap_or_else(|| {
            // A server that has told somebody's state does.
            !self.contacts.is_silent()
                // A model that only watches never learns it from a state of its own.
                || (self.settings.watch_only && seen.is_some_and(|seen| !seen.is_of_nobody()))
        })
    }
}

/// Returns when a contact who went offline counts as gone.
fn left_for_good_at(change: &Change) -> Timestamp {
    change.at.saturating_add(FLAP).unwrap_or(Timestamp::MAX)
}
