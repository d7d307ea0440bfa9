//! What the homeserver tells, taken in: each update changes what it is about, and the history hears of it.

use jiff::{SignedDuration, Timestamp};

use super::{Connection, Dashboard};
use crate::model::{
    contacts::Group,
    event::{Counts, Effect, Entry, Synced, Update},
};

impl Dashboard {
    /// Takes in an update, and says what follows.
    pub(super) fn take(&mut self, update: Update, now: Timestamp) -> Vec<Effect> {
        match update {
            Update::Connected(greeting) => {
                self.own.on_connected(greeting, now);
                self.look_ups.connected();
                self.time_zones.connected();
                if !matches!(self.connection, Connection::Lost { as_of: Some(_), .. }) {
                    self.connection = Connection::Loading(None);
                }
            }
            Update::Synced(synced) => return self.sync(synced, now),
            Update::Members { rooms, missing, failed } => {
                self.contacts.set_members(rooms);
                self.rooms_not_loaded = failed;
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
            Update::PresenceNotSaved(why) => self.presence_not_saved = Some(why),
            Update::PreferencesNotSaved(why) => self.preferences_not_saved = Some(why),
            Update::Recalled(entries) => entries.iter().for_each(|fact| _ = self.history.take(fact)),
            Update::HistoryNotSaved(why) => {
                self.trouble = Some((format!("The history on disk has a gap: {why}."), now));
            }
            Update::SignedIn(_) | Update::SignInFailed(_) | Update::SignedOut => {}
        }
        Vec::new()
    }

    fn sync(&mut self, mut synced: Synced, now: Timestamp) -> Vec<Effect> {
        let mut entries = self.since_last_news(synced.initial, now);
        self.last_news = Some(now);
        if !synced.initial && !matches!(self.connection, Connection::Loading(Some(_))) {
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
        entries.extend(self.contacts.sync(synced, now).into_iter().map(Entry::Changed));
        entries.extend(self.count(now));
        self.remember(entries)
    }

    /// Takes in what happened, and says what follows.
    fn remember(&mut self, mut entries: Vec<Entry>) -> Vec<Effect> {
        let mut effects = Self::pass_on(&entries);
        if self.recorded {
            let of_stranger =
                |fact: &&Entry| matches!(fact, Entry::Changed(change) if change.in_large_rooms_only);
            let entries: Vec<Entry> = entries.iter().filter(|fact| !of_stranger(fact)).cloned().collect();
            effects.extend((!entries.is_empty()).then_some(Effect::Record(entries)));
        }
        self.note_who_leaves(&entries);
        // What is left is worth telling.
        entries.retain(|fact| self.history.take(fact));
        effects.extend(self.tell(&entries));
        effects
    }

    /// How many can be reached, if they are not as many as before.
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

    /// What the history has to know before it hears what is new.
    fn since_last_news(&self, initial: bool, now: Timestamp) -> Vec<Entry> {
        match (initial, self.last_news, &self.connection) {
            (true, Some(since), _) => vec![Entry::Ended(since), Entry::Began(now)],
            (true, None, _) => vec![Entry::Began(now)],
            (false, Some(since), Connection::Lost { .. }) => vec![Entry::Missed { since, until: now }],
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
