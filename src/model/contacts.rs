//! Everybody who shares a joined room with us, from memberships and presence.
//!
//! Nobody who shares a room is removed, so an index stays valid. A list on screen follows the contacts by their
//! revision: [`Contacts::touched_since`] names the contacts that changed.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, UserId};

use serde::{Deserialize, Serialize};

use crate::model::{
    event::{Member, Synced},
    presence::{Change, Presence, PresenceEvent, Status},
    profile::{Profile, ProfileUpdate, StatusChange},
    rooms::Rooms,
};

mod contact;
mod hiding;
mod members;
pub mod parts;
mod snapshot;

pub use contact::{Contact, Group, LastPresence, ProfileSource, Section};
pub use hiding::{Glob, Hiding};

/// How many changes are remembered for lists. Beyond that, sorting a list is cheaper than moving rows.
const REMEMBERED: usize = 64;

/// How long after a look-up the server may tell the change that it has shown.
const OVERTAKEN: SignedDuration = SignedDuration::from_secs(5);

/// The contacts that changed since a revision.
#[derive(Debug, PartialEq, Eq)]
pub enum Touched {
    /// The indices of the contacts.
    Some(Vec<usize>),
    /// Too much to remember: names, rooms or many contacts.
    All,
}

/// How many people who share no room are remembered. A first response contains presence before the rooms are known.
/// Those who have left large rooms would otherwise be remembered for ever.
const MOST_STRANGERS: usize = 150_000;

/// Contacts by user, in an order that stays.
type People = IndexMap<OwnedUserId, Contact, RandomState>;

/// The contacts, and everybody else whose presence the server has sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Contacts {
    me: OwnedUserId,
    /// They go to other processes by themselves, as [`parts`].
    #[serde(skip)]
    people: People,
    rooms: Rooms,
    /// The number of other members of each room.
    sizes: Vec<usize>,
    hiding: Hiding,
    ignored: HashSet<OwnedUserId>,
    /// The number of hidden contacts who share a room.
    hidden: usize,
    /// Visible contacts who share a room, by name. Only joins, leaves, renames and pins change the order.
    by_name: Vec<usize>,
    /// The number of contacts in each group, without those from large rooms only.
    known: [usize; Group::COUNT],
    /// Contacts whose first shared room is in the current response.
    joiners: HashSet<usize>,
    /// The strangers whose places are free for others, while memberships change. `None`: not looked for yet.
    #[serde(skip)]
    strangers: Option<Vec<usize>>,
    /// Whether the server sends the changes of its users' profiles.
    profiles_are_pushed: bool,
    /// The number of changes so far.
    revision: u64,
    /// The contacts of the latest revisions, the newest last.
    touched: VecDeque<usize>,
}

impl Contacts {
    /// Returns empty contacts. `me` is never one of them.
    #[must_use]
    pub fn new(me: OwnedUserId, hiding: Hiding) -> Self {
        Self {
            me,
            people: IndexMap::default(),
            rooms: Rooms::default(),
            sizes: Vec::new(),
            hiding,
            ignored: HashSet::new(),
            hidden: 0,
            by_name: Vec::new(),
            known: [0; Group::COUNT],
            joiners: HashSet::new(),
            strangers: None,
            profiles_are_pushed: false,
            revision: 0,
            touched: VecDeque::new(),
        }
    }

    /// Returns whether the indices lead somewhere and the sizes are right. A damaged file can be well-formed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let (people, rooms) = (self.people.len(), self.rooms.count());
        let mut sizes = vec![0; rooms.max(self.sizes.len())];
        for contact in self.people.values() {
            if contact.rooms.iter().chain(&contact.direct_rooms).any(|room| *room >= rooms) {
                return false;
            }
            contact.rooms.iter().for_each(|room| sizes[*room] += 1);
        }
        let right = sizes.iter().enumerate().all(|(room, size)| self.sizes.get(room).unwrap_or(&0) == size);
        let mut indices = self.by_name.iter().chain(&self.joiners).chain(&self.touched);
        // What is added to these must fit.
        let counts = self.known.iter().chain([&self.hidden]).all(|count| *count <= people);
        let numbers = counts && self.revision < u64::MAX / 2;
        right && numbers && self.rooms.is_sound() && indices.all(|index| *index < people)
    }

    /// Changes which contacts are hidden.
    pub(super) fn hide(&mut self, hiding: Hiding) {
        self.hiding = hiding;
        self.order_by_name();
    }

    /// Returns the revision, which grows with each change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the contacts that changed after a revision.
    #[must_use]
    pub fn touched_since(&self, revision: u64) -> Touched {
        // A later revision belongs to other contacts.
        let behind = self.revision.checked_sub(revision).and_then(|behind| usize::try_from(behind).ok());
        match behind {
            Some(behind) if behind <= self.touched.len() => {
                Touched::Some(self.touched.iter().skip(self.touched.len() - behind).copied().collect())
            }
            _ => Touched::All,
        }
    }

    /// Returns the number of contacts, shown or not.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_name.len()
    }

    /// Returns whether no presence was received of anybody.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.people.values().all(|contact| contact.heard.is_none())
    }

    /// Returns the number of hidden contacts.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Returns the number of contacts in each group, without those from large rooms only.
    pub fn known(&self) -> impl Iterator<Item = (Group, usize)> {
        Group::ALL.into_iter().zip(self.known)
    }

    /// Returns a contact who shares a room with us, shown or not.
    #[must_use]
    pub fn get(&self, user_id: &UserId) -> Option<&Contact> {
        self.people.get(user_id).filter(|contact| contact.shares_room())
    }

    /// Returns the index of a user. `None`: the server has never named the user.
    #[must_use]
    pub fn index_of(&self, user_id: &UserId) -> Option<usize> {
        self.people.get_index_of(user_id)
    }

    /// Returns the contact at an index.
    ///
    /// # Panics
    ///
    /// If the index is out of bounds.
    #[must_use]
    pub fn person(&self, index: usize) -> (&UserId, &Contact) {
        let (user_id, contact) = self.people.get_index(index).expect("an index of theirs");
        (user_id, contact)
    }

    /// Returns everybody whom the server has named, in the order of their indices.
    #[must_use]
    pub fn people(&self) -> impl ExactSizeIterator<Item = (&UserId, &Contact)> {
        self.people.iter().map(|(user_id, contact)| (&**user_id, contact))
    }

    /// Returns the indices of visible contacts who share a room, by name.
    #[must_use]
    pub fn by_name(&self) -> &[usize] {
        &self.by_name
    }

    /// Returns the rooms.
    #[must_use]
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// Returns the rooms that we share with a user, with their names. A direct chat without a name is called that.
    #[must_use]
    pub fn rooms_of(&self, user_id: &UserId) -> Vec<(usize, String)> {
        let Some(contact) = self.people.get(user_id) else { return Vec::new() };
        let is_theirs = |room| contact.direct_rooms.contains(&room) && self.sizes.get(room) == Some(&1);
        let name = |&room: &usize| {
            let named = self.rooms.is_named(room);
            if is_theirs(room) && !named { "direct chat".to_owned() } else { self.room_name(room) }
        };
        contact.rooms.iter().map(|room| (*room, name(room))).collect()
    }

    /// Applies a `/sync` response. Memberships come first, because a joiner's presence is in the same response.
    ///
    /// Returns changes of known contacts. A first sighting is not a change: neither in the first initial response, nor
    /// of somebody who has just joined.
    pub fn sync(&mut self, mut synced: Synced, now: Timestamp) -> Vec<Change> {
        let again = synced.initial && self.people.values().any(|contact| contact.heard.is_some());
        if synced.initial {
            self.people.values_mut().for_each(|contact| contact.looked_up = false);
        }
        if again {
            synced.presence.extend(self.gone(&synced.presence));
        }
        let mut reorder = self.change_rooms(synced.rooms, synced.ignored, synced.direct);
        reorder |= self.change_members(synced.members, &synced.rooms_left);
        let mut changes = Vec::new();
        for event in synced.presence {
            let change = self.hear(event, now);
            changes.extend(change.filter(|_| again || !synced.initial));
        }
        if reorder {
            self.order_by_name();
        }
        self.joiners.clear();
        changes
    }

    /// Applies the answer to a look-up. It is not a change, because the state is older. Call it only if the server
    /// tracks presence: otherwise servers report everybody as offline.
    pub fn learn(&mut self, user_id: &UserId, status: Status, now: Timestamp) {
        let Some(index) = self.people.get_index_of(user_id) else { return };
        if status.is_of_nobody() && status.presence != Presence::Offline {
            return;
        }
        let heard = LastPresence::new(status, now);
        if self.people[index].is_counted() {
            let was = self.people[index].heard.as_ref().map(|heard| heard.presence.clone());
            if heard.presence != Presence::Offline && was.as_ref() != Some(&heard.presence) {
                self.people[index].overtaken = Some(Box::new((was, now)));
            }
            self.people[index].looked_up = true;
            self.set_heard(index, heard);
        }
    }

    /// Forgets everybody's presence: the server has switched it off, so nothing of it is true any more.
    pub(super) fn silence(&mut self) {
        if self.is_silent() {
            return;
        }
        for contact in self.people.values_mut() {
            (contact.heard, contact.overtaken, contact.looked_up) = (None, None, false);
        }
        self.order_by_name();
    }

    /// Applies changes of profiles from the server. Returns changes of known statuses: that of somebody who has just
    /// joined is none.
    pub fn change_profiles(
        &mut self,
        updates: Vec<ProfileUpdate>,
        joined: &HashSet<OwnedUserId>,
        now: Timestamp,
    ) -> Vec<StatusChange> {
        let mut changes = Vec::new();
        for ProfileUpdate { user_id, fields } in updates {
            let Some(index) = self.people.get_index_of(&user_id) else { continue };
            let mut profile = Profile::default();
            if let Some(fields) = fields {
                profile = self.people[index].profile.as_deref().cloned().unwrap_or_default();
                profile.extend(fields);
            }
            let change = self.set_profile(index, profile, ProfileSource::Pushed, now);
            changes.extend(change.filter(|change| !joined.contains(&change.user_id)));
        }
        changes
    }

    /// Applies the profiles of all users of our server who have a status or a call. All others of it have none, also
    /// those whose rooms are not known yet.
    pub(crate) fn set_profiles(&mut self, profiles: Vec<ProfileUpdate>, now: Timestamp) -> Vec<StatusChange> {
        // They replace what may be much older.
        self.keep_profiles_as_of(now);
        let mut changes = Vec::new();
        let mut named = HashSet::new();
        for ProfileUpdate { user_id, fields } in profiles {
            let Some((index, _)) = self.contact_mut(user_id) else { continue };
            let mut profile = Profile::default();
            profile.extend(fields.into_iter().flatten());
            changes.extend(self.set_profile(index, profile, ProfileSource::Pushed, now));
            named.insert(index);
        }
        for index in (0..self.people.len()).filter(|index| !named.contains(index)) {
            if self.people.get_index(index).is_some_and(|(user_id, _)| self.is_here(user_id)) {
                changes.extend(self.set_profile(index, Profile::default(), ProfileSource::Pushed, now));
            }
        }
        self.profiles_are_pushed = true;
        changes
    }

    /// Returns whether the server has sent all profiles, and sends each change.
    #[must_use]
    pub(crate) fn has_profiles(&self) -> bool {
        self.profiles_are_pushed
    }

    /// Notes that the server sends no changes of profiles any more. It did until a time.
    pub(super) fn keep_profiles_as_of(&mut self, at: Timestamp) {
        self.profiles_are_pushed = false;
        for contact in self.people.values_mut().filter(|it| it.profile_source == ProfileSource::Pushed) {
            contact.profile_source = ProfileSource::looked_up(at);
        }
    }

    /// Returns whether a user is of our own server.
    fn is_here(&self, user_id: &UserId) -> bool {
        user_id.server_name() == self.me.server_name()
    }

    /// Applies a profile that was looked up. Returns the change, if one was known before.
    pub fn learn_profile(
        &mut self,
        user_id: &UserId,
        profile: Profile,
        now: Timestamp,
    ) -> Option<StatusChange> {
        let index = self.people.get_index_of(user_id).filter(|index| self.people[*index].shares_room())?;
        self.set_profile(index, profile, ProfileSource::looked_up(now), now)
    }

    fn set_profile(
        &mut self,
        index: usize,
        profile: Profile,
        source: ProfileSource,
        now: Timestamp,
    ) -> Option<StatusChange> {
        let pushed = self.profiles_are_pushed;
        let here = self.me.server_name().to_owned();
        let (user_id, contact) = self.people.get_index_mut(index).expect("an index of theirs");
        let (before, call_before) =
            (contact.status().cloned(), contact.profile.as_ref().and_then(|it| it.call()));
        let was_known =
            contact.profile_source != ProfileSource::Unknown || (pushed && user_id.server_name() == here);
        let since = contact.status_as_of();
        let same = before.as_ref() == profile.status() && call_before == profile.call();
        contact.profile_source = source;
        contact.profile = (!profile.is_empty()).then(|| Box::new(profile));
        if same {
            return None;
        }
        let change = StatusChange {
            user_id: user_id.clone(),
            from: before,
            to: contact.status().cloned(),
            call_before: call_before.is_some(),
            call: contact.profile.as_ref().and_then(|profile| profile.call()),
            at: now,
            since,
            in_large_rooms_only: !contact.is_known(),
        };
        let is_change = was_known && contact.is_counted();
        self.touch(index);
        is_change.then_some(change)
    }

    fn touch(&mut self, index: usize) {
        self.revision += 1;
        if self.touched.len() == REMEMBERED {
            self.touched.pop_front();
        }
        self.touched.push_back(index);
    }

    /// Replaces the members of some rooms. Anybody not named has left.
    pub fn set_members(&mut self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) {
        for (room_id, members) in rooms {
            self.replace_members(&room_id, members);
        }
        self.joiners.clear();
        self.order_by_name();
    }

    /// Pins these contacts and unpins all others.
    pub fn pin(&mut self, pins: &BTreeSet<OwnedUserId>) {
        for (user_id, contact) in &mut self.people {
            contact.pinned = pins.contains(user_id);
        }
        for user_id in pins {
            if let Some((_, contact)) = self.contact_mut(user_id.clone()) {
                contact.pinned = true;
            }
        }
        self.order_by_name();
    }

    fn contact_mut(&mut self, user_id: OwnedUserId) -> Option<(usize, &mut Contact)> {
        if user_id == self.me {
            return None;
        }
        if self.is_full() && !self.people.contains_key(&user_id) {
            self.replace_stranger(&user_id);
        }
        let entry = self.people.entry(user_id);
        let index = entry.index();
        let contact = entry.or_insert_with_key(|user_id| Contact::new(user_id));
        Some((index, contact))
    }

    /// Gives the place of a stranger to somebody else. All other indices stay valid.
    fn replace_stranger(&mut self, user_id: &OwnedUserId) {
        let people = &self.people;
        let is_stranger = |index: &usize| {
            let contact = &people[*index];
            !contact.shares_room() && !contact.pinned && contact.direct_rooms.is_empty()
        };
        let strangers =
            self.strangers.get_or_insert_with(|| (0..people.len()).rev().filter(is_stranger).collect());
        // Somebody may have joined since.
        let Some(index) = std::iter::from_fn(|| strangers.pop()).find(is_stranger) else { return };
        self.joiners.remove(&index);
        self.people.swap_remove_index(index);
        let (last, _) = self.people.insert_full(user_id.clone(), Contact::new(user_id));
        self.people.swap_indices(index, last);
    }

    /// Returns whether the most strangers are remembered.
    fn is_full(&self) -> bool {
        self.people.len() >= self.by_name.len() + self.hidden + MOST_STRANGERS
    }

    /// Applies a user's presence. Returns the change, if it is one.
    fn hear(&mut self, event: PresenceEvent, now: Timestamp) -> Option<Change> {
        let user_id = event.sender.clone();
        if self.is_full() && !self.people.contains_key(&user_id) {
            return None;
        }
        let (index, contact) = self.contact_mut(event.sender)?;
        let heard = LastPresence::new(event.content, now);
        let before = contact.heard.as_ref();
        let mut same = before.is_some_and(|it| it.looks_like(&heard));
        let mut from = before.map(|it| it.presence.clone());
        // The answer to a look-up may come just before the change that it shows.
        if let Some((was, at)) = contact.overtaken.take().map(|it| *it)
            && now.duration_since(at) <= OVERTAKEN
        {
            same = was.as_ref() == Some(&heard.presence);
            from = was;
        }
        // A first presence of offline is not a change.
        let same = same || (from.is_none() && heard.presence == Presence::Offline);
        let change = (contact.is_counted() && !same).then(|| Change {
            user_id,
            from,
            to: heard.presence.clone(),
            status_msg: heard.status_msg.clone(),
            at: now,
            in_large_rooms_only: !contact.is_known(),
        });
        self.set_heard(index, heard);
        change.filter(|_| !self.joiners.contains(&index))
    }

    fn set_heard(&mut self, index: usize, heard: LastPresence) {
        let contact = &mut self.people[index];
        let counts = usize::from(contact.is_counted() && contact.is_known());
        let before = contact.group();
        contact.heard = Some(heard);
        let after = contact.group();
        if counts > 0 {
            self.known[before as usize] = self.known[before as usize].saturating_sub(counts);
            self.known[after as usize] += counts;
        }
        self.touch(index);
    }

    /// Sorts visible contacts by name, and finds those with names that look the same.
    fn order_by_name(&mut self) {
        self.hidden = 0;
        self.strangers = None;
        let mut by_name = std::mem::take(&mut self.by_name);
        by_name.clear();
        self.known = [0; Group::COUNT];
        for (index, (user_id, contact)) in self.people.iter_mut().enumerate() {
            let ignored = self.hiding.ignored && self.ignored.contains(user_id);
            let unwanted = contact.shares_room() && (ignored || self.hiding.names(user_id));
            contact.hidden = unwanted && !contact.pinned;
            contact.shares_name = contact.is_named_like_an_id(user_id);
            let sizes = &self.sizes;
            contact.sort_into_section(|room| self.hiding.is_large(sizes[room]));
            if contact.is_counted() {
                by_name.push(index);
                self.known[contact.group() as usize] += usize::from(contact.is_known());
            } else {
                self.hidden += usize::from(contact.shares_room());
            }
        }
        by_name.sort_unstable_by(|&left, &right| self.compare_names(left, right));
        let mut looks = HashMap::with_capacity_and_hasher(by_name.len(), RandomState::default());
        for &index in &by_name {
            if let Some(first) = looks.insert(self.people[index].look(), index) {
                self.people[first].shares_name = true;
                self.people[index].shares_name = true;
            }
        }
        self.by_name = by_name;
        self.touch_all();
    }

    /// Replaces other contacts, and makes their lists sort again.
    pub fn replace(&mut self, before: &Self) {
        self.revision = self.revision.max(before.revision);
        self.touch_all();
    }

    /// Makes every list sort again.
    fn touch_all(&mut self) {
        self.revision += 1;
        self.touched.clear();
    }

    /// Compares two contacts by name, and by user ID if the names are equal.
    ///
    /// # Panics
    ///
    /// If an index is out of bounds.
    #[must_use]
    pub(crate) fn compare_names(&self, left: usize, right: usize) -> Ordering {
        let key = |index: usize| {
            let (user_id, contact) = self.people.get_index(index).expect("an index of theirs");
            (&contact.folded_name, user_id)
        };
        key(left).cmp(&key(right))
    }
}
