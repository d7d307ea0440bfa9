//! How updates from the homeserver change the model.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::{
    Model,
    connection::Connection,
    contacts::Group,
    event::{Counts, Effect, Entry, Greeting, ProfileAnswer, Synced, Update},
    left_for_good_at, notices,
    presence::{Change, Presence, Visibility},
    profile::StatusChange,
};

impl Model {
    pub(super) fn on_update(&mut self, update: Update, now: Timestamp) -> Vec<Effect> {
        match update {
            Update::Connected(greeting) => self.on_connected(greeting, now),
            Update::Synced(synced) => return self.sync(synced, now),
            Update::Members { rooms, missing, failed, position } => {
                self.since = position;
                self.joined.extend(rooms.iter().map(|(room_id, _)| room_id.clone()));
                self.contacts.set_members(rooms);
                self.profile_look_ups.look_again();
                self.rooms_not_loaded = failed;
                self.connection = match missing {
                    0 => Connection::Live,
                    missing => Connection::Loading(Some(missing)),
                };
                return self.remember(self.count(now).into_iter().collect());
            }
            Update::Lost { reason, retry_in } => {
                self.own.on_disconnected(now);
                let retry_in = SignedDuration::try_from(retry_in).unwrap_or_default();
                let retry_at = now.saturating_add(retry_in).ok();
                self.connection = Connection::Lost { as_of: self.last_synced, reason, retry_at };
            }
            Update::Published(answer) => self.own.on_answer(answer, now),
            Update::StatusPublished(answer) => self.own.on_status_answer(answer, now),
            Update::OwnStatus(status) => self.own.on_looked_up(status, now),
            Update::Sessions(sessions) => self.own.on_sessions(sessions, now),
            Update::LookedUp { user_id, presence } => return self.on_looked_up(user_id, presence, now),
            Update::Profile { user_id, answer } => return self.on_profile(&user_id, answer, now),
            Update::ProfilesRefused => {
                self.profile_look_ups.on_refused();
                self.contacts.keep_profiles_as_of(self.last_synced.unwrap_or(now));
            }
            Update::Profiles(profiles) => {
                let own = profiles.iter().find(|update| update.user_id == self.account.user_id);
                let own = own.and_then(|update| update.fields.clone()).unwrap_or_default();
                self.own.status_mut().on_profile(own.into_iter().collect());
                let changes = self.contacts.set_profiles(profiles, now);
                return self.remember(changes.into_iter().map(Entry::StatusChanged).collect());
            }
            Update::SyncRefusedBusy => self.own.on_busy_refused_in_sync(),
            Update::PresenceNotSaved(why) => self.presence_not_saved = Some(why),
            Update::PresenceSaved => self.presence_not_saved = None,
            Update::PreferencesNotSaved(why) => self.preferences_not_saved = Some(why),
            Update::PreferencesSaved => self.preferences_not_saved = None,
            Update::Recalled(entries) => entries.iter().for_each(|entry| _ = self.history.record(entry)),
            Update::Problem(problem) => self.problem = Some((problem, now)),
            Update::SignedOut => self.connection = Connection::SignedOut,
        }
        Vec::new()
    }

    fn on_connected(&mut self, greeting: Greeting, now: Timestamp) {
        self.profile_look_ups.on_connected(greeting.profiles);
        if !greeting.profiles.pushed {
            self.contacts.keep_profiles_as_of(self.last_synced.unwrap_or(now));
        }
        self.own.on_connected(greeting, now);
        if self.own.is_tracked() == Some(false) {
            self.contacts.silence();
        }
        if self.connection.is_live() {
            // The first `/sync` was answered before the greeting.
            self.own.on_synced(now);
        } else {
            self.look_ups.on_connected();
        }
        if matches!(self.connection, Connection::Connecting | Connection::Lost { as_of: None, .. }) {
            self.connection = Connection::Loading(None);
        }
    }

    fn on_looked_up(
        &mut self,
        user_id: OwnedUserId,
        presence: Option<Visibility>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let newest = self.look_ups.on_answer(&user_id, presence.is_some());
        let status = presence.and_then(Visibility::shown);
        match status.filter(|_| newest && self.own.is_tracked() != Some(false)) {
            Some(status) if status.is_of_nobody() && !self.is_presence_tracked() => {
                self.look_ups.keep_unproven(user_id, status, now);
            }
            Some(status) => self.contacts.learn(&user_id, status, now),
            None => {}
        }
        self.remember(self.count(now).into_iter().collect())
    }

    fn on_profile(&mut self, user_id: &UserId, answer: ProfileAnswer, now: Timestamp) -> Vec<Effect> {
        let me = &self.account.user_id;
        let profile = self.profile_look_ups.on_answer(user_id, me, answer, now);
        if user_id == me {
            if let Some(profile) = profile {
                self.own.status_mut().on_profile(profile);
            }
            return Vec::new();
        }
        let change = profile.and_then(|it| self.contacts.learn_profile(user_id, it, now));
        self.remember(change.into_iter().map(Entry::StatusChanged).collect())
    }

    fn sync(&mut self, mut synced: Synced, now: Timestamp) -> Vec<Effect> {
        let mut entries = self.since_last_synced(synced.initial, now);
        self.last_synced = Some(now);
        self.since = synced.position.take();
        if synced.initial {
            self.joined.clear();
        }
        for room_id in &synced.rooms_left {
            self.joined.remove(room_id);
        }
        if !synced.initial && !matches!(self.connection, Connection::Loading(Some(_))) {
            self.connection = Connection::Live;
        }
        let me = &self.account.user_id;
        for event in synced.presence.extract_if(.., |event| event.sender == *me) {
            self.own.on_echo(event.content, now);
        }
        synced.presence.iter().for_each(|event| self.look_ups.on_heard(&event.sender));
        self.own.on_synced(now);
        self.on_calls(&mut synced);
        self.own.on_call(self.calls.elsewhere(&self.account.user_id, &self.account.device_id, now));
        if synced.initial || !synced.members.is_empty() || synced.direct.is_some() {
            self.profile_look_ups.look_again();
        }
        let profiles = std::mem::take(&mut synced.profiles);
        for update in profiles.iter().filter(|update| update.user_id == self.account.user_id) {
            self.own.status_mut().on_changes(update.fields.clone().unwrap_or_default());
        }
        let joined = joined(&synced);
        entries.extend(self.contacts.sync(synced, now).into_iter().map(Entry::Changed));
        let changes = self.contacts.change_profiles(profiles, &joined, now);
        entries.extend(changes.into_iter().map(Entry::StatusChanged));
        entries.extend(self.count(now));
        self.remember(entries)
    }

    /// Adds entries to the history. Returns the resulting notifications and records.
    fn remember(&mut self, mut entries: Vec<Entry>) -> Vec<Effect> {
        // Front ends get every change, flaps and late ones included: one may drive a busy light.
        let mut effects: Vec<Effect> = changes(&entries).cloned().map(Effect::Changed).collect();
        effects.extend(entries.iter().filter_map(|entry| match entry {
            Entry::StatusChanged(change) => Some(Effect::StatusChanged(change.clone())),
            _ => None,
        }));
        if self.settings.recorded {
            let of_stranger = |entry: &&Entry| match entry {
                Entry::Changed(change) => change.in_large_rooms_only,
                Entry::StatusChanged(change) => change.in_large_rooms_only,
                _ => false,
            };
            let entries: Vec<Entry> = entries.iter().filter(|entry| !of_stranger(entry)).cloned().collect();
            effects.extend((!entries.is_empty()).then_some(Effect::Record(entries)));
        }
        self.note_who_leaves(&entries);
        // The remaining entries deserve a notification.
        let is_expected = |entry: &Entry| match entry {
            Entry::Changed(change) => is_arrival(change) && self.expected.contains(&change.user_id),
            _ => false,
        };
        entries.retain(|entry| self.history.record(entry) || is_expected(entry));
        effects.extend(self.notify(&entries));
        effects
    }

    /// Returns the notifications for changes.
    fn notify(&mut self, entries: &[Entry]) -> Vec<Effect> {
        let waiting = self.preferences.notify_once.len();
        let notable = changes(entries).filter(|change| !goes_offline(change));
        let mut effects: Vec<_> = notable.filter_map(|change| self.notify_of(change)).collect();
        effects.extend(entries.iter().filter_map(|entry| match entry {
            Entry::StatusChanged(change) => self.notify_of_status(change),
            _ => None,
        }));
        if self.preferences.notify_once.len() < waiting {
            effects.push(Effect::SavePreferences);
        }
        effects
    }

    /// Notes contacts who go offline. They are notified only after `FLAP`, because many return at once.
    fn note_who_leaves(&mut self, entries: &[Entry]) {
        let late = entries.iter().any(|entry| matches!(entry, Entry::Began(_) | Entry::Missed { .. }));
        for change in changes(entries).filter(|change| !change.is_of_message()) {
            self.leaving.remove(&change.user_id);
            if goes_offline(change) && !late && self.preferences.notify_each.contains(&change.user_id) {
                self.leaving.insert(change.user_id.clone(), change.clone());
            }
        }
    }

    /// Returns the notifications for contacts who went offline and stayed offline.
    pub(super) fn notify_who_left(&mut self, now: Timestamp) -> Vec<Effect> {
        let left = self.leaving.extract_if(.., |_, change| left_for_good_at(change) <= now);
        let left: Vec<Change> = left.map(|(_, change)| change).collect();
        left.iter().filter_map(|change| self.notify_of(change)).collect()
    }

    /// Notes that the person waits for somebody, or no more. A return so soon that it is no news is news to them.
    pub(super) fn expect(&mut self, user_id: &UserId) {
        let heard = self.contacts.get(user_id).and_then(|contact| contact.heard.as_ref());
        let is_away = heard.is_some_and(|heard| heard.presence != Presence::Online);
        let is_new = !self.preferences.notify_once.contains(user_id)
            && !self.preferences.notify_each.contains(user_id);
        if is_away && is_new {
            self.expected.insert(user_id.to_owned());
        } else {
            self.expected.remove(user_id);
        }
    }

    fn notify_of(&mut self, change: &Change) -> Option<Effect> {
        let contact = self.contacts.get(&change.user_id)?;
        // The contact has changed again since.
        if contact.heard.as_ref().is_none_or(|heard| heard.presence != change.to) {
            return None;
        }
        // A line on the screen disturbs nobody who is busy.
        if is_arrival(change) && self.preferences.notify_each.contains(&change.user_id) {
            self.alerts.insert(change.user_id.clone(), change.at);
        }
        // Keeps a one-time notification until it can be shown.
        if self.settings.quiet_when_busy && self.own.is_wanted_busy() {
            return None;
        }
        let was_waiting = self.preferences.notify_once.contains(&change.user_id);
        let notice = notices::notice(change, contact, &mut self.preferences);
        self.keep_alert(&change.user_id, change.at, was_waiting);
        notice.map(Effect::Notify)
    }

    /// Keeps the notification on screen of a contact whom the person no longer has to wait for.
    fn keep_alert(&mut self, user_id: &UserId, at: Timestamp, was_waiting: bool) {
        if was_waiting && !self.preferences.notify_once.contains(user_id) {
            self.alerts.insert(user_id.to_owned(), at);
            self.expected.remove(user_id);
        }
    }

    fn notify_of_status(&mut self, change: &StatusChange) -> Option<Effect> {
        if self.settings.quiet_when_busy && self.own.is_wanted_busy() {
            return None;
        }
        let contact = self.contacts.get(&change.user_id)?;
        let was_waiting = self.preferences.notify_once.contains(&change.user_id);
        let notice = notices::status_notice(change, contact, &mut self.preferences);
        self.keep_alert(&change.user_id, change.at, was_waiting);
        notice.map(Effect::Notify)
    }

    /// Returns the counts of contacts by state, if they differ from the last ones.
    fn count(&self, now: Timestamp) -> Option<Entry> {
        let mut counts = Counts::default();
        for (group, count) in self.contacts.known() {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            match group {
                Group::Online => counts.online = count,
                Group::Busy => counts.busy = count,
                Group::Unavailable => counts.unavailable = count,
                Group::Other | Group::Offline | Group::Silent => {}
            }
        }
        (self.history.counts() != Some(counts)).then_some(Entry::Counted(now, counts))
    }

    /// Returns the entries that must precede those of a new response.
    fn since_last_synced(&self, initial: bool, now: Timestamp) -> Vec<Entry> {
        match (initial, self.last_synced, &self.connection) {
            (true, Some(since), _) => vec![Entry::Ended(since), Entry::Began(now)],
            (true, None, _) => vec![Entry::Began(now)],
            (false, Some(since), Connection::Lost { .. } | Connection::Resuming { .. }) => {
                vec![Entry::Missed { since, until: now }]
            }
            _ => Vec::new(),
        }
    }

    fn on_calls(&mut self, synced: &mut Synced) {
        for (room_id, events) in std::mem::take(&mut synced.calls) {
            self.calls.on_events(room_id, events);
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

/// Returns the users who have joined a room.
fn joined(synced: &Synced) -> HashSet<OwnedUserId> {
    let members = synced.members.iter().flat_map(|(_, changes)| changes).filter(|change| change.joined);
    members.map(|change| change.member.user_id.clone()).collect()
}

/// Returns whether a contact becomes free.
fn is_arrival(change: &Change) -> bool {
    change.to == Presence::Online && !change.is_of_message()
}

fn goes_offline(change: &Change) -> bool {
    change.to == Presence::Offline && !change.is_of_message()
}

fn changes(entries: &[Entry]) -> impl Iterator<Item = &Change> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Changed(change) => Some(change),
        _ => None,
    })
}
